import type {Finding} from '../model/finding.ts'
import type {Subject} from './subject.ts'
import type {Thresholds} from './thresholds.ts'

/** What a rule adds to the subject's name and source. */
export type Verdict = Omit<Finding, 'rule' | 'benchmark' | 'source'>

/** One question asked of every benchmark. Pure; undefined when there is nothing to say or nothing to judge by. */
export interface Rule {
  readonly id: string
  readonly summary: string
  check(subject: Subject, thresholds: Thresholds): Verdict | undefined
}
