import {formatGoFloat} from '../base/go-number.ts'
import {medianInterval, samplesForInterval} from '../stats/median-interval.ts'
import {median} from '../stats/quantile.ts'
import type {SortedSamples} from '../stats/sorted-samples.ts'

/** Center and bounds of one cell, in the unit of the samples, with what is doubtful about them. */
export interface Summary {
  readonly center: number
  readonly lo: number // -Infinity without a bound
  readonly hi: number
  readonly warnings: readonly string[]
}

/** Median with its interval at `confidence` (0 to 1). */
export function summarize(sorted: SortedSamples, confidence: number): Summary {
  const {lo, hi} = medianInterval(sorted, confidence)
  const isOpen = [lo, hi].some((bound) => Math.abs(bound) === Number.POSITIVE_INFINITY) // a bound that is no number is none
  const warnings = isOpen ? [tooFewForInterval(confidence)] : []
  return {center: centerOf(sorted), lo, hi, warnings}
}

/** benchstat interpolates an odd median too, with weight 0, which an infinite neighbour turns into NaN. */
function centerOf(sorted: SortedSamples): number {
  const middle = sorted.length >> 1
  const above = sorted[middle + 1]
  if (sorted.length % 2 === 0 || above === undefined) return median(sorted)
  return sorted[middle]! + 0 * (above - sorted[middle]!)
}

/** Said of infinite samples too, however many there are: the words are benchstat's. */
function tooFewForInterval(confidence: number): string {
  const needed = samplesForInterval(confidence)
  const least = needed === undefined ? '> 50' : `>= ${needed}`
  return `need ${least} samples for confidence interval at level ${formatGoFloat(confidence)}`
}

/** For a unit that must not vary: the most frequent value (the least of several), and the extremes. */
export function summarizeExact(sorted: SortedSamples): Summary {
  const lo = sorted[0]!
  const hi = sorted.at(-1)!
  if (lo === hi) return {center: lo, lo, hi, warnings: []}
  const range = `values range from ${formatGoFloat(lo)} to ${formatGoFloat(hi)}`
  return {center: modeOf(sorted), lo, hi, warnings: [`exact distribution expected, but ${range}`]}
}

function modeOf(sorted: SortedSamples): number {
  let mode = sorted[0]!
  let modeCount = 0
  let run = 0
  for (const [index, value] of sorted.entries()) {
    run = index > 0 && value === sorted[index - 1] ? run + 1 : 1
    if (run > modeCount) {
      modeCount = run
      mode = value
    }
  }
  return mode
}
