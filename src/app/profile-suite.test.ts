import {mkdtemp, readdir, readFile, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {dirname, join, resolve} from 'node:path'
import {afterEach, beforeEach, expect, test} from 'vitest'
import {clockFrom, monotonicOrigin} from '../base/clock.ts'
import {readCapture} from '../captures/read-capture.ts'
import {createStore} from '../store/create-store.ts'
import type {Context} from './context.ts'
import {profileSuite} from './profile-suite.ts'
import {workloadsOf} from './workloads.ts'

let cwd: string
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'streambus-profile-suite-'))
})
afterEach(() => rm(cwd, {recursive: true, force: true}))

function contextOf(signal: AbortSignal): Context {
  return {
    clock: clockFrom(monotonicOrigin()),
    now: () => new Date(),
    cwd,
    store: createStore({cwd}),
    signal,
    progress: () => {},
    warn: () => {},
  }
}

/** A small log, so that its pool is filled in no time. */
const settings = [
  {key: 'storage.wal.segment_size', flag: '--set', value: '16MiB'},
  {key: 'storage.retention.bytes', flag: '--set', value: '64MiB'},
]

function benchOf(flags: Parameters<typeof workloadsOf>[1]) {
  return {
    suite: 'profile-cpu',
    command: ['profile', 'cpu'],
    version: '0.0.0',
    workloads: workloadsOf('throughput', {messageSizes: [1024], count: 1, ...flags}),
    target: {kind: 'embedded', settings, keepData: false, environment: {}, dataDir: cwd} as const,
  }
}

const options = {flamegraph: false, rowsMax: 100} as const

test.each(['cpu', 'alloc'] as const)(
  '%s: functions of the broker are found, and the results file links the capture',
  async (kind) => {
    const bench = benchOf({warmUpNs: 0.3e9, durationNs: 1e9})
    const report = await profileSuite({...options, kind, bench}, contextOf(new AbortController().signal))
    expect(report.top.rows.some(({file}) => file.includes('/src/broker/'))).toBe(true)
    expect(report.source).toBe('embedded broker')
    expect(report.load).toMatch(/^ProduceThroughput\/size=1024/)
    expect(report.loadPerSec).toBeGreaterThan(0)

    const results = await createStore({cwd}).readResults(report.resultsPath!)
    expect(results.warnings.map(({code}) => code)).toContain('sampled')
    const [capture] = results.captures
    const format = kind === 'cpu' ? 'cpuprofile' : 'heapprofile'
    expect(capture).toMatchObject({kind, process: 'broker', benchmark: report.load})
    expect(Object.keys(capture!.files).sort()).toEqual([format, 'pprof'].sort())
    const linked = resolve(dirname(report.resultsPath!), capture!.files[format]!)
    expect(readCapture(await readFile(linked), linked).metadata).toMatchObject({kind, node: process.version})
  },
)

test('an interrupt before the measured phase leaves no empty capture behind', async () => {
  const bench = benchOf({warmUpNs: 60e9, durationNs: 1e9})
  const run = profileSuite({...options, kind: 'cpu', bench}, contextOf(AbortSignal.timeout(1500)))
  await expect(run).rejects.toMatchObject({code: 'SB_INTERRUPTED'})
  expect(await readdir(join(cwd, 'results', 'captures'))).toEqual([])
})

test('an interrupt during the measured phase keeps what was captured', async () => {
  const bench = benchOf({warmUpNs: 0.2e9, durationNs: 60e9})
  const report = await profileSuite({...options, kind: 'cpu', bench}, contextOf(AbortSignal.timeout(3000)))
  expect(report.top.total).toBeGreaterThan(0)
  expect((await createStore({cwd}).readResults(report.resultsPath!)).outcome).toBe('interrupted')
})
