import {expect, test} from 'vitest'
import {parseArrival} from '../model/arrival-text.ts'
import type {WorkloadSpec} from '../model/workload-spec.ts'
import {createStore} from '../store/create-store.ts'
import type {Context} from './context.ts'
import {planRun} from './dry-run.ts'
import {resolveWorkload} from './resolve-workload.ts'
import {needsOf} from './run-needs.ts'

const cwd = import.meta.dirname
const context: Context = {
  clock: {nowNs: () => 0},
  now: () => new Date(0),
  cwd,
  store: createStore({cwd}),
  signal: new AbortController().signal,
  progress: () => {},
  warn: () => {},
}
const embedded = (flags: readonly string[] = []) =>
  ({
    kind: 'embedded',
    settings: flags.map((flag) => ({key: flag.split('=')[0]!, flag: '--set', value: flag.split('=')[1]!})),
    keepData: false,
    environment: {},
  }) as const

const plan = (spec: WorkloadSpec, ...settings: string[]) =>
  planRun([resolveWorkload([spec])], embedded(settings), context)

test('a burst is shown second by second, with its mean and its first arrivals', async () => {
  const {workloads} = await plan({
    arrival: {process: parseArrival('burst:1000 for 1s, 0 for 3s')},
    phases: {measureNs: 8e9},
  })
  expect(workloads[0]?.schedule).toMatchObject({
    messages: 2000,
    meanPerSec: 250,
    firstArrivalsNs: [0, 1e6, 2e6, 3e6, 4e6],
    parts: [1000, 0, 0, 0, 1000, 0, 0, 0],
    partNs: 1e9,
  })
})

test('an hour is shown in sixty parts', async () => {
  const {workloads, totalNs} = await plan({
    arrival: {ratePerSec: 10},
    phases: {measureNs: 3600e9, warmUpNs: 5e9},
    samples: {count: 2},
  })
  expect(workloads[0]?.schedule?.parts).toEqual(Array(60).fill(600))
  expect(totalNs).toBe(2 * 3605e9)
})

test('a log that is kept grows on the disk, up to what retention keeps', async () => {
  const spec: WorkloadSpec = {arrival: {ratePerSec: 10_000}, message: {batchMessages: 10}, phases: {measureNs: 1000e9}}
  const bounded = await plan(spec)
  expect(bounded.needs.diskBytes).toBe(2 * 2 ** 30)
  const small = await plan(spec, 'storage.retention.bytes=64MiB', 'storage.wal.segment_size=16MiB')
  expect(small.needs.diskBytes).toBe(64 * 2 ** 20)
  expect(small.needs.logBytes).toBe(10_000 * 1000 * (1024 + 32)) // 32 B a record beside its value
})

test('what is in flight in a closed loop is memory of the generator', () => {
  const inFlight = (inFlightBatches: number) =>
    needsOf([resolveWorkload([{arrival: {process: {process: 'closed'}, inFlightBatches}}])], undefined).generatorBytes
  expect(inFlight(108) - inFlight(8)).toBe(100 * 100 * (1024 + 32)) // 100 batches of 100 messages
})

test.each<[WorkloadSpec, string[], RegExp]>([
  [
    {arrival: {ratePerSec: 10}, topology: {producers: 10}},
    ['server.max_connections=5'],
    /10 producers and 1 consumers make 12 connections, and server.max_connections is 5/,
  ],
  [{arrival: {process: {process: 'closed'}, inFlightBatches: 100_000}}, [], /100,000 batches in flight .* 9.83 GiB/],
  [
    {arrival: {ratePerSec: 1e5}, phases: {measureNs: 3600e9 * 24}},
    ['storage.retention.bytes=100TiB'],
    /The broker's log needs [\d.]+ TiB of disk/,
  ],
])('case %#: what does not fit is refused with the number', async (spec, settings, message) => {
  await expect(plan(spec, ...settings)).rejects.toThrow(message)
  await expect(plan(spec, ...settings)).rejects.toMatchObject({code: 'SB_DOES_NOT_FIT', exitCode: 2})
})

test('what the driver cannot send is refused before a broker starts', async () => {
  await expect(plan({arrival: {ratePerSec: 10}, message: {batchMessages: 100_000}})).rejects.toThrow(/does not fit the/)
})
