import {option, string} from '@oclif/core/flags'
import {compareWithBaseline} from '../app/compare-results.ts'
import type {Context} from '../app/context.ts'
import type {Results} from '../model/results.ts'
import {renderComparisonText} from '../render/comparison-text.ts'
import {checkBaselineName} from '../store/baselines.ts'

const results = {helpGroup: 'RESULTS'}

/** Where the results file of a command goes; `suite` as it stands in the name of the file. */
export function outputFlag(suite = '<suite>') {
  return string({
    summary: `Results file to write; replaces one that is there. [default: results/<time>-${suite}.json]`,
    ...results,
  })
}

/** What is done with the results of a command that measures benchmarks. */
export const resultsFlags = {
  output: outputFlag(),
  format: option({
    options: ['text', 'gobench'] as const,
    summary: 'text, or Go benchmark lines that benchstat reads.',
    default: 'text' as const,
    ...results,
  })(),
  'save-baseline': string({summary: 'Keep the results under this name.', ...results}),
  compare: string({summary: 'Compare with the baseline of this name.', ...results}),
}

interface BaselineFlagValues {
  readonly 'save-baseline'?: string | undefined
  readonly compare?: string | undefined
}

/** Before a run, not after it: throws where its results could not be kept or compared. */
export async function checkBaselineFlags(flags: BaselineFlagValues, {store}: Context): Promise<void> {
  if (flags['save-baseline'] !== undefined) checkBaselineName(flags['save-baseline'])
  if (flags.compare !== undefined) await store.baselinePath(flags.compare)
}

/** Keeps the results as a baseline and compares them with one, as far as asked. The comparison's text, if there is one. */
export async function keepAndCompare(
  results: Results,
  flags: BaselineFlagValues,
  context: Context,
  note: (text: string) => void,
): Promise<string | undefined> {
  const name = flags['save-baseline']
  if (name !== undefined) note(`Saved baseline ${await context.store.saveBaseline(name, results)}`)
  if (flags.compare === undefined) return undefined
  const comparison = await compareWithBaseline(results, flags.compare, context)
  for (const warning of comparison.warnings) context.warn(warning)
  return renderComparisonText(comparison).trimEnd()
}
