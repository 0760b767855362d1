import {option, string} from '@oclif/core/flags'
import {gateFlags, githubFlag} from './compare-flags.ts'

const results = {helpGroup: 'RESULTS'}

/** Where the results file of a command goes; `suite` as it stands in the name of the file. */
export function outputFlag(suite = '<suite>') {
  return string({
    summary: `Results file to write; replaces one that is there. [default: results/<time>-${suite}.json]`,
    ...results,
  })
}

/** How a command that measures benchmarks prints them. */
export function benchFormatFlag() {
  return option({
    options: ['text', 'gobench'] as const,
    summary: 'text, or Go benchmark lines that benchstat reads.',
    default: 'text' as const,
    ...results,
  })()
}

/** With which a run is kept as a baseline, compared and judged. */
export const comparingFlags = {
  'save-baseline': string({summary: 'Keep the results under this name, unless a gate fails.', ...results}),
  compare: string({
    summary: 'Compare with a baseline or a results file, which is read before the run.',
    helpValue: '<name|file>',
    ...results,
  }),
  ...gateFlags,
  github: githubFlag(),
}
