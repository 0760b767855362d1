import type {Stopping} from '../../model/interleaving.ts'
import type {Benchmark, Results} from '../../model/results.ts'
import {medianInterval} from '../../stats/median-interval.ts'
import {median} from '../../stats/quantile.ts'
import {sortSamples} from '../../stats/sorted-samples.ts'
import {type BenchPlan, type BenchStep, CONFIDENCE, decidingUnitOf, type StoppingRule} from './bench-plan.ts'

/** Samples of each benchmark at which a run without a fixed count looks. */
const LOOKS = [6, 10, 15, 20, 30] as const

/**
 * Every benchmark in turn, so that drift of the machine meets all of them alike; `count` rounds, or
 * with a rule until every benchmark's interval is narrow enough.
 *
 * The rule looks at fixed n only, and each look's interval is as wide as `looks` looks together need
 * for 95 % (Bonferroni), so that stopping early is not bought with confidence.
 */
export class RoundsPlan implements BenchPlan {
  readonly benchmarks: BenchPlan['benchmarks']
  stopping?: Stopping
  readonly #count: number
  readonly #rule: StoppingRule | undefined
  #steps = 0

  constructor(benchmarks: BenchPlan['benchmarks'], count: number, rule?: StoppingRule) {
    this.benchmarks = benchmarks
    this.#rule = rule
    this.#count = rule === undefined ? count : LOOKS[LOOKS.length - 1]!
    if (rule !== undefined) this.stopping = {looks: LOOKS, ...rule}
  }

  next(results: Results, elapsedNs: number): BenchStep | undefined {
    const width = this.benchmarks.length
    const round = Math.floor(this.#steps / width)
    const benchmark = this.#steps % width
    if (width === 0 || (this.#rule === undefined && round >= this.#count)) return undefined
    if (benchmark === 0 && this.#isOver(results, round, elapsedNs)) return undefined
    this.#steps += 1
    return {benchmark, side: 'a', position: this.#rule === undefined ? `${round + 1}/${this.#count}` : `${round + 1}`}
  }

  #isOver(results: Results, rounds: number, elapsedNs: number): boolean {
    const rule = this.#rule
    if (rule === undefined || this.stopping === undefined || rounds === 0) return false
    const isLook = LOOKS.some((n) => n === rounds)
    const isDecided = isLook && results.benchmarks.every((benchmark) => isNarrow(benchmark, rule.precision))
    const isOutOfTime = elapsedNs + elapsedNs / rounds > rule.timeNsMax
    const ended = isDecided
      ? 'decided'
      : rounds === this.#count
        ? 'looks-used-up'
        : isOutOfTime
          ? 'time-used-up'
          : undefined
    if (isLook || ended !== undefined) this.stopping = {...this.stopping, n: rounds}
    if (ended === undefined) return false
    this.stopping = {...this.stopping, ended}
    return true
  }
}

/** Whether the half-width of the median's interval is within `precision` of the median. */
function isNarrow(benchmark: Benchmark, precision: number): boolean {
  const unit = decidingUnitOf(benchmark)
  const values = benchmark.samples.flatMap((sample) =>
    sample.validity.verdict === 'valid' ? (sample.metrics[unit] ?? []) : [],
  )
  if (values.length === 0) return false
  const sorted = sortSamples(values)
  const {lo, hi} = medianInterval(sorted, 1 - (1 - CONFIDENCE) / LOOKS.length)
  const middle = median(sorted)
  return Math.max(hi / middle - 1, 1 - lo / middle) <= precision // infinite bounds are never narrow
}
