import {toFixedEven} from '../base/go-number.ts'
import type {ComparisonCell, Delta, GeomeanCell} from '../model/comparison.ts'

/** The texts that both the grid and the CSV show. */

/** Half width of the interval in percent of the center: `2%`, `∞` without bounds, `?` across zero. */
export function rangeText({center, lo, hi}: ComparisonCell): string {
  if (lo === null || hi === null) return '∞'
  if (Math.sign(lo) !== Math.sign(center) || Math.sign(hi) !== Math.sign(center)) return '?'
  if (center === 0) return '0%'
  return `${toFixedEven(100 * Math.max(hi / center - 1, 1 - lo / center), 0)}%`
}

/** `~` where the data cannot tell the difference from noise; never a number that could be quoted. */
export function deltaText(cell: ComparisonCell, {p, alpha, baseline}: Delta): string {
  if (p > alpha) return '~'
  if (cell.center === baseline) return '0.00%'
  if (baseline === 0) return '?'
  return signedPercent((cell.center / baseline - 1) * 100)
}

/** `p=0.016 n=5`, `p=0.016 n=5+6`; without p where it is exactly 0. */
export function testText({n}: ComparisonCell, {p, nBaseline}: Delta): string {
  const sizes = n === nBaseline ? `n=${n}` : `n=${nBaseline}+${n}`
  return p === 0 ? sizes : `p=${toFixedEven(p, 3)} ${sizes}`
}

export function geomeanDeltaText({ratio}: GeomeanCell): string {
  if (ratio === undefined) return ''
  return ratio === 'unavailable' ? '?' : signedPercent((ratio - 1) * 100)
}

function signedPercent(percent: number): string {
  const text = toFixedEven(percent, 2)
  return `${/^[-+]/.test(text) ? '' : '+'}${text}%`
}
