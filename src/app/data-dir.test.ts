import {spawnSync} from 'node:child_process'
import {existsSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, expect, test} from 'vitest'
import {makeBenchDataDir} from './data-dir.ts'

let parent: string
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'streambus-data-dir-'))
})
afterEach(() => rmSync(parent, {recursive: true, force: true}))

const deadPid = () => spawnSync(process.execPath, ['-e', '']).pid
const twoHoursAgo = new Date(Date.now() - 2 * 3_600_000)

function directoryOf(name: string, changed: Date): string {
  const path = join(parent, name)
  mkdirSync(join(path, 'sample-0'), {recursive: true})
  writeFileSync(join(path, 'sample-0', 'x.seg'), 'data')
  for (const each of [join(path, 'sample-0', 'x.seg'), join(path, 'sample-0'), path]) utimesSync(each, changed, changed)
  return path
}

test('a directory is made for the run and removed after it, unless it is to be kept', async () => {
  const passing = await makeBenchDataDir('data', false, parent)
  expect(passing.path.startsWith(join(parent, 'data'))).toBe(true)
  await passing.remove()
  expect(existsSync(passing.path)).toBe(false)
  const kept = await makeBenchDataDir('data', true, parent)
  await kept.remove()
  expect(existsSync(kept.path)).toBe(true)
})

test('what a killed run left is removed by the next one; what may be in use or was kept is not', async () => {
  const abandoned = directoryOf(`streambus-bench-${deadPid()}-abcdef`, twoHoursAgo)
  const recent = directoryOf(`streambus-bench-${deadPid()}-ghijkl`, new Date())
  const running = directoryOf(`streambus-bench-${process.pid}-mnopqr`, twoHoursAgo)
  const kept = directoryOf('streambus-kept-stuvwx', twoHoursAgo)
  await makeBenchDataDir(parent, false, parent)
  expect([abandoned, recent, running, kept].map((path) => existsSync(path))).toEqual([false, true, true, true])
})

test('a parent that cannot be written is named', async () => {
  writeFileSync(join(parent, 'file'), '')
  await expect(makeBenchDataDir(join(parent, 'file'), false, parent)).rejects.toMatchObject({
    code: 'SB_OUTPUT_UNWRITABLE',
  })
})
