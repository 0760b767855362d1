import {relative} from 'node:path'
import type {ErrorRecord} from '../base/errors.ts'
import {environmentOf} from '../host/environment.ts'
import type {RateSearch} from '../model/rate-search.ts'
import type {RateSearchReport} from '../model/rate-search-report.ts'
import {RESULTS_SCHEMA} from '../model/results.ts'
import {openBenchTarget} from './bench-target.ts'
import type {Context} from './context.ts'
import {openMeter} from './idle-machine.ts'
import type {MaxRateRequest} from './max-rate-request.ts'
import {RateSearchRun} from './rate-search-run.ts'
import {reuseBroker} from './reused-target.ts'
import {stampOf} from './run-id.ts'

/**
 * Searches the highest rate at which a target keeps every goal. All trials ask one broker, each on a
 * fresh topic and after the one before was drained; the results file is saved after every trial, so
 * that what ends the search leaves all trials but the one under way. An interrupt or a lost target is
 * in `results.outcome` and `results.error`. Throws, and writes no file, where nothing was measured.
 */
export async function findMaxRate(request: MaxRateRequest, context: Context): Promise<RateSearchReport> {
  const started = context.now()
  const target = reuseBroker(await openBenchTarget(request.target, context))
  try {
    const id = `${stampOf(started)}-${request.suite ?? 'max-rate'}`
    const file = await context.store.openResults(id, request.output)
    try {
      const environment = await environmentOf({
        cwd: context.cwd,
        version: request.version,
        ...(target.dataDir !== undefined && {dataDir: target.dataDir}),
      })
      const run = new RateSearchRun(request, target, file, context, {
        schema: RESULTS_SCHEMA,
        id,
        suite: request.suite ?? 'max-rate',
        command: request.command,
        startedAt: started.toISOString(),
        outcome: 'running',
        seed: request.workload.samples.seed,
        environment,
        target: target.description,
        benchmarks: [],
        captures: [],
        warnings: [],
      })
      const search = await searchWatched(run, request, context)
      const path = relative(context.cwd, file.path)
      const kept = target.keptDataDir === undefined ? {} : {keptDataDir: target.keptDataDir}
      return {results: run.results, search, path, ...kept}
    } finally {
      await file.close()
    }
  } finally {
    await target.close()
  }
}

/** With a meter on each core, and a look at the idle machine first. */
async function searchWatched(run: RateSearchRun, {workload}: MaxRateRequest, context: Context): Promise<RateSearch> {
  const meter = await openMeter([workload], context)
  try {
    return await run.execute(meter)
  } finally {
    meter.close()
  }
}

/** Why a search must not be taken as an answer, or undefined. */
export function maxRateProblem({results, search, path}: RateSearchReport): ErrorRecord | undefined {
  const trials = `${search.trials.length} ${search.trials.length === 1 ? 'trial' : 'trials'}`
  if (results.outcome === 'interrupted') {
    return {code: 'SB_INTERRUPTED', message: `Interrupted after ${trials}; they are kept in ${path}`}
  }
  if (results.error !== undefined) {
    return {...results.error, message: `${results.error.message}\nWhat was measured is kept in ${path}`}
  }
  const {lowerPerSec, upperPerSec} = search.bracket
  if (lowerPerSec !== undefined || upperPerSec !== undefined) return undefined
  const limited = search.trials.filter(({verdict}) => verdict === 'limited')
  const isHost = limited.every(({limitedBy}) => limitedBy === 'host')
  return {
    code: isHost ? 'SB_HOST_LIMITED' : 'SB_GENERATOR_LIMITED',
    message: `${limited.length} of ${trials} could not be judged, and the others decide nothing: ${limited.at(-1)?.reasons[0] ?? 'none was run'}\nThey are kept in ${path}`,
    hint: isHost ? 'Stop what else runs on this machine.' : 'A lower --max-rate, or a larger --batch-size.',
  }
}
