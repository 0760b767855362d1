import type {InterleavedAnswer, InterleavedBlock} from '../../model/interleaving.ts'
import type {Benchmark, Results} from '../../model/results.ts'
import {adjustFalseDiscovery} from '../../stats/false-discovery.ts'
import {median} from '../../stats/quantile.ts'
import {logDeviation, smallestDifference} from '../../stats/smallest-difference.ts'
import {sortSamples} from '../../stats/sorted-samples.ts'
import {CONFIDENCE} from './bench-plan.ts'
import {type BlockRatio, blockRatio} from './block-ratio.ts'

/** Figures that are asked about, where both sides have them; the others follow from these or are the generator's own. */
const UNITS = ['msgs/s', 'p50-ns', 'p95-ns', 'p99-ns', 'p999-ns', 'service-p99-ns', 'e2e-p99-ns', 'catch-up-ns']

/** Two-sided error that a verdict may have, after the adjustment for many questions. */
const ALPHA = 1 - CONFIDENCE

/** Every figure of every pair, the noise floor's and the comparison's; nothing where nothing was interleaved. */
export function interleavedAnswers(results: Results): InterleavedAnswer[] {
  const {interleaving} = results
  if (interleaving === undefined) return []
  const purposes = ['noise-floor', 'comparison'] as const
  return purposes.flatMap((purpose) => answersOf(results, purpose))
}

function answersOf(results: Results, purpose: InterleavedBlock['purpose']): InterleavedAnswer[] {
  const names = new Set(
    (results.interleaving?.blocks ?? []).filter((block) => block.purpose === purpose).map((block) => block.benchmark),
  )
  const questions = [...names].flatMap((name) => {
    const benchmark = results.benchmarks.find((candidate) => candidate.name === name)
    return benchmark === undefined ? [] : unitsOf(benchmark).map((unit) => ({benchmark, unit}))
  })
  const found = questions
    .map(({benchmark, unit}) => ({benchmark, unit, seen: blockRatio(results, purpose, benchmark, CONFIDENCE, unit)}))
    .filter(({seen}) => seen.ratios.length > 0)
  const adjusted = adjustFalseDiscovery(found.map(({seen}) => seen.ratio.p))
  return found.map(({benchmark, unit, seen}, index) => answerOf(purpose, benchmark, unit, seen, adjusted[index]!))
}

/** An open loop's rate is what was asked for, unless the target could not keep up; it is told all the same. */
function unitsOf(benchmark: Benchmark): string[] {
  const seen = new Set(benchmark.samples.flatMap(({metrics}) => Object.keys(metrics)))
  return UNITS.filter((unit) => seen.has(unit))
}

function answerOf(
  purpose: InterleavedAnswer['purpose'],
  {name}: Benchmark,
  unit: string,
  {ratio, ratios, valuesA, valuesB}: BlockRatio,
  pAdjusted: number,
): InterleavedAnswer {
  const hasInterval = Number.isFinite(ratio.hi)
  return {
    purpose,
    benchmark: name,
    unit,
    blocks: ratio.n,
    medianA: median(sortSamples(valuesA)),
    medianB: median(sortSamples(valuesB)),
    ratio: ratio.ratio,
    ...(hasInterval && {
      interval: {lo: ratio.lo, hi: ratio.hi, confidence: CONFIDENCE},
      smallestDifference: smallestDifference(logDeviation(ratios), ratio.n),
    }),
    pAdjusted,
    verdict: verdictOf(unit, ratio.ratio, hasInterval, pAdjusted),
  }
}

function verdictOf(unit: string, ratio: number, hasInterval: boolean, p: number): InterleavedAnswer['verdict'] {
  if (!hasInterval) return 'too-few-blocks'
  if (p >= ALPHA || ratio === 1) return 'no-difference'
  return ratio > 1 === unit.endsWith('/s') ? 'better' : 'worse'
}
