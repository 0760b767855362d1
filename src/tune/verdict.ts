import {adjustFalseDiscovery} from '../stats/false-discovery.ts'
import {type Pair, type PairedRatio, pairedRatio} from '../stats/paired-ratio.ts'
import {studentTQuantile} from '../stats/student-t.ts'

/** What is measured, and which way is better. */
export type TuningMetric = 'msgs/s' | 'p99-ns'

/** Ratios are changed / base. */
export interface QuestionVerdict {
  readonly verdict: 'better' | 'worse' | 'no-difference' | 'too-few-pairs'
  readonly ratio?: number // absent without a usable pair
  readonly interval?: {readonly lo: number; readonly hi: number; readonly confidence: number} // absent with too few pairs
  readonly pAdjusted: number // over all questions
  readonly pairs: number // usable ones
  /** Pairs to add: until there is an interval, or until an effect of the size seen would be told from noise. */
  readonly pairsMore?: number
}

/** The share of false discoveries among the questions answered better or worse. */
const FALSE_DISCOVERY_MAX = 0.05
const PAIRS_MIN = 3
/** Beyond this many times what was run, an effect is too small to be worth finding. */
const PAIRS_FACTOR_MAX = 4

/**
 * Judges all questions of a run together. A question is decided when its p, adjusted over the
 * questions, is at most 0.05 (Benjamini and Hochberg 1995); the interval's confidence is widened to
 * match, so that it leaves out 1 exactly where there is a verdict (Benjamini and Yekutieli, False
 * Discovery Rate-Adjusted Multiple Confidence Intervals, JASA 100 (2005)).
 */
export function judgeQuestions(questions: readonly (readonly Pair[])[], metric: TuningMetric): QuestionVerdict[] {
  const adjusted = adjustFalseDiscovery(questions.map((pairs) => pairedRatio(pairs).p))
  const decided = adjusted.filter((p) => p <= FALSE_DISCOVERY_MAX).length
  const level = (FALSE_DISCOVERY_MAX * Math.max(1, decided)) / questions.length
  return questions.map((pairs, index) => judge(pairedRatio(pairs, 1 - level), adjusted[index]!, level, metric))
}

function judge(paired: PairedRatio, pAdjusted: number, level: number, metric: TuningMetric): QuestionVerdict {
  const {ratio, lo, hi, n} = paired
  if (n === 0) return {verdict: 'too-few-pairs', pAdjusted, pairs: n, pairsMore: PAIRS_MIN}
  if (n < PAIRS_MIN) return {verdict: 'too-few-pairs', ratio, pAdjusted, pairs: n, pairsMore: PAIRS_MIN - n}
  const common = {ratio, interval: {lo, hi, confidence: 1 - level}, pAdjusted, pairs: n}
  if (pAdjusted > FALSE_DISCOVERY_MAX) {
    const pairsMore = pairsToDecide(paired, level)
    return {...common, verdict: 'no-difference', ...(pairsMore === undefined ? {} : {pairsMore})}
  }
  const improved = metric === 'msgs/s' ? ratio > 1 : ratio < 1
  return {...common, verdict: improved ? 'better' : 'worse'}
}

/** Pairs to add until an effect as large as the one seen, in noise as seen, would be decided. */
function pairsToDecide({ratio, hi, n}: PairedRatio, level: number): number | undefined {
  const effect = Math.abs(Math.log(ratio))
  const deviation = (Math.log(hi / ratio) / studentTQuantile(1 - level / 2, n - 1)) * Math.sqrt(n)
  for (let pairs = n + 1; pairs <= n * PAIRS_FACTOR_MAX; pairs += 1) {
    if (effect > (studentTQuantile(1 - level / 2, pairs - 1) * deviation) / Math.sqrt(pairs)) return pairs - n
  }
  return undefined
}
