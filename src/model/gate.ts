/**
 * What a metric may lose, or what has to be shown of it.
 *
 * - `budget`: worse by at most `percent`. Fails when the whole interval lies beyond it.
 * - `no-regression`: a real gain or a loss below `percent` has to be shown (one-sided, 0.05).
 * - `equivalent`: a change of less than `percent` either way has to be shown (two one-sided tests).
 */
export interface Budget {
  readonly rule: 'budget' | 'no-regression' | 'equivalent'
  readonly unit: string // as written: `msgs/s`, `p99-ns`; `*` is every unit
  readonly benchmark: string // of its full name, `*` stands for any characters
  readonly percent: number // of the baseline, above 0 for a proof, at least 0 for a budget
}

/** A gate. Of several budgets that fit a metric the last one holds, as in a list that ends with its exceptions. */
export interface GateRules {
  readonly budgets: readonly Budget[]
  readonly confidence: number // of the interval that budgets are held against
  /**
   * What an open question means for the exit code: `by-rule`, where nobody says, lets budgets pass with a warning and
   * fails proofs that were not brought; `pass` and `fail` speak for both.
   */
  readonly undecided: 'pass' | 'fail' | 'by-rule'
}

export type GateVerdict = 'pass' | 'fail' | 'undecided'

/** The answer of a gate. */
export interface Gate {
  /** `undecided`: nothing failed, and at least one question is open; `fails` says what that means here. */
  readonly verdict: GateVerdict
  /** Whether the exit code is 1. */
  readonly fails: boolean
  readonly rules: GateRules
  readonly items: readonly GateItem[] // one a metric that a budget speaks of, in the order of the tables
  readonly withoutBudget: number // metrics that were compared and no budget speaks of
}

/** One metric of one benchmark against its budget. */
export interface GateItem {
  readonly benchmark: string
  readonly column: string
  readonly unit: string // normalised, as in the tables
  readonly better: 'higher' | 'lower'
  readonly budget: Budget
  readonly verdict: GateVerdict
  /** Of the baseline, in percent; null: n or values too small for an interval, or the baseline is constantly 0. */
  readonly change: {readonly estimate: number; readonly lo: number; readonly hi: number} | null
  /** The candidate's median where the baseline is constantly 0 and it is not: the change is beyond any percentage. */
  readonly fromZeroTo?: number
  /** The candidate has no such metric. Then the verdict is `undecided`. */
  readonly inBaselineOnly?: true
  readonly confidence: number // two-sided, of `change`
  readonly n: string // `6+6`
  /**
   * Of sides from separate invocations: what such differ by with the same code, at `confidence`, and whether that
   * makes `change` wider than its samples do. Null: nobody knows, so `change` has nothing of it.
   */
  readonly betweenInvocations?: {
    readonly percent: number
    readonly invocations: number // that it was learned from
    readonly widens: boolean
  } | null
  /** More samples a side that would decide if the estimate holds; absent where nothing is open or none would do. */
  readonly moreSamples?: number
  /** Invocations a side, their samples pooled, that would decide where more samples of one cannot. */
  readonly invocationsToDecide?: number
  readonly reason: string
}
