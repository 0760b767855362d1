import {option, string} from '@oclif/core/flags'

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
