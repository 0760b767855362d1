import {type Random, seededRandom} from '../../../src/base/random.ts'
import {type GateQuestion, judge} from '../../../src/compare/gate.ts'
import {ratioInterval} from '../../../src/stats/hodges-lehmann.ts'
import {rules} from './null-set.ts'

/*
 * How often a gate finds a loss that is known, where samples vary as they are told to: log-normal,
 * independent, both sides alike.
 */

export interface Power {
  readonly lossPercent: number
  readonly variationPercent: number // standard deviation of the samples' logarithms
  readonly n: number // samples a side
  readonly found: number // share of comparisons in which the gate failed
}

const COMPARISONS = 4_000

export function simulatedPower(lossPercent: number, variationPercent: number, n: number): Power {
  const random = seededRandom(n * 1_000 + variationPercent)
  let found = 0
  for (let at = 0; at < COMPARISONS; at += 1) {
    const base = samples(random, n, 1, variationPercent)
    const next = samples(random, n, 1 - lossPercent / 100, variationPercent)
    if (judge([questionOf(base, next)], rules).verdict === 'fail') found += 1
  }
  return {lossPercent, variationPercent, n, found: found / COMPARISONS}
}

function questionOf(base: readonly number[], next: readonly number[]): GateQuestion {
  return {
    benchmark: 'ProduceThroughput',
    column: 'new',
    unit: 'msgs/s',
    better: 'higher',
    n: base.length,
    size: `${base.length}+${next.length}`,
    interval: (confidence) => {
      const found = ratioInterval(base, next, confidence)
      return found && {estimate: found.ratio, lo: found.lo, hi: found.hi}
    },
  }
}

function samples(random: Random, n: number, center: number, variationPercent: number): number[] {
  return Array.from({length: n}, () => center * Math.exp((variationPercent / 100) * gaussian(random)))
}

/** Source: Box and Muller, Annals of Mathematical Statistics 29 (1958). */
function gaussian(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
}
