import {StreambusError} from '../base/errors.ts'
import type {Offered} from '../compare/collect.ts'
import type {Difference} from '../compare/differences.ts'
import {parseProjection} from '../compare/projection.ts'
import type {ComparisonTable} from '../model/comparison.ts'
import type {Gate} from '../model/gate.ts'

/** The refusal of `--strict`, which says what `--ignore` has to name. */
export function notAlike(what: string, differences: readonly Difference[]): StreambusError {
  const names = [...new Set(differences.map(({name}) => name))].join(',')
  return new StreambusError('SB_INPUT_INVALID', `${what}.`, {
    hint: `Measure both alike, name what may differ (--ignore ${names}), or leave out --strict to be warned only.`,
  })
}

/** Keys of `--ignore`: a difference that the user asked to overlook is not warned about. */
export function ignoredKeys(ignore: string | undefined): ReadonlySet<string> {
  return new Set(parseProjection(ignore ?? '').map(({key}) => key))
}

/** Several inputs and yet no delta: say what keeps their results in different tables. */
export function splitWarnings(tables: readonly ComparisonTable[], inputs: number): string[] {
  if (inputs < 2 || tables.length === 0 || tables.some(({columns}) => columns.length > 1)) return []
  const hint = splitHint(tables)
  return hint === undefined ? [] : [`no benchmark has a column to be compared with. ${hint}`]
}

/** What keeps results apart; undefined where nothing does. */
function splitHint(tables: readonly ComparisonTable[]): string | undefined {
  const names = tables[0]?.key.map(({name}) => name) ?? []
  const split = names.filter((_, field) => new Set(tables.map(({key}) => key[field]?.value)).size > 1)
  if (split.length === 0) return undefined
  return `The results differ in ${split.join(', ')}; to compare them all the same: streambus compare with --ignore ${split.join(',')}`
}

/** A gate that looked at nothing must not pass. */
export function nothingToJudge(
  tables: readonly ComparisonTable[],
  {items, withoutBudget, rules}: Gate,
  nothingKept: string | undefined,
): StreambusError {
  if (items.length > 0) {
    const gone = [...new Set(items.map(({benchmark, unit}) => `${benchmark} ${unit}`))].join(', ')
    return new StreambusError('SB_INPUT_INVALID', `All that the gate speaks of is in the baseline only: ${gone}.`, {
      hint: 'Give a candidate that holds the same benchmarks.',
    })
  }
  if (withoutBudget === 0) {
    return new StreambusError('SB_INPUT_INVALID', 'The gate has nothing to compare: no benchmark has two columns.', {
      hint: nothingKept ?? splitHint(tables) ?? 'Give a baseline and a candidate that hold the same benchmarks.',
    })
  }
  const units = [...new Set(tables.map(({unit}) => unit))].join(', ')
  const asked = [
    ...new Set(rules.budgets.map(({benchmark, unit}) => (benchmark === '*' ? unit : `${benchmark}@${unit}`))),
  ]
  return new StreambusError('SB_INPUT_INVALID', `The gate has no budget for what was compared (${units}).`, {
    hint: `It speaks of ${asked.join(', ')}; add one such as --budget ${units.split(', ')[0]}=5%, or --fail-above 5% for all.`,
  })
}

const KEYS_SHOWN = 10

/** Results and yet no table: say what a filter could have asked for. */
export function nothingKept(
  tables: readonly ComparisonTable[],
  offered: Offered,
  filter: string | undefined,
): string[] {
  if (tables.length > 0 || offered.units.size === 0) return []
  const by = filter === undefined ? 'the listed orders keep' : `--filter ${filter} keeps`
  const units = `units are ${listed(offered.units)}`
  return [`${by} nothing of what was read: its ${units}; its keys .unit, .name, .fullname, ${listed(offered.keys)}`]
}

function listed(words: ReadonlySet<string>): string {
  const all = [...words]
  return all.length <= KEYS_SHOWN
    ? all.join(', ')
    : `${all.slice(0, KEYS_SHOWN).join(', ')} and ${all.length - KEYS_SHOWN} more`
}
