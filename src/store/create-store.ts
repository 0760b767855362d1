import {join, resolve} from 'node:path'
import {baselineNames, baselinePath, removeBaseline, saveBaseline} from './baselines.ts'
import {lastResultsPath} from './find-results.ts'
import {readResults} from './read-results.ts'
import {openAt, openNew} from './results-file.ts'
import type {Store} from './store.ts'

/**
 * The store of a folder. `resultsDir` (default `cwd/results`) is created at the first write.
 * Relative paths are taken from `cwd`.
 */
export function createStore(options: {readonly cwd: string; readonly resultsDir?: string}): Store {
  const resultsDir = resolve(options.cwd, options.resultsDir ?? 'results')
  const baselinesDir = join(resultsDir, 'baselines')
  return {
    resultsDir,
    openResults(id, outputPath) {
      return outputPath === undefined ? openNew(resultsDir, id) : openAt(resolve(options.cwd, outputPath), id)
    },
    readResults: (path) => readResults(resolve(options.cwd, path)),
    lastResultsPath: () => lastResultsPath(resultsDir),
    baselinePath: (name) => baselinePath(baselinesDir, name),
    saveBaseline: (name, results, origin) => saveBaseline(baselinesDir, name, results, origin),
    baselineNames: () => baselineNames(baselinesDir),
    removeBaseline: (name) => removeBaseline(baselinesDir, name),
  }
}
