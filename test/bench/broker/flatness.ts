import {formatBytes} from '../../../src/base/units.ts'
import {batchMeans} from '../../../src/stats/mser.ts'
import {median} from '../../../src/stats/quantile.ts'
import {sortSamples} from '../../../src/stats/sorted-samples.ts'
import {theilSen} from '../../../src/stats/trend.ts'
import type {FigureRow} from './figure.ts'

const GROWTH_BYTES_MAX = 20e6
const SLOPE_VALUES_MAX = 300 // every pair of them is looked at

/** Resident memory once a second: whether it grows once it has settled. */
export function flatnessRow(rssBytes: readonly number[]): FigureRow {
  const figure = `memory over ${rssBytes.length} s of that load`
  const settled = rssBytes.slice(Math.floor(rssBytes.length / 3))
  if (settled.length < 10) throw new Error(`${rssBytes.length} readings of memory are too few`)
  const tenth = Math.max(5, Math.floor(settled.length / 10))
  const middle = (values: readonly number[]) => median(sortSamples(values))
  const grown = middle(settled.slice(-tenth)) - middle(settled.slice(0, tenth))
  const size = Math.ceil(settled.length / SLOPE_VALUES_MAX)
  const {slope, lo, hi} = theilSen(size === 1 ? settled : batchMeans(settled, size))
  const perHour = (bytesAStep: number) => `${((bytesAStep * 3600) / size / 1e6).toFixed(1)} MB/h`
  return {
    figure,
    measured: `median ${formatBytes(middle(settled))}; last tenth against first ${(grown / 1e6).toFixed(1)} MB`,
    unfavourable: `slope ${perHour(slope)}, at most ${perHour(hi)}`,
    reach: `flat: last tenth within ${GROWTH_BYTES_MAX / 1e6} MB of the first`,
    verdict: Math.abs(grown) <= GROWTH_BYTES_MAX ? 'reached' : 'missed',
    notes: [`of the last two thirds; slope at least ${perHour(lo)}`],
  }
}
