import {type ErrorRecord, ExitCode, exitCodeOf} from '../base/errors.ts'
import type {Warning} from '../model/sample.ts'
import type {TuningAnswer, TuningReport, UntestedKey} from '../model/tuning.ts'
import {displayedValue} from '../settings/values.ts'
import {median, quantile} from '../stats/quantile.ts'
import {sortSamples} from '../stats/sorted-samples.ts'
import type {Knob} from '../tune/knobs.ts'
import type {Question} from '../tune/plan.ts'
import {pairsOf, type TrialOutcome, usableValue} from '../tune/trials.ts'
import {judgeQuestions, type QuestionVerdict} from '../tune/verdict.ts'
import type {PreparedTuning} from './plan-tuning.ts'

/** What came of the trials. */
export interface TuningMeasured {
  readonly outcome: TuningReport['outcome']
  readonly error?: ErrorRecord
  readonly outcomes: readonly TrialOutcome[]
  readonly resultsPath?: string
}

/** Share of the trials that the generator may limit before the reader is told. */
const GENERATOR_LIMITED_SHARE_MAX = 0.1
/** Spread of the base's samples (middle half over median) beyond which the machine is called noisy. */
const BASE_SPREAD_MAX = 0.15
const BASE_SAMPLES_MIN = 6

/** Judges the trials that were run, however many there are. */
export function tuningReportOf(prepared: PreparedTuning, measured: TuningMeasured): TuningReport {
  const {request, profile, metric, knobs, questions, trials, workload} = prepared
  const {outcomes, ...end} = measured
  const verdicts = judgeQuestions(pairsOf(outcomes, questions.length, metric), metric)
  const usable = outcomes.filter(({sample}) => usableValue(sample, metric) !== undefined)
  const base = usable.filter(({trial}) => trial.arm === 'base').map(({sample}) => sample.metrics[metric]!)
  return {
    profile: request.profile,
    profilePath: profile.path,
    ...(request.configFile === undefined ? {} : {basePath: request.configFile}),
    metric,
    workload,
    pairsPlanned: request.pairs,
    ...end,
    ...(base.length === 0 ? {} : {baseMedian: median(sortSamples(base))}),
    answers: questions.map((question, index) => answerOf(question, verdicts[index]!)),
    notTested: knobs.filter(({testedBy}) => testedBy === 'nobody').map(untestedKeyOf),
    trials: {planned: trials.length, run: outcomes.length, invalid: outcomes.length - usable.length},
    ...(request.write === undefined ? {} : {notWritten: request.write.path}),
    warnings: [...warningsOf(outcomes), ...noiseWarnings(base)],
  }
}

function answerOf(question: Question, verdict: QuestionVerdict): TuningAnswer {
  const keepsPromise = question.changes.every(({durability}) => durability === 'none')
  return {
    question: question.name,
    changes: question.changes.map((knob) => ({
      ...valuesOf(knob),
      side: knob.testedBy === 'client' ? 'client' : 'broker',
      durability: knob.durability,
    })),
    ...verdict,
    // A promise is not for sale: what changes durability is shown, and never recommended for speed.
    recommended: verdict.verdict === 'better' && keepsPromise,
  }
}

function untestedKeyOf(knob: Knob): UntestedKey {
  return {...valuesOf(knob), reason: knob.reason ?? ''}
}

function valuesOf({definition, from, to}: Knob): {key: string; from: string; to: string} {
  return {key: definition.key, from: displayedValue(definition, from), to: displayedValue(definition, to)}
}

function warningsOf(outcomes: readonly TrialOutcome[]): Warning[] {
  const warnings = new Map<string, Warning>()
  for (const {sample} of outcomes) {
    if (sample.validity.verdict === 'invalid') {
      for (const reason of sample.validity.reasons) {
        const message = `${reason.message} ${reason.suggestion}`
        if (!warnings.has(reason.code)) warnings.set(reason.code, {code: reason.code, message})
      }
    }
    for (const warning of sample.warnings) if (!warnings.has(warning.code)) warnings.set(warning.code, warning)
  }
  const limited = outcomes.filter(({sample}) => sample.limiter.name === 'generator').length
  if (limited > outcomes.length * GENERATOR_LIMITED_SHARE_MAX) {
    const message = `The generator, not the broker, set the pace in ${limited} of ${outcomes.length} trials: an effect of a broker's key may be hidden.`
    warnings.set('generator-limited', {code: 'generator-limited', message})
  }
  return [...warnings.values()]
}

/** All base samples are of one configuration: what they differ by is noise or drift. */
function noiseWarnings(base: readonly number[]): Warning[] {
  const sorted = sortSamples(base)
  const spread = (quantile(sorted, 0.75) - quantile(sorted, 0.25)) / median(sorted)
  if (sorted.length < BASE_SAMPLES_MIN || spread <= BASE_SPREAD_MAX) return []
  const message = `The middle half of the samples of one and the same configuration spans ${(spread * 100).toFixed(0)} % of their median: something else uses this machine, and small effects cannot be seen.`
  return [{code: 'noisy-machine', message}]
}

/** 0, also when nothing helped: that is an answer. Else what the run ended with, or 4 when no pair could be judged. */
export function exitCodeOfTuning({outcome, error, answers}: TuningReport): ExitCode {
  if (outcome === 'interrupted') return ExitCode.interrupted
  if (error !== undefined) return exitCodeOf(error)
  const judged = answers.some(({pairs}) => pairs > 0)
  return answers.length === 0 || judged ? ExitCode.done : ExitCode.measurementInvalid
}
