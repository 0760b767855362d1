import {defineConfig} from 'vitest/config'
import {reporters} from './test/reporters.ts'

const shared = {pool: 'forks', testTimeout: 30_000} as const

export default defineConfig({
  test: {
    reporters,
    projects: [
      {
        test: {
          ...shared,
          name: 'unit',
          include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
          exclude: ['test/cli/**', 'test/interop/**', 'test/browser/**'],
        },
      },
      {test: {...shared, name: 'cli', include: ['test/cli/**/*.test.ts'], globalSetup: 'test/cli/build-once.ts'}},
    ],
  },
})
