import {toFixedEven} from '../base/go-number.ts'

/** How the centers of one row are written: divided by `factor`, `decimals` places, then `prefix`. */
export interface Scale {
  readonly factor: number
  readonly decimals: number
  readonly prefix: string
}

interface Step {
  readonly factor: number
  readonly prefix: string
  /** Least values that get 1, 2 and 3 decimals: literals, because a product would round. */
  readonly from: readonly [number, number, number]
}

const DECIMAL: readonly Step[] = [
  {factor: 1e12, prefix: 'T', from: [99.995e12, 9.9995e12, 0.99995e12]},
  {factor: 1e9, prefix: 'G', from: [99.995e9, 9.9995e9, 0.99995e9]},
  {factor: 1e6, prefix: 'M', from: [99.995e6, 9.9995e6, 0.99995e6]},
  {factor: 1e3, prefix: 'k', from: [99.995e3, 9.9995e3, 0.99995e3]},
  {factor: 1, prefix: '', from: [99.995, 9.9995, 0.99995]},
  {factor: 1e-3, prefix: 'm', from: [99.995e-3, 9.9995e-3, 0.99995e-3]},
  {factor: 1e-6, prefix: 'µ', from: [99.995e-6, 9.9995e-6, 0.99995e-6]},
  {factor: 1e-9, prefix: 'n', from: [99.995e-9, 9.9995e-9, 0.99995e-9]},
]

const BINARY: readonly Step[] = [
  {power: 40, prefix: 'Ti'},
  {power: 30, prefix: 'Gi'},
  {power: 20, prefix: 'Mi'},
  {power: 10, prefix: 'Ki'},
  {power: 0, prefix: ''},
].map(({power, prefix}) => {
  const factor = 2 ** power // exact, so the products are too
  return {factor, prefix, from: [99.995 * factor, 9.9995 * factor, 0.99995 * factor]}
})

/** Thresholds of the quotient below the smallest factor; past the last, 10 decimals. */
const TINY = [9.9995e-1, 9.9995e-2, 9.9995e-3, 9.9995e-4, 9.9995e-5, 9.9995e-6, 9.9995e-7, 9.9995e-8]
const DECIMALS_MAX = 10

/** The scale that shows the smallest value other than 0 with four digits or so; larger ones get more. */
export function commonScale(values: readonly number[], unit: string): Scale {
  const magnitudes = values.map(Math.abs).filter((value) => value !== 0)
  if (magnitudes.length === 0) return {factor: 1, decimals: 3, prefix: ''}
  return scaleOf(Math.min(...magnitudes), isBinary(unit) ? BINARY : DECIMAL)
}

export function formatScaled(value: number, {factor, decimals, prefix}: Scale): string {
  return toFixedEven(value / factor, decimals) + prefix
}

function scaleOf(magnitude: number, steps: readonly Step[]): Scale {
  for (const {factor, prefix, from} of steps) {
    const index = from.findIndex((least) => magnitude >= least)
    if (index >= 0) return {factor, prefix, decimals: index + 1}
  }
  const {factor, prefix} = steps.at(-1)!
  const index = TINY.findIndex((least) => magnitude / factor >= least)
  return {factor, prefix, decimals: index < 0 ? DECIMALS_MAX : Math.min(DECIMALS_MAX, 3 + index)}
}

/** Bytes, outside a denominator, count in powers of 1024. */
function isBinary(unit: string): boolean {
  let inDenominator = false
  for (const token of unit.split(/([*/\-\s])/u)) {
    if (token === '/') inDenominator = true
    else if (token === '*') inDenominator = false
    else if (!inDenominator && (token === 'B' || token === 'MB' || token === 'bytes')) return true
  }
  return false
}
