import {toFixedEven} from '../base/go-number.ts'
import type {Budget, Gate, GateItem} from '../model/gate.ts'
import type {Style} from './style.ts'
import {textWidth} from './text-grid.ts'

/** Of more metrics that passed only some are shown: those nearest to their budget. */
const PASSED_MAX = 12
const PASSED_SHOWN = 5

/**
 * The verdict of a gate and a line for each metric: what went beyond its budget, what nobody can tell yet, and how far
 * from it the rest is; of more than `passedMax` that passed the five nearest to their budget.
 */
export function renderGate(gate: Gate, style: Style, passedMax = PASSED_MAX): string {
  const {items, fails} = gate
  const failed = items.filter(({verdict}) => verdict === 'fail')
  const open = items.filter(({verdict}) => verdict === 'undecided')
  const passed = items.filter(({verdict}) => verdict === 'pass')
  const shown = passed.length > passedMax ? nearest(passed) : passed
  const lines = itemLines([...failed, ...open, ...shown], style)
  const verdict = fails ? style.bad('FAIL') : open.length > 0 ? style.warn('UNDECIDED') : style.good('PASS')
  const head = `Gate: ${verdict}  ${summary(gate, failed.length, open.length)}`
  return [head, ...lines, ...restLines(passed.length - shown.length), ...betweenLines(items)].join('\n')
}

function nearest(passed: readonly GateItem[]): GateItem[] {
  return [...passed].sort((a, b) => roomOf(a) - roomOf(b)).slice(0, PASSED_SHOWN)
}

/** Percentage points from the worst end of the interval to the budget. */
function roomOf({change, better, budget: {rule, percent}}: GateItem): number {
  if (change === null) return Number.MAX_VALUE // a gain beyond any percentage
  if (rule === 'equivalent') return percent - Math.max(-change.lo, change.hi)
  return percent - (better === 'higher' ? -change.lo : change.hi)
}

function restLines(count: number): string[] {
  return count === 0 ? [] : [`    and ${count} more within their budget, each farther from it`]
}

function itemLines(items: readonly GateItem[], style: Style): string[] {
  const estimates = Math.max(0, ...items.map((item) => estimateOf(item).length))
  const rows = items.map((item) => cellsOf(item, estimates))
  const widths = rows[0]?.map((_, at) => Math.max(...rows.map((row) => textWidth(row[at]!)))) ?? []
  return items.flatMap((item, index) => {
    const cells = rows[index]!.map((cell, at) => cell + ' '.repeat(widths[at]! - textWidth(cell)))
    const line = cells.filter((_, at) => widths[at]! > 0).join('  ')
    return [`  ${mark(item, style)} ${line.trimEnd()}`, ...whyOpen(item)]
  })
}

/** What the intervals know of sides that were measured in separate invocations. */
function betweenLines(items: readonly GateItem[]): string[] {
  const asked = items.filter(({inBaselineOnly}) => inBaselineOnly !== true)
  const separate = asked.flatMap(({betweenInvocations}) =>
    betweenInvocations === undefined ? [] : [betweenInvocations],
  )
  const known = separate.filter((each) => each !== null)
  const unknown = separate.length - known.length
  return [
    ...(known.length > 0 ? [`  ${knownText(known)}`] : []),
    ...(unknown > 0 ? [`  ${unknownText(unknown, asked.length)}`] : []),
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
  if (verdict === 'pass') return style.good('✓')
  return verdict === 'fail' ? style.bad('✗') : style.warn('?')
}

function cellsOf(item: GateItem, estimates: number): string[] {
  const {benchmark, column, unit, budget, n} = item
  const change = `${estimateOf(item).padStart(estimates)}${intervalOf(item)}`
  return [benchmark, column, unit, change, budgetOf(budget, item.better), `n=${n}`, betweenText(item)]
}

function whyOpen({verdict, reason}: GateItem): string[] {
  return verdict === 'undecided' ? [`      undecided: ${reason}`] : []
}

/** One verdict in a line, without the benchmark's name: `msgs/s -8.2 % [-10.1, -6.3], budget -5 %: why`. */
export function gateItemText(item: GateItem): string {
  const {unit, budget, better, reason} = item
  return `${unit} ${estimateOf(item)}${intervalOf(item)}, ${budgetOf(budget, better)}: ${reason}`
}

/** Where it is why the interval is as wide as it is. */
function betweenText({betweenInvocations}: GateItem): string {
  if (betweenInvocations?.widens !== true) return ''
  return `±${toFixedEven(betweenInvocations.percent, 1)} % between ${betweenInvocations.invocations} invocations`
}

/** `-8.2 %`. */
function estimateOf({change, fromZeroTo}: GateItem): string {
  if (fromZeroTo !== undefined) return `0 -> ${Number(fromZeroTo.toPrecision(4))}`
  return change === null ? '~' : `${signed(change.estimate)} %`
}

/** ` [-10.1, -6.3]`; a proof's has another level than `--confidence`. */
function intervalOf({change, budget, confidence}: GateItem): string {
  if (change === null) return ''
  const level = budget.rule === 'budget' ? '' : ` at ${Number((confidence * 100).toPrecision(4))} %`
  return ` [${signed(change.lo)}, ${signed(change.hi)}]${level}`
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
