import {toFixedEven} from '../base/go-number.ts'
import type {Budget, Gate, GateItem} from '../model/gate.ts'
import type {Style} from './style.ts'

/** The verdict of a gate: what went beyond its budget, what nobody can tell yet, and how much was within. */
export function renderGate(gate: Gate, style: Style): string {
  const {items, fails} = gate
  const failed = items.filter(({verdict}) => verdict === 'fail')
  const open = items.filter(({verdict}) => verdict === 'undecided')
  const lines = [...failed, ...open].flatMap((item) => [`  ${mark(item, style)} ${describe(item)}`, ...whyOpen(item)])
  const verdict = fails ? style.bad('FAIL') : open.length > 0 ? style.warn('UNDECIDED') : style.good('PASS')
  const head = `Gate: ${verdict}  ${summary(gate, failed.length, open.length)}`
  return [head, ...lines, ...betweenLines(items)].join('\n')
}

/** What the intervals know of sides that were measured in separate invocations. */
function betweenLines(items: readonly GateItem[]): string[] {
  const separate = items.flatMap(({betweenInvocations}) =>
    betweenInvocations === undefined ? [] : [betweenInvocations],
  )
  const known = separate.filter((each) => each !== null)
  const unknown = separate.length - known.length
  return [
    ...(known.length > 0 ? [`  ${knownText(known)}`] : []),
    ...(unknown > 0 ? [`  ${unknownText(unknown, items.length)}`] : []),
  ]
}

function knownText(known: readonly NonNullable<GateItem['betweenInvocations']>[]): string {
  const counts = known.map(({invocations}) => invocations)
  const [least, most] = [Math.min(...counts), Math.max(...counts)]
  const count = least === most ? `${most}` : `${least} to ${most}`
  const widened = known.filter(({widens}) => widens).length
  return `Intervals allow for what ${count} invocations of the same code differed by, which made ${widened} of ${known.length} wider.`
}

function unknownText(unknown: number, all: number): string {
  const which = unknown === all ? 'The intervals know' : `${unknown} of ${all} intervals know`
  return `${which} nothing of what differs between invocations of the same code: save a baseline from several (streambus baseline save NAME FILE FILE FILE), or measure both in turn (bench --interleave).`
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
  const {benchmark, column, unit, budget, n} = item
  const words = [benchmark, column, unit, changeOf(item), budgetOf(budget, item.better), `n=${n}`, betweenText(item)]
  return words.filter((text) => text !== '').join('  ')
}

function whyOpen({verdict, reason}: GateItem): string[] {
  return verdict === 'undecided' ? [`      undecided: ${reason}`] : []
}

/** One verdict in a line, without the benchmark's name: `msgs/s -8.2 % [-10.1, -6.3], budget -5 %: why`. */
export function gateItemText(item: GateItem): string {
  const {unit, budget, better, reason} = item
  return `${unit} ${changeOf(item)}, ${budgetOf(budget, better)}: ${reason}`
}

/** Where it is why the interval is as wide as it is. */
function betweenText({betweenInvocations}: GateItem): string {
  if (betweenInvocations?.widens !== true) return ''
  return `±${toFixedEven(betweenInvocations.percent, 1)} % between ${betweenInvocations.invocations} invocations`
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
