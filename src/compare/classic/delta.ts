import {formatGoSigned, toFixedEven} from '../../base/go-number.ts'
import type {ClassicDelta} from '../../model/classic-comparison.ts'
import {mannWhitney} from '../../stats/mann-whitney.ts'
import {welchTest} from '../../stats/welch-test.ts'
import type {ClassicSummary} from './summarize.ts'

export type ClassicDeltaTest = 'utest' | 'ttest' | 'none'

export interface ClassicDeltaOptions {
  readonly deltaTest: ClassicDeltaTest
  readonly alpha: number
  readonly isMoreBetter: boolean
}

/** New against old, on the values that are not outliers: significant where p is below (not at) alpha. */
export function compareClassic(
  before: ClassicSummary,
  after: ClassicSummary,
  {deltaTest, alpha, isMoreBetter}: ClassicDeltaOptions,
): ClassicDelta {
  const tested = testOf(before, after, deltaTest)
  if (typeof tested === 'string') return {text: '~', note: `(${tested})`, percent: 0, change: 0}
  const n = `n=${before.kept.length}+${after.kept.length}`
  const note = deltaTest === 'none' ? '' : `(p=${toFixedEven(tested, 3)} ${n})`
  if (!(tested < alpha)) return {text: '~', note, percent: 0, change: 0}
  if (after.mean === before.mean) return {text: '0.00%', note, percent: 0, change: 0}
  const percent = (after.mean / before.mean - 1) * 100
  const change = percent < 0 !== isMoreBetter ? 1 : -1
  return {text: `${formatGoSigned(percent, 2)}%`, note, percent, change}
}

/** p, or why there is none. Without a test everything is significant. */
function testOf(before: ClassicSummary, after: ClassicSummary, deltaTest: ClassicDeltaTest): number | string {
  if (deltaTest === 'none') return -1
  if (deltaTest === 'ttest') return welchTest(before.kept, after.kept)
  if (before.kept.length === 0 || after.kept.length === 0) return 'too few samples'
  const test = mannWhitney(before.kept, after.kept)
  return test === undefined ? 'all equal' : test.p
}
