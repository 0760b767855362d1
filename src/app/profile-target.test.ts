import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {mkdtemp, readdir, readFile, rm} from 'node:fs/promises'
import {createServer} from 'node:http'
import type {AddressInfo} from 'node:net'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, expect, test} from 'vitest'
import {readCapture} from '../captures/read-capture.ts'
import {createStore} from '../store/create-store.ts'
import type {Context} from './context.ts'
import {profileGo, profileNode} from './profile-target.ts'

let cwd: string
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'streambus-profile-'))
})
afterEach(() => rm(cwd, {recursive: true, force: true}))

function contextOf(signal: AbortSignal = new AbortController().signal): Context {
  return {
    clock: {nowNs: () => 0},
    now: () => new Date('2026-11-23T15:40:12.345Z'),
    cwd,
    store: createStore({cwd}),
    signal,
    progress: () => {},
    warn: () => {},
  }
}

const options = {flamegraph: false, rowsMax: 5}

test('a running Node process: capture, pprof and flame graph lie in results/captures, its hot function is on top', async () => {
  const busy = `
    function hash(n) { let sum = n; for (let i = 0; i < 2e4; i += 1) sum = (sum * 31 + i) >>> 0; return sum }
    function turn() { hash(1); require('node:fs').stat('/', turn) }
    turn()`
  const child = spawn(process.execPath, ['--inspect=127.0.0.1:0', '-e', busy], {stdio: ['ignore', 'ignore', 'pipe']})
  try {
    const [line] = (await once(child.stderr, 'data')) as [Buffer]
    const url = /ws:\/\/\S+/.exec(line.toString())![0]
    const report = await profileNode({...options, kind: 'cpu', url, durationNs: 500e6, flamegraph: true}, contextOf())
    expect(report.top.rows.slice(0, 3).map((row) => row.name)).toContain('hash')
    expect(report.source).toBe(`Node ${process.version} at ${new URL(url).host}`)
    expect(report.notes[0]).toContain("V8's sampler favours system calls")
    const names = await readdir(join(cwd, 'results', 'captures'))
    expect(names.sort()).toEqual(['cpuprofile', 'html', 'pb.gz'].map((ending) => `20261123T154012-cpu.${ending}`))
    expect(readCapture(await readFile(report.files.pprof!), 'ours').format).toBe('pprof')
    expect((await readFile(report.files.flamegraph!, 'utf8')).length).toBeGreaterThan(300_000)
  } finally {
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
})

async function serveFixture(name: string) {
  const bytes = await readFile(new URL(`../captures/fixtures/${name}`, import.meta.url))
  const server = createServer((_, response) => response.end(bytes)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {server, bytes, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`}
}

test('a Go process: its file is kept as sent, and the value that the kind is about is ranked', async () => {
  const {server, bytes, url} = await serveFixture('go-mem.prof')
  const heap = await profileGo({...options, kind: 'heap', url, durationNs: 1e9}, contextOf())
  const alloc = await profileGo({...options, kind: 'alloc', url, durationNs: 1e9}, contextOf())
  server.close()
  expect(heap.top.value.type).toBe('inuse_space')
  expect(alloc.top.value.type).toBe('alloc_space')
  expect(alloc.notes).toEqual([expect.stringContaining('since it started')]) // the fixture has no duration
  expect(heap.notes).toEqual([])
  expect(Object.keys(heap.files)).toEqual(['pprof'])
  expect(await readFile(heap.files.pprof!)).toEqual(bytes)
})

test('two captures of one second keep both', async () => {
  const {server, url} = await serveFixture('go-cpu.prof')
  const request = {...options, kind: 'cpu', url, durationNs: 1e9} as const
  const first = await profileGo(request, contextOf())
  const second = await profileGo(request, contextOf())
  server.close()
  expect(first.files.pprof).toMatch(/20261123T154012-cpu\.pb\.gz$/)
  expect(second.files.pprof).toMatch(/20261123T154012-cpu-2\.pb\.gz$/)
})

test('a web page in place of a profile is refused', async () => {
  const server = createServer((_, response) => response.end('<html>hello</html>')).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  await expect(profileGo({...options, kind: 'cpu', url, durationNs: 1e9}, contextOf())).rejects.toMatchObject({
    code: 'SB_INPUT_INVALID',
  })
  server.close()
})

test('a folder that cannot be made is an error of the output', async () => {
  const {server, url} = await serveFixture('go-cpu.prof')
  const context = {...contextOf(), store: createStore({cwd: '/proc'})}
  await expect(profileGo({...options, kind: 'cpu', url, durationNs: 1e9}, context)).rejects.toMatchObject({
    code: 'SB_OUTPUT_UNWRITABLE',
  })
  server.close()
})
