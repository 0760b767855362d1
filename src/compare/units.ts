import type {Measurement} from '../model/benchmark-record.ts'

/** A measurement in normalised units, with the unit as it was written, which filters also know. */
export interface TidyMeasurement extends Measurement {
  readonly writtenUnit: string
}

/** A written unit, what it becomes, and what its values are multiplied by. */
export interface TidyUnit {
  readonly unit: string
  readonly factor: number
}

const cache = new Map<string, TidyUnit>()

/**
 * Base units: `ns` becomes `sec` (x 1e-9) and `MB` becomes `B` (x 1e6), wherever they stand as a
 * whole token outside a denominator. `/` opens a denominator and `*` ends it.
 */
export function tidyUnit(written: string): TidyUnit {
  let known = cache.get(written)
  if (known === undefined) {
    known = makeTidy(written)
    cache.set(written, known)
  }
  return known
}

function makeTidy(written: string): TidyUnit {
  if (!/ns|MB/.test(written)) return {unit: written, factor: 1}
  let factor = 1
  let inDenominator = false
  const unit = written
    .split(/([*/\-\s])/u)
    .map((token) => {
      if (token === '/') inDenominator = true
      else if (token === '*') inDenominator = false
      else if (inDenominator) return token
      else if (token === 'ns') {
        factor /= 1e9
        return 'sec'
      } else if (token === 'MB') {
        factor *= 1e6
        return 'B'
      }
      return token
    })
    .join('')
  return {unit, factor}
}

/**
 * The measurement in base units. A value that scaling does not change (0, infinities) keeps its
 * written unit and so its own table: that is how benchstat does it.
 */
export function tidyMeasurement({value, unit}: Measurement): TidyMeasurement {
  const tidy = tidyUnit(unit)
  if (tidy.factor === 1) return {value, unit: tidy.unit, writtenUnit: unit}
  const scaled = value * tidy.factor
  if (scaled === value) return {value, unit, writtenUnit: unit}
  return {value: scaled, unit: tidy.unit, writtenUnit: unit}
}

/** Facts of `Unit` lines, by normalised unit. They hold for all inputs, whichever file they stand in. */
export class UnitFacts {
  private readonly facts = new Map<string, Map<string, string>>()

  /** Records a fact; the first setting wins, and a different later one is answered with a problem. */
  add(unit: string, key: string, value: string): string | undefined {
    const tidy = tidyUnit(unit).unit
    const known = this.facts.get(tidy) ?? new Map<string, string>()
    this.facts.set(tidy, known)
    const old = known.get(key)
    if (old === undefined) known.set(key, value)
    return old === undefined || old === value ? undefined : `metadata ${key} of unit ${unit} already set to ${old}`
  }

  /** `assume=exact`: every sample must be the same, and every difference is real. */
  isExact(unit: string): boolean {
    return this.facts.get(tidyUnit(unit).unit)?.get('assume') === 'exact'
  }

  /** What is better: a `better=` fact, else more of what is counted per second, less of anything else. */
  better(unit: string): 'higher' | 'lower' {
    const tidy = tidyUnit(unit).unit
    const stated = this.facts.get(tidy)?.get('better')
    if (stated === 'higher' || stated === 'lower') return stated
    return /\/(?:s|sec)$/.test(tidy) ? 'higher' : 'lower'
  }
}
