import type {InterleavedAnswer, InterleavedBlock} from '../../model/interleaving.ts'
import type {Benchmark, Results} from '../../model/results.ts'
import {adjustFalseDiscovery} from '../../stats/false-discovery.ts'
import {median} from '../../stats/quantile.ts'
import {logDeviation, smallestDifference} from '../../stats/smallest-difference.ts'
import {sortSamples} from '../../stats/sorted-samples.ts'
import {type BlockRatio, blockRatio} from './block-ratio.ts'
import {confidenceOf} from './looking.ts'

/** Figures that are asked about, where both sides have them; the others follow from these or are the generator's own. */
const UNITS = ['msgs/s', 'p50-ns', 'p95-ns', 'p99-ns', 'p999-ns', 'service-p99-ns', 'e2e-p99-ns', 'catch-up-ns']

/** Every figure of every pair, the noise floor's and the comparison's; nothing where nothing was interleaved. */
export function interleavedAnswers(results: Results): InterleavedAnswer[] {
  const {interleaving, stopping} = results
  if (interleaving === undefined) return []
  const purposes = ['noise-floor', 'comparison'] as const
  return purposes.flatMap((purpose) => answersOf(results, purpose, confidenceOf(stopping)))
}

/** Of one purpose, with intervals at `confidence`; a verdict may err in the rest, after the adjustment for many questions. */
export function answersOf(
  results: Results,
  purpose: InterleavedBlock['purpose'],
  confidence: number,
): InterleavedAnswer[] {
  const names = new Set(
    (results.interleaving?.blocks ?? []).filter((block) => block.purpose === purpose).map((block) => block.benchmark),
  )
  const questions = [...names].flatMap((name) => {
    const benchmark = results.benchmarks.find((candidate) => candidate.name === name)
    return benchmark === undefined ? [] : unitsOf(benchmark).map((unit) => ({benchmark, unit}))
  })
  const found = questions
    .map(({benchmark, unit}) => ({benchmark, unit, seen: blockRatio(results, purpose, benchmark, confidence, unit)}))
    .filter(({seen}) => seen.ratios.length > 0)
  const adjusted = adjustFalseDiscovery(found.map(({seen}) => seen.ratio.p))
  return found.map(({benchmark, unit, seen}, index) =>
    answerOf({purpose, benchmark: benchmark.name, unit}, seen, adjusted[index]!, confidence),
  )
}

/** An open loop's rate is what was asked for, unless the target could not keep up; it is told all the same. */
function unitsOf(benchmark: Benchmark): string[] {
  const seen = new Set(benchmark.samples.flatMap(({metrics}) => Object.keys(metrics)))
  return UNITS.filter((unit) => seen.has(unit))
}

function answerOf(
  question: Pick<InterleavedAnswer, 'purpose' | 'benchmark' | 'unit'>,
  {ratio, ratios, valuesA, valuesB}: BlockRatio,
  pAdjusted: number,
  confidence: number,
): InterleavedAnswer {
  const hasInterval = Number.isFinite(ratio.hi)
  return {
    ...question,
    blocks: ratio.n,
    medianA: median(sortSamples(valuesA)),
    medianB: median(sortSamples(valuesB)),
    ratio: ratio.ratio,
    ...(hasInterval && {
      interval: {lo: ratio.lo, hi: ratio.hi, confidence},
      smallestDifference: smallestDifference(logDeviation(ratios), ratio.n, 1 - confidence),
    }),
    pAdjusted,
    verdict: hasInterval ? verdictOf(question.unit, ratio.ratio, pAdjusted < 1 - confidence) : 'too-few-blocks',
  }
}

function verdictOf(unit: string, ratio: number, isReal: boolean): InterleavedAnswer['verdict'] {
  if (!isReal || ratio === 1) return 'no-difference'
  return ratio > 1 === unit.endsWith('/s') ? 'better' : 'worse'
}
