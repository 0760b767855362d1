import type {GateQuestion} from '../compare/gate.ts'
import {tidyUnit} from '../compare/units.ts'
import type {PairedDelta} from '../model/comparison.ts'
import type {InterleavedAnswer} from '../model/interleaving.ts'
import type {Results} from '../model/results.ts'
import {signedRankTwoSided} from '../stats/signed-rank.ts'
import {blockRatio} from './plans/block-ratio.ts'
import {confidenceAfterLooks} from './plans/looking.ts'

/** What a run of two sides in turn found, in the words of a comparison; empty for any other run. */
export function pairedDeltas(results: Results): PairedDelta[] {
  const {interleaving} = results
  if (interleaving === undefined) return []
  return interleaving.answers
    .filter(({purpose}) => purpose === 'comparison')
    .map((answer) => {
      const noiseFloor = floorOf(interleaving, answer)
      const pSignedRank = signedRankOf(results, answer)
      return {
        ...answer,
        a: interleaving.a,
        b: interleaving.b,
        ...(pSignedRank !== undefined && {pSignedRank}),
        ...(noiseFloor !== undefined && {noiseFloor}),
      }
    })
}

/** With fewer blocks the smallest p that ranks can give is above 0.05. */
const RANKED_BLOCKS_MIN = 6

function signedRankOf(results: Results, {benchmark, unit}: InterleavedAnswer): number | undefined {
  const side = results.benchmarks.find(({name}) => name === benchmark)
  if (side === undefined) return undefined
  const {ratios} = blockRatio(results, 'comparison', side, 0.95, unit)
  return ratios.length < RANKED_BLOCKS_MIN ? undefined : signedRankTwoSided(ratios.map(Math.log))
}

function floorOf(
  {answers}: NonNullable<Results['interleaving']>,
  {benchmark, unit}: {benchmark: string; unit: string},
) {
  const floor = answers.find(
    (answer) => answer.purpose === 'noise-floor' && answer.benchmark === benchmark && answer.unit === unit,
  )
  return floor?.interval
}

/**
 * The same as questions of a gate: the unit of resampling is the block, so they stand instead of the samples'. A run that
 * looked several times before it stopped is asked at the confidence that keeps the gate's over all its looks.
 */
export function pairedQuestions(results: Results): GateQuestion[] {
  const afterLooks = remembered((confidence) => confidenceAfterLooks(results.stopping, confidence))
  return pairedDeltas(results).flatMap(({benchmark, unit, b, blocks}) => {
    const side = results.benchmarks.find(({name}) => name === benchmark)
    if (side === undefined) return []
    const interval = (confidence: number) => {
      const {ratio} = blockRatio(results, 'comparison', side, afterLooks(confidence), unit)
      return Number.isFinite(ratio.hi) ? {estimate: ratio.ratio, lo: ratio.lo, hi: ratio.hi} : undefined
    }
    const better = unit.endsWith('/s') ? ('higher' as const) : ('lower' as const)
    return [{benchmark, column: b, unit: tidyUnit(unit).unit, better, n: blocks, size: `${blocks} blocks`, interval}]
  })
}

/** Every figure of a gate asks at the same one or two levels, and one takes milliseconds to find. */
function remembered(f: (x: number) => number): (x: number) => number {
  const known = new Map<number, number>()
  return (x) => {
    const y = known.get(x) ?? f(x)
    known.set(x, y)
    return y
  }
}
