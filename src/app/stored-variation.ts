import {StreambusError} from '../base/errors.ts'
import {describeDifferences, differencesOf} from '../compare/differences.ts'
import {INVOCATIONS_MIN, variationBetween} from '../compare/variation.ts'
import {recordsOfResults} from '../model/records-of-results.ts'
import type {Results, StoredVariation} from '../model/results.ts'
import type {Context} from './context.ts'

/**
 * How far several invocations of the same code lie apart. What was not measured like the first, or from another
 * commit, is warned about: its difference counts as variation. Throws SB_USAGE for fewer than 3 invocations, and for
 * one that is given twice.
 */
export function variationOf(paths: readonly string[], all: readonly Results[], context: Context): StoredVariation {
  const runs = all.map(({id}) => id)
  const again = runs.findIndex((id, index) => runs.indexOf(id) < index)
  if (again >= 0) {
    const first = paths[runs.indexOf(runs[again]!)]
    throw new StreambusError('SB_USAGE', `${paths[again]} is the same invocation as ${first} (${runs[again]}).`, {
      hint: 'Invocations tell how far they lie apart only if each measured by itself.',
    })
  }
  if (all.length < INVOCATIONS_MIN) {
    throw new StreambusError('SB_USAGE', `${all.length} invocations cannot tell how far such lie apart.`, {
      hint: `Give at least ${INVOCATIONS_MIN} results files of the same code, better 5; or one, without that knowledge.`,
    })
  }
  for (const [index, results] of all.entries()) {
    const others = describeDifferences(differencesOf(all[0]!, results))
    const differences = [...commitDifference(all[0]!, results), ...(others === '' ? [] : [others])]
    if (differences.length === 0) continue
    context.warn(`${paths[index]} is not like ${paths[0]} (${differences.join(', ')}): that counts as variation`)
  }
  const metrics = variationBetween(all.map(recordsOfResults))
  if (metrics.length > 0) return {runs, metrics}
  throw new StreambusError('SB_INPUT_INVALID', `No figure is in ${INVOCATIONS_MIN} of these ${all.length} files.`, {
    hint: 'Give invocations of the same command; two sides measured in turn tell nothing of that.',
  })
}

function commitDifference(first: Results, next: Results): string[] {
  const [before, after] = [first.environment.git, next.environment.git]
  if (before === undefined || after === undefined || before.commit === after.commit) return []
  return [`commit ${before.commit.slice(0, 10)} -> ${after.commit.slice(0, 10)}`]
}
