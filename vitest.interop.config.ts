import {defineConfig} from 'vitest/config'
import {reporters} from './test/reporters.ts'

/** Against real servers and tools; a test skips itself where its server is absent. */
export default defineConfig({
  test: {
    reporters,
    include: ['test/interop/**/*.test.ts'],
    globalSetup: 'test/cli/build-once.ts',
    fileParallelism: false,
    testTimeout: 120_000,
  },
})
