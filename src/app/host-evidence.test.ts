import {type ChildProcess, spawn} from 'node:child_process'
import {once} from 'node:events'
import {mkdtemp, rm} from 'node:fs/promises'
import {availableParallelism, tmpdir} from 'node:os'
import {join} from 'node:path'
import {setTimeout as sleep} from 'node:timers/promises'
import {expect, test} from 'vitest'
import {fullResults} from '../../test/fixtures/full-results.ts'
import {clockFrom, monotonicOrigin} from '../base/clock.ts'
import {threadTimesOf} from '../host/thread-times.ts'
import {openAt10k} from '../load/testing/outcomes.ts'
import type {Sample} from '../model/sample.ts'
import type {Workload} from '../model/workload.ts'
import {createStore} from '../store/create-store.ts'
import {firstSchemaProblem} from '../store/results-schema.ts'
import {openBenchTarget} from './bench-target.ts'
import type {Context} from './context.ts'
import {openMeter} from './idle-machine.ts'
import {measureSample} from './measure-sample.ts'

const workload: Workload = {
  ...openAt10k,
  arrival: {model: 'open', process: 'constant', ratePerSec: 2_000},
  phases: {warmUpNs: 0.2e9, measureNs: 1e9, drainNsMax: 5e9},
}

/** A small log is soon filled beforehand. */
const settings = [
  {key: 'storage.retention.bytes', flag: '--set', value: '64MiB'},
  {key: 'storage.wal.segment_size', flag: '--set', value: '16MiB'},
]

async function measureIn(cwd: string): Promise<Sample> {
  const context: Context = {
    clock: clockFrom(monotonicOrigin()),
    now: () => new Date(),
    cwd,
    store: createStore({cwd}),
    signal: new AbortController().signal,
    progress: () => {},
    warn: () => {},
  }
  const target = await openBenchTarget({kind: 'embedded', settings, keepData: false, environment: {}}, context)
  const meter = await openMeter([workload], context)
  try {
    return (await measureSample({workload, index: 0, target, meter}, context, () => {})).sample
  } finally {
    meter.close()
    await target.close()
  }
}

/** Ends by itself: a test that runs out of time does not get to its `finally`. */
const SPIN = 'const end = Date.now() + 25_000; while (Date.now() < end);'

/** A process a core that does nothing but spin, once each has had the CPU. */
async function spinEveryCore(): Promise<ChildProcess[]> {
  const hogs = Array.from({length: availableParallelism()}, () => spawn(process.execPath, ['-e', SPIN]))
  const ranNs = (hog: ChildProcess) => threadTimesOf(hog.pid!)?.find(({tid}) => tid === hog.pid)?.runNs ?? 0
  while (hogs.some((hog) => ranNs(hog) < 5e7)) await sleep(10)
  return hogs
}

test.skipIf(process.platform !== 'linux')(
  'beside a CPU hog a sample says how much of the machine others used, and how long its threads waited',
  async () => {
    const cwd = await mkdtemp(join(tmpdir(), 'streambus-hog-'))
    const hogs = await spinEveryCore()
    try {
      const sample = await measureIn(cwd)
      const {host, resources, pacing, warnings} = sample
      const benchmarks = [{name: 'ProduceLatency', workload, samples: [sample]}]
      expect(await firstSchemaProblem({...fullResults, benchmarks})).toBeUndefined()
      expect(host?.otherShare).toBeGreaterThan(0.5)
      expect(host?.busyShare).toBeGreaterThan(0.9)
      expect(warnings.map(({code}) => code)).toContain('host-busy')
      expect(resources.workers).toHaveLength(1)
      expect(resources.workers?.[0]?.runQueueNs).toBeGreaterThan(0)
      expect(resources.target?.runQueueNs).toBeGreaterThan(0)
      expect(pacing?.offered).toBe(2_000)
      expect(host?.hiccups?.some(({when}) => when === 'before')).toBe(true)
      expect(host?.hiccups?.some(({when, count}) => when === 'meanwhile' && count > 0)).toBe(true)
    } finally {
      for (const hog of hogs) hog.kill('SIGKILL')
      await Promise.all(hogs.map((hog) => hog.exitCode ?? hog.signalCode ?? once(hog, 'exit')))
      await rm(cwd, {recursive: true, force: true})
    }
  },
)
