import {toFixedEven} from '../base/go-number.ts'
import type {Budget, Gate, GateItem} from '../model/gate.ts'
import type {Style} from './style.ts'

/** The verdict of a gate: what went beyond its budget, what nobody can tell yet, and how much was within. */
export function renderGate(gate: Gate, style: Style): string {
  const {items, fails} = gate
  const failed = items.filter(({verdict}) => verdict === 'fail')
  const open = items.filter(({verdict}) => verdict === 'undecided')
  const lines = [...failed, ...open].map((item) => `  ${mark(item, style)} ${describe(item)}`)
  const verdict = fails ? style.bad('FAIL') : open.length > 0 ? style.warn('UNDECIDED') : style.good('PASS')
  return [`Gate: ${verdict}  ${summary(gate, failed.length, open.length)}`, ...lines].join('\n')
}

function summary({items, withoutBudget, fails}: Gate, failed: number, open: number): string {
  const counts = [
    `${items.length - failed - open} of ${items.length} within their budget`,
    ...(failed > 0 ? [`${failed} beyond it`] : []),
    ...(open > 0 ? [`${open} undecided${fails && failed === 0 ? ', which fails' : ''}`] : []),
    ...(withoutBudget > 0 ? [`${withoutBudget} without one`] : []),
  ]
  return counts.join(', ')
}

function mark({verdict}: GateItem, style: Style): string {
  return verdict === 'fail' ? style.bad('✗') : style.warn('?')
}

function describe(item: GateItem): string {
  const {benchmark, column, unit, budget, verdict, n, reason} = item
  const words = [benchmark, column, unit, changeOf(item), budgetOf(budget, item.better), `n=${n}`]
  const why = verdict === 'undecided' ? [`undecided: ${reason}`] : []
  return [...words, ...why].filter((text) => text !== '').join('  ')
}

/** `-8.2 % [-10.1, -6.3]`. */
function changeOf({change}: GateItem): string {
  if (change === null) return '~'
  const [estimate, lo, hi] = [change.estimate, change.lo, change.hi].map(signed)
  return `${estimate} % [${lo}, ${hi}]`
}

function signed(percent: number): string {
  const text = toFixedEven(percent, 1)
  return text.startsWith('-') ? text : `+${text}`
}

function budgetOf({rule, percent}: Budget, better: 'higher' | 'lower'): string {
  if (rule === 'equivalent') return `to prove: within ${percent} % either way`
  const bound = `${better === 'higher' ? '-' : '+'}${percent} %`
  return rule === 'budget' ? `budget ${bound}` : `to prove: no worse than ${bound}`
}
