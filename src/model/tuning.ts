import type {ErrorRecord} from '../base/errors.ts'
import type {Results} from './results.ts'
import type {Warning} from './sample.ts'
import type {Workload} from './workload.ts'

/** What `tune` found out: which keys of a profile help here, by how much, and how surely. */
export interface TuningReport {
  readonly profile: string // as the user named it
  readonly profilePath: string
  readonly basePath?: string // the configuration it was measured against; absent: the defaults
  readonly metric: 'msgs/s' | 'p99-ns'
  readonly workload: Workload // of the base; a client's key changes it in a trial
  readonly pairsPlanned: number
  readonly outcome: Results['outcome']
  readonly error?: ErrorRecord // when failed; what was measured before is judged all the same
  readonly baseMedian?: number // of the metric, over the usable samples of the base
  readonly answers: readonly TuningAnswer[] // the profile as a whole first, where it has more than one tested key
  readonly notTested: readonly UntestedKey[]
  readonly trials: {readonly planned: number; readonly run: number; readonly invalid: number}
  readonly resultsPath?: string // absent when there was nothing to run
  readonly written?: {readonly path: string; readonly keys: readonly string[]} // absent when nothing was proven better
  readonly notWritten?: string // the path that was asked for, where nothing was written to it
  readonly warnings: readonly Warning[]
}

/** One question and its answer. Ratios are changed / base. */
export interface TuningAnswer {
  readonly question: string // `profile`, or the key that was changed alone
  readonly changes: readonly TuningChange[]
  readonly verdict: 'better' | 'worse' | 'no-difference' | 'too-few-pairs'
  readonly ratio?: number
  readonly interval?: {readonly lo: number; readonly hi: number; readonly confidence: number}
  readonly pAdjusted: number // Benjamini-Hochberg over the questions
  readonly pairs: number
  readonly pairsMore?: number
  /** Proven better, and what an acknowledgement promises is unchanged. */
  readonly recommended: boolean
}

/** Values are text for a reader: `512MiB`, `500ms`. */
export interface TuningChange {
  readonly key: string
  readonly side: 'broker' | 'client'
  readonly from: string
  readonly to: string
  readonly durability: 'none' | 'weaker' | 'stronger'
}

export interface UntestedKey {
  readonly key: string
  readonly from: string
  readonly to: string
  readonly reason: string
}

/** What a run of `tune` will cost, known before it starts. */
export interface TuningPlan {
  readonly profile: string
  readonly metric: TuningReport['metric']
  readonly questions: number
  readonly pairs: number // of each question
  readonly trials: number
  readonly trialNs: number // expected, of one trial
}
