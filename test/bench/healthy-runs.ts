import {openBenchTarget} from '../../src/app/bench-target.ts'
import type {Context} from '../../src/app/context.ts'
import {measureSample} from '../../src/app/measure-sample.ts'
import {clockFrom, monotonicOrigin} from '../../src/base/clock.ts'
import {entryUrl} from '../../src/base/entries.ts'
import {formatDurationNs} from '../../src/base/units.ts'
import {HiccupMeter} from '../../src/host/hiccup-meter.ts'
import type {Sample} from '../../src/model/sample.ts'
import type {Workload} from '../../src/model/workload.ts'
import {createStore} from '../../src/store/create-store.ts'

/*
 * How often a healthy run is called invalid: short open loops at a rate that this machine keeps with
 * ease, one after the other, with nothing else running. Of 50 at most 1 may be; ends with 1 otherwise.
 *
 *   node test/bench/healthy-runs.ts [RUNS] [RATE]        50 runs at 5000 msg/s, about 3 minutes
 */
const RUNS = Number(process.argv[2] ?? 50)
const RATE = Number(process.argv[3] ?? 5000)
const INVALID_SHARE_MAX = 1 / 50

const workload: Workload = {
  kind: 'latency',
  arrival: {model: 'open', process: 'constant', ratePerSec: RATE},
  message: {sizeBytes: 1024, batchMessages: 1},
  topology: {topics: 1, partitions: 1, producers: 1, consumers: 1},
  phases: {warmUpNs: 1e9, measureNs: 1e9, drainNsMax: 5e9},
  samples: {count: RUNS, seed: 1},
}

const context: Context = {
  clock: clockFrom(monotonicOrigin()),
  now: () => new Date(),
  cwd: process.cwd(),
  store: createStore({cwd: process.cwd()}),
  signal: new AbortController().signal,
  progress: () => {},
  warn: (line) => process.stderr.write(`${line}\n`),
}

/** A line a run: what the judge looked at. */
function lineOf({index, validity, limiter, pacing, resources, times, host}: Sample): string {
  const ns = (value: number | undefined) => (value === undefined ? '-' : formatDurationNs(value))
  const share = (value: number | undefined) => (value === undefined ? '-' : `${(value * 100).toFixed(1)} %`)
  const meanwhile = host?.hiccups?.filter(({when}) => when === 'meanwhile').map(({p99Ns}) => ns(p99Ns)) ?? []
  const waits = resources.workers?.map(({runQueueNs}) => ns(runQueueNs)).join(' ')
  return [
    `${index}`.padStart(3),
    `p50 ${ns(times.responseTime?.p50Ns)} p99 ${ns(times.responseTime?.p99Ns)}`,
    `late p50 ${ns(pacing?.latenessP50Ns)} p99 ${ns(pacing?.latenessP99Ns)}`,
    `clump p50 ${pacing?.arrivalsPerTurnP50}`,
    `waited ${waits} target ${ns(resources.target?.runQueueNs)}`,
    `steal ${share(host?.stealShare)} others ${share(host?.otherShare)} busy ${share(host?.busyShare)}`,
    `hiccup p99 ${meanwhile.join(' ')}`,
    `limiter ${limiter.name}`,
    ...(validity.verdict === 'invalid'
      ? validity.reasons.map(({code, message}) => `\n    INVALID ${code}: ${message}`)
      : []),
  ].join('  ')
}

const target = await openBenchTarget({kind: 'embedded', settings: [], keepData: false, environment: {}}, context)
const meter = await HiccupMeter.open(entryUrl(import.meta.url, '../../src/app/hiccup-worker'))
const invalid = new Map<string, number>()
let invalidRuns = 0
try {
  await meter.idle(1000, context.signal)
  for (const {cpu, p50Ns, p99Ns, maxNs} of meter.before) {
    process.stdout.write(
      `idle core ${cpu ?? 'any'}: hiccups p50 ${formatDurationNs(p50Ns)} p99 ${formatDurationNs(p99Ns)} max ${formatDurationNs(maxNs)}\n`,
    )
  }
  for (let index = 0; index < RUNS; index += 1) {
    const {sample} = await measureSample({workload, index, target, meter}, context, () => {})
    process.stdout.write(`${lineOf(sample)}\n`)
    if (sample.validity.verdict === 'valid') continue
    invalidRuns += 1
    for (const {code} of sample.validity.reasons) invalid.set(code, (invalid.get(code) ?? 0) + 1)
  }
} finally {
  meter.close()
  await target.close()
}
const why = [...invalid].map(([code, count]) => `${code} ${count}`).join(', ')
process.stdout.write(`${invalidRuns} of ${RUNS} healthy runs were called invalid${why === '' ? '' : `: ${why}`}\n`)
if (invalidRuns > Math.max(1, RUNS * INVALID_SHARE_MAX)) process.exitCode = 1
