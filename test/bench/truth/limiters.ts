import {type ChildProcess, spawn} from 'node:child_process'
import {once} from 'node:events'
import {availableParallelism} from 'node:os'
import type {BenchTarget} from '../../../src/app/bench-target.ts'
import type {Sample} from '../../../src/model/sample.ts'
import type {Workload} from '../../../src/model/workload.ts'
import {measureOne} from '../abba.ts'

/** Ends by itself, should nobody be left to end it. */
const HOG = 'const end = Date.now() + 60_000; while (Date.now() < end) {}'
/** So many on every core leave the generator a third of one. */
const HOGS_PER_CORE = 2
/** Far beyond what any core builds one by one. */
const RATE_TOO_HIGH = 20_000_000
const RATE_WITH_HOG = 20_000

export interface LimiterProof {
  readonly title: string
  readonly expected: Sample['limiter']['name']
  /** What each run said: limiter, verdict and reasons. */
  readonly runs: readonly {readonly limiter: string; readonly reasons: readonly string[]}[]
}

function workloadOf(ratePerSec: number): Workload {
  return {
    kind: 'latency',
    arrival: {model: 'open', process: 'constant', ratePerSec},
    message: {sizeBytes: 100, batchMessages: 1},
    topology: {topics: 1, partitions: 1, producers: 1, consumers: 0},
    phases: {warmUpNs: 0.5e9, measureNs: 2e9, drainNsMax: 10e9},
    samples: {count: 1, seed: 1},
  }
}

/** A rate that no generator builds, against a target that answers at once. */
export async function tooHighARate(memory: BenchTarget, runs: number): Promise<LimiterProof> {
  const title = `${RATE_TOO_HIGH / 1e6} M msg/s asked of one worker, against a target that answers at once`
  return {title, expected: 'generator', runs: await repeat(title, memory, workloadOf(RATE_TOO_HIGH), runs)}
}

/** A rate that is easy, on cores that others keep busy. */
export async function besideAHog(broker: BenchTarget, runs: number): Promise<LimiterProof> {
  const count = HOGS_PER_CORE * availableParallelism()
  const title = `${RATE_WITH_HOG / 1e3} K msg/s beside ${count} processes that spin on ${availableParallelism()} cores`
  const seen: LimiterProof['runs'][number][] = []
  for (let run = 0; run < runs; run += 1) {
    const hogs = Array.from({length: count}, () => spawn(process.execPath, ['-e', HOG], {stdio: 'ignore'}))
    try {
      seen.push(...(await repeat(title, broker, workloadOf(RATE_WITH_HOG), 1)))
    } finally {
      await Promise.all(hogs.map(end))
    }
  }
  return {title, expected: 'host', runs: seen}
}

async function repeat(title: string, target: BenchTarget, workload: Workload, runs: number) {
  const seen: LimiterProof['runs'][number][] = []
  for (let run = 0; run < runs; run += 1) {
    const {limiter, validity} = await measureOne(title, run, {target, workload})
    const reasons = validity.verdict === 'valid' ? [] : validity.reasons.map(({code}) => code)
    seen.push({limiter: limiter.name, reasons})
  }
  return seen
}

async function end(hog: ChildProcess): Promise<void> {
  const ended = hog.exitCode !== null || hog.signalCode !== null ? undefined : once(hog, 'exit')
  hog.kill('SIGKILL')
  await ended
}
