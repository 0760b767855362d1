import type {SettingValue} from '../../../src/settings/schema.ts'

/** One key of the guide, and the workload that it matters to. */
export interface KeyRow {
  readonly key: string
  readonly low: SettingValue
  readonly high: SettingValue
  readonly values?: string // in words, where the values themselves mean nothing to a reader
  /** Low and high for the default workload, where the ones above would end it. */
  readonly usual?: readonly [SettingValue, SettingValue]
  readonly workload: string // in a phrase; ends up in the table
  readonly figures: readonly [Figure, ...Figure[]] // the first one decides
  readonly repetitions?: number // of each value; by default as many as the run was asked for
  /** Figures by name, of one fresh broker with the key at `value`. */
  measure(value: SettingValue): Promise<Readonly<Record<string, number>>>
}

export interface Figure {
  readonly name: string
  /** How two values compare: `difference` where one may be 0. */
  readonly as: 'ratio' | 'difference'
  readonly withHigh: 'more' | 'less' | 'other' // what the higher value of the key is to bring
  readonly format: (value: number) => string
}

/** What the repetitions of one figure amount to. */
export interface Effect {
  readonly name: string
  readonly low: number // medians
  readonly high: number
  readonly as: Figure['as']
  readonly middle: number // high over low, or high - low
  readonly lo: number
  readonly hi: number
  readonly n: number
  readonly isShown: boolean // the whole interval lies on the expected side
  readonly text: string
}

/** A row of docs/key-effects.md. */
export interface KeyRowSeen {
  readonly key: string
  readonly values: string
  readonly workload: string
  readonly effects: readonly Effect[]
  readonly usual: string // by the default workload
}
