import type {Finding, Severity} from '../model/finding.ts'
import {rules} from './rules/index.ts'
import type {Subject} from './subject.ts'
import type {Thresholds} from './thresholds.ts'

const ORDER: Readonly<Record<Severity, number>> = {critical: 0, warning: 1, info: 2}

/** Runs every rule over every subject. Findings: critical first, then in the order of the subjects and of the rules. */
export function analyze(subjects: readonly Subject[], thresholds: Thresholds): readonly Finding[] {
  const findings = subjects.flatMap((subject) => findingsOf(subject, thresholds))
  return findings.toSorted((a, b) => ORDER[a.severity] - ORDER[b.severity]) // stable
}

function findingsOf(subject: Subject, thresholds: Thresholds): readonly Finding[] {
  return rules.flatMap((rule) => {
    const verdict = rule.check(subject, thresholds)
    return verdict === undefined ? [] : {rule: rule.id, benchmark: subject.name, source: subject.source, ...verdict}
  })
}
