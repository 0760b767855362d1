import type {Sample} from '../model/sample.ts'
import type {Pair} from '../stats/paired-ratio.ts'
import type {Trial} from './plan.ts'
import type {TuningMetric} from './verdict.ts'

/** A trial that was run. */
export interface TrialOutcome {
  readonly trial: Trial
  readonly sample: Sample
}

/** The figure of a sample that may be judged: completed and valid, with the metric measured. */
export function usableValue(sample: Sample, metric: TuningMetric): number | undefined {
  if (sample.outcome !== 'completed' || sample.validity.verdict !== 'valid') return undefined
  const value = sample.metrics[metric]
  return value !== undefined && Number.isFinite(value) && value > 0 ? value : undefined
}

/** The complete pairs of each question; a pair with one unusable half is left out. */
export function pairsOf(outcomes: readonly TrialOutcome[], questionCount: number, metric: TuningMetric): Pair[][] {
  const halves = new Map<string, {baseline?: number; candidate?: number}>()
  for (const {trial, sample} of outcomes) {
    const value = usableValue(sample, metric)
    if (value === undefined) continue
    const key = `${trial.question}/${trial.pair}`
    halves.set(key, {...halves.get(key), [trial.arm === 'base' ? 'baseline' : 'candidate']: value})
  }
  const questions: Pair[][] = Array.from({length: questionCount}, () => [])
  for (const [key, {baseline, candidate}] of halves) {
    if (baseline === undefined || candidate === undefined) continue
    questions[Number(key.split('/')[0])]!.push({baseline, candidate})
  }
  return questions
}
