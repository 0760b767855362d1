import {mkdtempSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, afterEach, expect, test} from 'vitest'
import {clockFrom, monotonicOrigin} from '../base/clock.ts'
import {recordsOfResults} from '../model/records-of-results.ts'
import {createStore} from '../store/create-store.ts'
import type {Context} from './context.ts'
import {listMicroCases, type MicroRequest, runMicro} from './run-micro.ts'

const cwd = mkdtempSync(join(tmpdir(), 'streambus-micro-'))
afterEach(() => rmSync(join(cwd, 'results'), {recursive: true, force: true}))
afterAll(() => rmSync(cwd, {recursive: true, force: true}))

function contextWith(signal: AbortSignal = new AbortController().signal): Context {
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

const request: MicroRequest = {
  suite: 'micro',
  command: ['bench', 'micro'],
  version: '0.1.0',
  cases: ['crc32/size=1024'],
  count: 2,
  timeNs: 20e6,
}

test('a case is timed in a process of its own, and its file reads back as benchmark records', async () => {
  const context = contextWith()
  const report = await runMicro(request, context)
  expect(report.rows.map(({name, samplesTotal}) => [name.replace(/-\d+$/, ''), samplesTotal])).toEqual([
    ['Crc32/size=1024', 2],
  ])
  const stored = await context.store.readResults(join(cwd, report.path))
  const [record] = recordsOfResults(stored)
  expect(record?.measurements.map(({unit}) => unit)).toEqual(['ns/op', 'B/op', 'allocs/op', 'buffer-B/op', 'MB/s'])
  const metrics = stored.micro?.[0]?.samples[0]?.metrics
  expect(metrics?.['MB/s']).toBeCloseTo(1_024_000 / metrics!['ns/op']!, 6)
  expect(metrics?.['allocs/op']).toBe(0)
  expect(stored.micro?.[0]?.samples[0]?.batchNs).toBeGreaterThan(100_000)
})

test('the cases of the Go suite have its names, and a storage case writes, times and removes its files', async () => {
  const cases = await listMicroCases('storage', ['Storage_AppendThroughput'], new AbortController().signal)
  expect(cases.map(({name}) => name)).toEqual([
    'Storage_AppendThroughput/SmallMsg_SingleBatch/size=100/batch=1',
    'Storage_AppendThroughput/SmallMsg_LargeBatch/size=100/batch=1000',
    'Storage_AppendThroughput/MediumMsg_SingleBatch/size=1024/batch=1',
    'Storage_AppendThroughput/MediumMsg_LargeBatch/size=1024/batch=1000',
    'Storage_AppendThroughput/LargeMsg_SingleBatch/size=10240/batch=1',
    'Storage_AppendThroughput/LargeMsg_MediumBatch/size=10240/batch=100',
  ])
  const storage = {...request, suite: 'storage', cases: ['SmallMsg_LargeBatch'], count: 1} as const
  const {rows, results} = await runMicro(storage, contextWith())
  const {metrics} = rows[0]!
  expect(metrics['msgs/s']!.median).toBeCloseTo(1000e9 / metrics['ns/op']!.median, 3)
  expect(metrics['MB/s']!.median).toBeCloseTo(metrics['msgs/s']!.median / 1e4, 3) // 100 B each, 10^6
  expect(results.target).toMatchObject({kind: 'none', dataDir: {fileSystem: expect.any(String)}})
})

test('a name that no case has is refused with the way to see them', async () => {
  await expect(runMicro({...request, cases: ['nothing like it']}, contextWith())).rejects.toMatchObject({
    code: 'SB_USAGE',
    hint: 'streambus bench micro --list',
  })
})

test('an interrupt keeps what was measured and leaves no process', async () => {
  const controller = new AbortController()
  const context = contextWith(controller.signal)
  let samples = 0
  const stopping = {
    ...context,
    progress: () => {
      samples += 1
      if (samples === 2) setTimeout(() => controller.abort(), 20)
    },
  }
  const report = await runMicro({...request, count: 50}, stopping)
  expect(report.results.outcome).toBe('interrupted')
  expect(report.rows[0]?.samplesTotal).toBe(1)
})
