import {formatGoFloat, toFixedEven} from '../base/go-number.ts'
import type {Gate, GateItem} from '../model/comparison.ts'
import type {Style} from './style.ts'

/** The verdict of `--fail-above`: which metrics went beyond the budget, and which nobody can tell yet. */
export function renderGate({verdict, failAbovePercent, checked, failures, undecided}: Gate, style: Style): string {
  const budget = `${formatGoFloat(failAbovePercent)} %`
  const head =
    verdict === 'fail'
      ? `Gate: ${style.bad('FAIL')}  ${failures.length} of ${checked} worse by more than ${budget}`
      : `Gate: ${undecided.length > 0 ? style.warn('UNDECIDED') : style.good('PASS')}  ${checked - undecided.length} of ${checked} could be decided, none significantly worse by more than ${budget}`
  const lines = [
    ...failures.map((item) => `  ${style.bad('✗')} ${describe(item)}`),
    ...undecided.map((item) => `  ${style.warn('?')} ${describe(item)}  undecided: ${item.advice}`),
  ]
  return [head, ...lines].join('\n')
}

function describe({benchmark, column, unit, changePercent, p, n}: GateItem): string {
  const change = changePercent === null ? 'from 0' : `${changePercent < 0 ? '' : '+'}${toFixedEven(changePercent, 2)} %`
  return [benchmark, column, unit, change, `(p=${toFixedEven(p, 3)} n=${n})`].filter((text) => text !== '').join('  ')
}
