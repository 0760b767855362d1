import {mkdtemp, readdir, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, expect, test} from 'vitest'
import {clockFrom, monotonicOrigin} from '../base/clock.ts'
import {createStore} from '../store/create-store.ts'
import type {Context} from './context.ts'
import {closeAll, openEmbeddedTuning} from './embedded-tuning.ts'
import {brokerChanges, prepareTuning} from './plan-tuning.ts'
import {tuneTarget} from './tune-target.ts'

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'streambus-tune-embedded-'))
})
afterEach(() => rm(dir, {recursive: true, force: true}))

function contextOf(signal: AbortSignal): Context {
  return {
    clock: clockFrom(monotonicOrigin()),
    now: () => new Date(),
    cwd: dir,
    store: createStore({cwd: dir}),
    signal,
    progress: () => {},
    warn: () => {},
  }
}

/** A small pool, so that the test fills 64 MiB a segment size and not 2 GiB. */
async function smallTuning(signal: AbortSignal) {
  await writeFile(join(dir, 'base.yaml'), 'storage: {wal: {segment_size: 16MiB}, retention: {bytes: 64MiB}}\n')
  await writeFile(join(dir, 'try.yaml'), 'storage: {wal: {segment_size: 32MiB}}\nserver: {read_buffer_size: 8KiB}\n')
  const context = contextOf(signal)
  const configFile = join(dir, 'base.yaml')
  const workload = {seed: 1, warmUpNs: 50e6, durationNs: 200e6, batchSize: 10}
  const prepared = await prepareTuning(
    {profile: join(dir, 'try.yaml'), profileFolders: [], configFile, pairs: 1, workload},
    context,
  )
  const data = join(dir, 'data')
  const options = {version: '0.0.0', configFile, dataDir: data, variants: prepared.questions.map(brokerChanges)}
  const report = await tuneTarget(prepared, {command: ['tune']}, () => openEmbeddedTuning(options, context), context)
  return {report, context, data}
}

test('every trial is measured on a broker that really took the load, and nothing is left behind', async () => {
  const {report, context, data} = await smallTuning(new AbortController().signal)
  expect([report.outcome, report.trials.run]).toEqual(['completed', 6])
  const results = await context.store.readResults(report.resultsPath!)
  expect(results.target.kind).toBe('embedded')
  for (const sample of results.benchmarks.flatMap(({samples}) => samples)) {
    expect(sample.counters.acked).toBeGreaterThan(0)
    // A broker that was bypassed uses no processor time, however many messages seem to be acknowledged.
    expect(sample.resources.target?.cpuShare).toBeGreaterThan(0.01)
  }
  expect(await readdir(data)).toEqual([])
})

test('stopped before the first trial, it leaves nothing behind', async () => {
  await expect(smallTuning(AbortSignal.abort(new Error('stopped')))).rejects.toThrow('stopped')
  expect(await readdir(join(dir, 'data'))).toEqual([])
})

test('a pool that cannot be closed keeps no other one open, and its error is told', async () => {
  const closed: number[] = []
  const pool = (number: number, error?: Error) => ({
    async close() {
      if (error !== undefined) throw error
      closed.push(number)
    },
  })
  await expect(closeAll([pool(1, new Error('EBUSY')), pool(2), pool(3)])).rejects.toThrow('EBUSY')
  expect(closed).toEqual([2, 3])
})
