import {defineConfig} from 'vitest/config'
import {reporters} from './test/reporters.ts'

/** Pages looked at in a headless Chromium; a test skips itself where there is none. */
export default defineConfig({
  test: {
    reporters,
    include: ['test/browser/**/*.test.ts'],
    globalSetup: 'test/cli/build-once.ts',
    fileParallelism: false,
    testTimeout: 120_000,
  },
})
