import {findPeriodicStall} from '../../../src/analyze/stalls.ts'
import {thresholdsWith} from '../../../src/analyze/thresholds.ts'
import type {BenchTarget} from '../../../src/app/bench-target.ts'
import type {MeasureHooks} from '../../../src/app/target-watch.ts'
import {formatBytes, formatDurationNs} from '../../../src/base/units.ts'
import {processUsageOf} from '../../../src/host/process-usage.ts'
import type {Sample} from '../../../src/model/sample.ts'
import {isUsable, measureOne} from '../abba.ts'
import {type BrokerMetrics, metricNames, metricsAt, type Settings} from '../live-broker.ts'
import {strongestPeriod} from './autocorrelation.ts'
import type {FigureRow, Verdict} from './figure.ts'
import {flatnessRow} from './flatness.ts'
import {type Effort, withPair, workloadOf} from './targets.ts'

const RATE = 100_000
const P999_NS_MAX = 10e6
/** So small that tables are written, merged and segments freed all the time. */
const BUSY: Settings = {
  'storage.memtable.max_size': '1MiB',
  'storage.compaction.level0_file_num_compaction_trigger': 2,
  'storage.wal.segment_size': '64MiB',
  'storage.retention.bytes': '512MiB',
  'storage.retention.time': '10s',
  'storage.cleanup_interval': '5s',
}

/** A long load at a steady rate while tables are compacted and segments freed; its memory besides. */
export function sustained({sustainedSec}: Effort): Promise<FigureRow[]> {
  const figure = `100 K msg/s of 1 KiB for ${sustainedSec} s under compaction and cleanup`
  return withPair(BUSY, async ({broker}) => {
    const watch = new BrokerWatch()
    const sample = await measureSustained(figure, broker, sustainedSec, watch.hooks)
    const p999Ns = sample.metrics['p999-ns'] ?? Number.NaN
    const work = watch.workText()
    const host = sample.validity.verdict === 'valid' ? [] : sample.validity.reasons.map(({message}) => message)
    return [
      {
        figure: `${figure}: p999 of response time`,
        measured: `${formatDurationNs(p999Ns)}; p99 ${formatDurationNs(sample.metrics['p99-ns'] ?? Number.NaN)}`,
        unfavourable: `max ${formatDurationNs(sample.times.responseTime?.maxNs ?? Number.NaN)}`,
        reach: `<= ${formatDurationNs(P999_NS_MAX)}`,
        verdict: watch.hasWorked ? judged(p999Ns <= P999_NS_MAX, sample) : 'not shown',
        notes: [work, ...host],
      },
      periodRow(figure, sample),
      flatnessRow(watch.rssBytes),
    ]
  })
}

async function measureSustained(title: string, target: BenchTarget, seconds: number, hooks: MeasureHooks) {
  const workload = workloadOf({batch: 10, producers: 2, partitions: 4, rate: RATE}, seconds)
  const sample = await measureOne(title, 0, {target, workload, hooks})
  if (sample.outcome !== 'completed') throw new Error(`the load ${sample.outcome}: ${sample.error?.message ?? ''}`)
  return sample
}

/** What a disturbed machine made worse is not the broker's. */
function judged(isReached: boolean, sample: Sample): Verdict {
  if (isReached) return 'reached'
  return isUsable(sample) ? 'missed' : 'not shown'
}

/** The rule of `analyze` decides; what the autocorrelation of the slots finds is told beside it. */
function periodRow(figure: string, sample: Sample): FigureRow {
  const {timeline} = sample
  const limits = thresholdsWith()
  const stall = findPeriodicStall([timeline], {
    stallNsMin: limits['stall-min'],
    ratioMin: limits['stall-ratio'],
    repeatsMin: limits['stall-repeats-min'],
  })
  const {lag, correlation, bound} = strongestPeriod(timeline.responseMaxNs)
  const lagText = `${((lag * timeline.slotNs) / 1e9).toFixed(1)} s`
  const is = correlation > bound ? 'beyond' : 'within'
  return {
    figure: `${figure}: stall with a period`,
    measured:
      stall === undefined
        ? 'none'
        : `${formatDurationNs(stall.durationNs)} every ${formatDurationNs(stall.periodNs)}, ${stall.repeats} times`,
    unfavourable: '-',
    reach: 'none',
    verdict: isUsable(sample) ? judged(stall === undefined, sample) : 'not shown',
    notes: [
      `slots of 100 ms: largest autocorrelation of ranks ${correlation.toFixed(3)} at ${lagText}, ${is} the ${bound.toFixed(3)} that noise reaches`,
    ],
  }
}

/** Memory of the broker once a second, and what it compacted and freed, over the measured phase. */
class BrokerWatch {
  readonly rssBytes: number[] = []
  #timer: NodeJS.Timeout | undefined
  #before: BrokerMetrics | undefined
  #after: BrokerMetrics | undefined
  #problem = ''

  readonly hooks: MeasureHooks = {
    onMeasureStart: async ({embedded}) => {
      if (embedded === undefined) return
      this.#timer = setInterval(() => void this.#sample(embedded.pid), 1000)
      this.#before = await this.#read(embedded.httpPort)
    },
    onMeasureEnd: async ({embedded}) => {
      clearInterval(this.#timer)
      if (embedded !== undefined) this.#after = await this.#read(embedded.httpPort)
      return []
    },
  }

  async #sample(pid: number): Promise<void> {
    const usage = await processUsageOf(pid)
    if (usage !== undefined) this.rssBytes.push(usage.rssBytes)
  }

  async #read(httpPort: number): Promise<BrokerMetrics | undefined> {
    return metricsAt(httpPort).catch((error: unknown) => {
      this.#problem = String(error)
      return undefined
    })
  }

  #moved(name: string): number {
    if (this.#before === undefined || this.#after === undefined) return Number.NaN
    try {
      return this.#after.sum(name) - this.#before.sum(name)
    } catch (error) {
      this.#problem = String(error)
      return Number.NaN
    }
  }

  get hasWorked(): boolean {
    return this.#moved(metricNames.compactions) > 0 && this.#moved(metricNames.freedSegments) > 0
  }

  workText(): string {
    const [compactions, written, freed] = [
      this.#moved(metricNames.compactions),
      this.#moved(metricNames.compactionWrittenBytes),
      this.#moved(metricNames.freedSegments),
    ]
    if (Number.isNaN(compactions + freed)) return `what the broker did besides is unknown: ${this.#problem}`
    return `meanwhile ${compactions} compactions wrote ${formatBytes(written)}, and ${freed} segments were freed`
  }
}
