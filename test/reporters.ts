import type {TestUserConfig} from 'vitest/node'

type Reporters = NonNullable<TestUserConfig['reporters']>

/** The usual one, and a JSON file where CI asks for one to count from. */
const reportFile = process.env.TEST_REPORT_FILE
export const reporters: Reporters =
  reportFile === undefined ? ['default'] : ['default', ['json', {outputFile: reportFile}]]
