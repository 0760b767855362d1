import {spawnSync} from 'node:child_process'
import {mkdtemp, readdir, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, expect, test} from 'vitest'
import {LockedError} from './files.ts'
import {lockFile} from './lock-file.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'streambus-lock-'))
})
afterEach(() => rm(directory, {recursive: true, force: true}))

test('a lock is held once, named by its holder, and leaves nothing when released', async () => {
  const path = join(directory, 'lock')
  const unlock = await lockFile(path)
  await expect(lockFile(path)).rejects.toMatchObject({holderPid: process.pid})
  await unlock()
  expect(await readdir(directory)).toEqual([])
  await (await lockFile(path))()
})

test('what a dead process left is taken over', async () => {
  const path = join(directory, 'lock')
  const {pid} = spawnSync(process.execPath, ['--version'])
  await writeFile(path, `${pid} 1\n`)
  await (await lockFile(path))()
})

test('a pid that now belongs to another process does not hold the lock', async () => {
  const path = join(directory, 'lock')
  await writeFile(path, `${process.pid} 1\n`) // this process did not start at tick 1
  await (await lockFile(path))()
})

test('of many at once one gets it, also over a dead one', async () => {
  const path = join(directory, 'lock')
  await writeFile(path, `${spawnSync(process.execPath, ['--version']).pid} 1\n`)
  const attempts = await Promise.allSettled(Array.from({length: 20}, () => lockFile(path)))
  expect(await readdir(directory)).toEqual(['lock'])
  const failed = attempts.filter((attempt) => attempt.status === 'rejected')
  expect(failed.length).toBe(19)
  for (const attempt of failed) expect(attempt.reason).toBeInstanceOf(LockedError)
})
