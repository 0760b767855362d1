import {formatDurationNs, formatRate} from '../base/units.ts'
import type {PairedDelta} from '../model/comparison.ts'
import type {InterleavedAnswer, Interleaving} from '../model/interleaving.ts'
import type {Results} from '../model/results.ts'
import {smallestText} from './smallest-text.ts'
import type {Style} from './style.ts'
import {renderTable} from './table.ts'
import {wrapWords} from './wrap-words.ts'

/** B against A: a table for each benchmark, the noise floor beside it, and in words what could have been seen. */
export function renderInterleaving(interleaving: Interleaving, style: Style): string {
  const {a, b, answers, blocks} = interleaving
  const compared = answers.filter(({purpose}) => purpose === 'comparison')
  const names = [...new Set(compared.map(({benchmark}) => benchmark))]
  const lines = [`B (${b}) against A (${a}), in blocks of four:`, '']
  for (const name of names) {
    if (names.length > 1) lines.push(name)
    const rows = compared.filter(({benchmark}) => benchmark === name)
    lines.push(tableOf(rows, floorsOf(answers, name), style), '')
  }
  if (names.length === 0) return `${lines[0]} no block is complete and valid, so there is nothing to compare.`
  lines.push(...compared.flatMap((answer) => wrapWords(sentenceOf(answer, b, compared.length), style.columns)))
  lines.push(...wrapWords(settlingLine(blocks), style.columns))
  return lines.join('\n')
}

function floorsOf(answers: readonly InterleavedAnswer[], name: string): ReadonlyMap<string, InterleavedAnswer> {
  const floors = answers.filter(({purpose, benchmark}) => purpose === 'noise-floor' && benchmark === name)
  return new Map(floors.map((answer) => [answer.unit, answer]))
}

function tableOf(
  rows: readonly InterleavedAnswer[],
  floors: ReadonlyMap<string, Pick<InterleavedAnswer, 'interval'>>,
  style: Style,
): string {
  const columns = [
    {header: 'figure', align: 'left' as const, cells: rows.map(({unit}) => unit)},
    {header: 'A', align: 'right' as const, cells: rows.map(({unit, medianA}) => valueText(unit, medianA))},
    {header: 'B', align: 'right' as const, cells: rows.map(({unit, medianB}) => valueText(unit, medianB))},
    {header: 'B / A', align: 'right' as const, cells: rows.map((row) => changeText(row, style))},
    {header: `${confidenceText(rows)} interval`, align: 'right' as const, cells: rows.map(intervalText)},
    {header: 'blocks', align: 'right' as const, cells: rows.map(({blocks}) => String(blocks))},
  ]
  const floor = {header: 'A / A', align: 'right' as const, cells: rows.map(({unit}) => intervalText(floors.get(unit)))}
  return renderTable(floors.size > 0 ? [...columns, floor] : columns, style)
}

/** Of the intervals of one table, which are alike. */
function confidenceText(rows: readonly InterleavedAnswer[]): string {
  const confidence = rows.find(({interval}) => interval !== undefined)?.interval?.confidence ?? 0.95
  return levelText(confidence)
}

/** `95 %`, `99.93 %`: nines are not rounded away. */
function levelText(confidence: number): string {
  return `${Number((confidence * 100).toFixed(2))} %`
}

function valueText(unit: string, value: number): string {
  if (unit.endsWith('-ns')) return formatDurationNs(value)
  return unit === 'msgs/s' ? formatRate(value) : String(Math.round(value))
}

/** A change that the blocks cannot tell from noise is followed by `~`, and by `?` where they are too few to ask. */
function changeText({ratio, verdict}: InterleavedAnswer, style: Style): string {
  if (ratio === undefined) return '?'
  const text = percentText(ratio)
  if (verdict === 'too-few-blocks') return `${text} ?`
  if (verdict === 'no-difference') return `${text} ~`
  return verdict === 'better' ? style.good(`${text} better`) : style.bad(`${text} worse`)
}

function intervalText(answer: Pick<InterleavedAnswer, 'interval'> | undefined): string {
  const interval = answer?.interval
  return interval === undefined ? '-' : `[${percentText(interval.lo)}, ${percentText(interval.hi)}]`
}

function percentText(ratio: number): string {
  const percent = (ratio - 1) * 100
  return `${percent >= 0 ? '+' : ''}${percent.toFixed(1)} %`
}

/** `questions`: among how many of its purpose the answer was adjusted. */
function sentenceOf(answer: InterleavedAnswer, b: string, questions: number): string {
  const {unit, verdict, smallestDifference, blocks, interval, pAdjusted, ratio = 1} = answer
  if (verdict === 'too-few-blocks') {
    return `${unit}: ${blocks} usable ${blocks === 1 ? 'block is' : 'blocks are'} too few for an answer; it takes 3. Raise --count.`
  }
  const seen =
    smallestDifference === undefined ? '' : `, where ${smallestText(smallestDifference, ratio)} would have shown`
  if (verdict === 'no-difference') {
    const isOneOfMany = questions > 1 && interval !== undefined && (interval.lo > 1 || interval.hi < 1)
    if (isOneOfMany) return `${unit}: cannot tell (p ${pAdjusted.toPrecision(2)}, adjusted for ${questions} questions).`
    return `${unit}: cannot tell${seen}.`
  }
  return `${unit}: ${b} is ${verdict} ${intervalText(answer)}${seen}.`
}

function settlingLine(blocks: Interleaving['blocks']): string {
  const waits = blocks.map(({settling}) => settling.waitedNs).toSorted((x, y) => x - y)
  const longest = formatDurationNs(waits.at(-1) ?? 0)
  const unsettled = blocks.filter(({settling}) => !settling.isSettled).length
  const late = unsettled === 0 ? '' : ` ${unsettled} began with data still to be written.`
  return `Between blocks everything was synced, and the disk was waited for: ${longest} at most.${late}`
}

/** The same of runs that were compared later. */
export function renderPaired(paired: readonly PairedDelta[], style: Style): string {
  const heads = [...new Set(paired.map(headOf))]
  const sections = heads.map((head) => {
    const ofRun = paired.filter((row) => headOf(row) === head)
    const names = [...new Set(ofRun.map(({benchmark}) => benchmark))]
    const tables = names.flatMap((name) => {
      const rows = ofRun.filter(({benchmark}) => benchmark === name)
      const sentences = rows.flatMap((answer) => wrapWords(sentenceOf(answer, answer.b, ofRun.length), style.columns))
      return [name, tableOf(rows, floorsOfPaired(rows, name), style), ...sentences]
    })
    return [head, ...tables].join('\n')
  })
  return sections.join('\n\n')
}

function headOf({a, b}: PairedDelta): string {
  return `B (${b}) against A (${a}), paired by blocks of four:`
}

function floorsOfPaired(
  paired: readonly PairedDelta[],
  name: string,
): ReadonlyMap<string, Pick<InterleavedAnswer, 'interval'>> {
  const rows = paired.filter(({benchmark, noiseFloor}) => benchmark === name && noiseFloor !== undefined)
  return new Map(rows.map(({unit, noiseFloor}) => [unit, {interval: noiseFloor!}]))
}

/** How a run without a fixed count ended, and what having looked costs. */
export function stoppingLine({interleaving, stopping}: Pick<Results, 'interleaving' | 'stopping'>): string {
  if (stopping === undefined) return ''
  const {ended, n, level, precision, looks} = stopping
  const narrow = `± ${(precision * 100).toFixed(1)} %`
  if (ended === undefined || n === undefined || level === undefined) return `Ended before it was decided (${narrow}).`
  const at = interleaving === undefined ? `${n}` : `${n} blocks`
  const found =
    interleaving === undefined ? `the interval is within ${narrow}` : `B differs, or is the same within ${narrow}`
  const last = looks.indexOf(n) + 1
  const which = last > 0 ? ` (look ${last} of ${looks.length})` : ''
  const cost = `Intervals are at ${levelText(1 - level)}, wider for having looked, so that all looks together err in 5 %.`
  if (ended === 'decided') return `Decided after ${at}${which}: ${found}. ${cost}`
  if (ended === 'time-used-up') {
    return `Undecided: the time was used up after ${at}${which}. Raise --time-max, or --precision. ${cost}`
  }
  return `Undecided after all ${at}: the noise is wider than ${narrow}. ${cost}`
}
