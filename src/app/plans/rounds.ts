import type {Stopping} from '../../model/interleaving.ts'
import type {Benchmark, Results} from '../../model/results.ts'
import {medianInterval} from '../../stats/median-interval.ts'
import {median} from '../../stats/quantile.ts'
import {sortSamples} from '../../stats/sorted-samples.ts'
import {type BenchPlan, type BenchStep, decidingUnitOf, type StoppingRule} from './bench-plan.ts'
import {Looking} from './looking.ts'

/**
 * Every benchmark in turn, so that drift of the machine meets all of them alike; `count` rounds, or
 * with a rule until every benchmark's interval is narrow enough.
 */
export class RoundsPlan implements BenchPlan {
  readonly benchmarks: BenchPlan['benchmarks']
  readonly #count: number
  readonly #looking: Looking | undefined
  #steps = 0

  constructor(benchmarks: BenchPlan['benchmarks'], count: number, rule?: StoppingRule) {
    this.benchmarks = benchmarks
    this.#count = count
    this.#looking = rule && new Looking(rule)
  }

  get stopping(): Stopping | undefined {
    return this.#looking?.stopping
  }

  next(results: Results, elapsedNs: number): BenchStep | undefined {
    const width = this.benchmarks.length
    const round = Math.floor(this.#steps / width)
    const benchmark = this.#steps % width
    if (width === 0 || (benchmark === 0 && this.#isOver(results, round, elapsedNs))) return undefined
    this.#steps += 1
    return {benchmark, side: 'a', position: this.#looking ? `${round + 1}` : `${round + 1}/${this.#count}`}
  }

  #isOver({benchmarks}: Results, rounds: number, elapsedNs: number): boolean {
    const looking = this.#looking
    if (looking === undefined) return rounds >= this.#count
    if (rounds === 0) return false
    const {precision} = looking.stopping
    return looking.isOver(rounds, elapsedNs, (confidence) =>
      benchmarks.every((benchmark) => isNarrow(benchmark, precision, confidence)),
    )
  }
}

/** Whether the half-width of the median's interval is within `precision` of the median. */
function isNarrow(benchmark: Benchmark, precision: number, confidence: number): boolean {
  const unit = decidingUnitOf(benchmark)
  const values = benchmark.samples.flatMap((sample) =>
    sample.validity.verdict === 'valid' ? (sample.metrics[unit] ?? []) : [],
  )
  if (values.length === 0) return false
  const sorted = sortSamples(values)
  const {lo, hi} = medianInterval(sorted, confidence)
  const middle = median(sorted)
  return Math.max(hi / middle - 1, 1 - lo / middle) <= precision // infinite bounds are never narrow
}
