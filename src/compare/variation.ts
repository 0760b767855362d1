import type {BenchmarkRecord} from '../model/benchmark-record.ts'
import {VERDICT_KEY} from '../model/records-of-results.ts'
import type {MetricVariation, Variation} from '../model/variation.ts'
import {median} from '../stats/quantile.ts'
import {sortSamples} from '../stats/sorted-samples.ts'
import {studentTQuantile} from '../stats/student-t.ts'

/** Fewer invocations tell next to nothing: Student's factor is 12.7 for two, and 4.3 for three. */
export const INVOCATIONS_MIN = 3
const DEGREES_MIN = INVOCATIONS_MIN - 1

/** A ratio with its interval. */
export interface RatioBounds {
  readonly estimate: number
  readonly lo: number
  readonly hi: number
}

/** How many invocations each side of a ratio pools. */
export interface SideInvocations {
  readonly base: number
  readonly candidate: number
}

/** The centre of each figure of one invocation, by benchmark and unit. */
export type Centres = ReadonlyMap<string, Centre>

interface Centre {
  readonly benchmark: string
  readonly unit: string // as written
  readonly logCentre: number
}

/**
 * Takes the records of one invocation. The centre of a figure is the log of the median over its samples, so that a
 * sample that went astray does not count as a difference between invocations. Invalid samples, sides of an
 * interleaved run and figures that are not above 0 have none.
 */
export class CentreCollector {
  private readonly values = new Map<string, {benchmark: string; unit: string; values: number[]}>()

  add({name, configuration, measurements}: BenchmarkRecord): void {
    if (configuration.has(VERDICT_KEY) || configuration.has('configuration')) return
    for (const {unit, value} of measurements) {
      const key = `${name}\n${unit}`
      const known = this.values.get(key)
      if (known === undefined) this.values.set(key, {benchmark: name, unit, values: [value]})
      else known.values.push(value)
    }
  }

  centres(): Centres {
    const centres = [...this.values].map(([key, {benchmark, unit, values}]): [string, Centre] => {
      return [key, {benchmark, unit, logCentre: Math.log(median(sortSamples(values)))}]
    })
    return new Map(centres.filter(([, {logCentre}]) => Number.isFinite(logCentre)))
  }
}

function centresOf(records: Iterable<BenchmarkRecord>): Centres {
  const collector = new CentreCollector()
  for (const record of records) collector.add(record)
  return collector.centres()
}

/** What invocations of the same code, each given by its records, vary by; a figure that fewer than 3 have is left out. */
export function variationBetween(invocations: readonly Iterable<BenchmarkRecord>[]): MetricVariation[] {
  return variationWithin([invocations.map(centresOf)])
}

/**
 * The same from several groups of invocations, each of the same code within: deviations from each group's own mean,
 * pooled. Figures with fewer than 2 degrees of freedom are left out.
 */
export function variationWithin(groups: readonly (readonly Centres[])[]): MetricVariation[] {
  const known = new Map(groups.flat().flatMap((centres) => [...centres]))
  return [...known].flatMap(([key, {benchmark, unit}]) => {
    const byGroup = groups
      .map((group) => group.flatMap((centres) => centres.get(key)?.logCentre ?? []))
      .filter(({length}) => length > 1)
    const invocations = byGroup.reduce((sum, {length}) => sum + length, 0)
    const degrees = invocations - byGroup.length
    if (degrees < DEGREES_MIN) return []
    const squares = byGroup.reduce((sum, logs) => sum + squaredDeviations(logs), 0)
    return [{benchmark, unit, logDeviation: Math.sqrt(squares / degrees), invocations, degrees}]
  })
}

function squaredDeviations(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
}

/**
 * Log half-width of what two sides of the same code differ by at a two-sided `confidence`: Student's prediction
 * interval with the invocation as a random effect. Source: Kalibera and Jones, Rigorous Benchmarking in Reasonable
 * Time (2013): the highest level that varies is the unit of repetition.
 */
export function betweenHalfWidth(
  {logDeviation, degrees}: Variation,
  {base, candidate}: SideInvocations,
  confidence: number,
): number {
  return studentTQuantile((1 + confidence) / 2, degrees) * logDeviation * Math.sqrt(1 / base + 1 / candidate)
}

/**
 * The interval, each of its ends at least `halfWidth` (on the log scale) from the estimate. The wider of the two
 * holds and not their sum, because medians of invocations vary by their samples too: `halfWidth` has that in it. The
 * test beside this simulates how often either holds the truth.
 */
export function widen({estimate, lo, hi}: RatioBounds, halfWidth: number): RatioBounds {
  const factor = Math.exp(halfWidth)
  return {estimate, lo: Math.min(lo, estimate / factor), hi: Math.max(hi, estimate * factor)}
}
