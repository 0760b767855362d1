import type {Expectation, ObjectiveVerdict} from '../model/verdicts.ts'
import type {Style} from './style.ts'
import {renderTable} from './table.ts'

/** The guide's expectations beside what was measured; they are the guide's targets, not ours. */
export function renderExpectations(expectations: readonly Expectation[], style: Style): string {
  const table = renderTable(
    [
      {header: "the guide's target", align: 'left', cells: expectations.map(({what}) => what)},
      {header: 'expected', align: 'right', cells: expectations.map(({expected}) => expected)},
      {header: 'measured', align: 'right', cells: expectations.map(({measured}) => measured ?? '-')},
      {
        header: 'met',
        align: 'left',
        cells: expectations.map(({isMet, isOffered}) => (isOffered === false ? 'not offered' : metCell(isMet, style))),
      },
      {header: 'from', align: 'left', cells: expectations.map(({source}) => style.dim(source))},
    ],
    style,
  )
  return `${table}\n  The guide names no hardware: a target that is missed says nothing about the broker alone.`
}

function metCell(isMet: boolean | undefined, style: Style): string {
  if (isMet === undefined) return '?'
  return isMet ? style.good('yes') : style.warn('no')
}

/** One line an objective, the verdict last. */
export function renderObjectives(verdicts: readonly ObjectiveVerdict[], style: Style): string {
  const lines = verdicts.map((verdict) => objectiveLine(verdict, style))
  const missed = verdicts.filter(isMissed).length
  const verdict =
    missed === 0
      ? style.good(`Objectives: all ${verdicts.length} kept.`)
      : style.bad(`Objectives: ${missed} of ${verdicts.length} missed.`)
  return [...lines, verdict].join('\n')
}

/** An objective that no sample could show to be kept is missed. */
export function isMissed({samples, missed}: ObjectiveVerdict): boolean {
  return samples === 0 || missed > 0
}

function objectiveLine(verdict: ObjectiveVerdict, style: Style): string {
  const {benchmark, objective, samples, missed, worst, isThin} = verdict
  const thin = isThin ? ' (fewer than 100 messages lie beyond: another run may differ)' : ''
  const seen = worst === undefined ? 'nothing measured' : `worst sample ${worst}${thin}`
  if (!isMissed(verdict)) return `  ${style.good('✓')} ${objective}  ${seen}  ${style.dim(benchmark)}`
  return `  ${style.bad('✗')} ${objective}  ${seen}, missed by ${missed} of ${samples}  ${style.dim(benchmark)}`
}
