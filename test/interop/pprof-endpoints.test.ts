import {execFile, spawnSync} from 'node:child_process'
import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {promisify} from 'node:util'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {pprofRoutes} from '../../src/app/pprof-routes.ts'
import {type RunningHttpServer, startHttpServer} from '../../src/broker/http/http-server.ts'
import {captureGo} from '../../src/capture/go-pprof.ts'
import {readCapture} from '../../src/captures/read-capture.ts'

const run = promisify(execFile)
const hasGo = spawnSync('go', ['version'], {stdio: 'ignore'}).status === 0

let server: RunningHttpServer
let folder: string
let busy: NodeJS.Timeout
let kept: unknown[][] = []

function burnCycles(): number {
  let sum = 0
  for (let i = 0; i < 2e6; i += 1) sum = (sum * 31 + i) % 1_000_003
  return sum
}

function keepArrays(): void {
  for (let i = 0; i < 20; i += 1) kept.push(new Array(1000).fill(i))
  if (kept.length > 2000) kept = []
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'streambus-pprof-'))
  server = await startHttpServer('127.0.0.1', 0, pprofRoutes())
  busy = setInterval(() => {
    burnCycles()
    keepArrays()
  }, 5)
})
afterAll(async () => {
  clearInterval(busy)
  kept = []
  await server.close()
  await rm(folder, {recursive: true, force: true})
})

const urlOf = (path: string) => `http://127.0.0.1:${server.port}/debug/pprof/${path}`
const pprof = (...args: string[]) =>
  run('go', ['tool', 'pprof', ...args], {env: {...process.env, PPROF_TMPDIR: folder}})

// Skipped where Go is not installed: these tests are about agreeing with Go itself.
describe.skipIf(!hasGo)('go tool pprof URL', {timeout: 120_000}, () => {
  test.each([
    ['profile?seconds=1', 'Type: cpu', 'burnCycles'],
    ['heap?seconds=1&gc=1', 'Type: inuse_space', 'keepArrays'],
    ['allocs?seconds=1', 'Type: alloc_space', 'keepArrays'],
  ])('reads %s', async (path, type, name) => {
    const {stdout} = await pprof('-top', urlOf(path))
    expect(stdout).toContain(type)
    expect(stdout).toContain(name)
  })

  test('prints why a second capture is refused', async () => {
    const first = fetch(urlOf('profile?seconds=5')) // asked for before Go is even started
    const second = pprof('-top', urlOf('profile?seconds=1'))
    await expect(second).rejects.toThrow('cpu profiling already in use')
    expect((await first).status).toBe(200)
  })
})

test('streambus profile --pprof reads them as it reads a Go process', async () => {
  const url = `http://127.0.0.1:${server.port}`
  for (const kind of ['cpu', 'heap', 'alloc'] as const) {
    const {bytes} = await captureGo({url, kind, seconds: 1})
    expect(readCapture(bytes, kind).functions.length).toBeGreaterThan(0)
  }
})
