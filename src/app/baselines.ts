import {resolve} from 'node:path'
import {StreambusError} from '../base/errors.ts'
import {environmentOf} from '../host/environment.ts'
import type {BaselineBenchmark, BaselineChange, BaselineFacts} from '../model/baseline.ts'
import type {Results} from '../model/results.ts'
import {median} from '../stats/quantile.ts'
import {sortSamples} from '../stats/sorted-samples.ts'
import {hostFingerprint} from '../store/host-fingerprint.ts'
import type {BaselineOrigin} from '../store/store.ts'
import type {Context} from './context.ts'
import {variationOf} from './stored-variation.ts'

/** Every baseline, sorted by name; one that cannot be read is listed with the reason. */
export async function listBaselines(context: Context): Promise<BaselineFacts[]> {
  const here = await hostHere(context)
  const names = await context.store.baselineNames()
  return Promise.all(
    names.map((name) => factsOf(name, here, context).catch((error) => unreadable(name, error, context))),
  )
}

/** One baseline. Throws SB_BASELINE_NOT_FOUND and what reading throws. */
export async function showBaseline(name: string, context: Context): Promise<BaselineFacts> {
  return factsOf(name, await hostHere(context), context)
}

/**
 * Keeps a results file as a baseline. Further files are other invocations of the same code: what they say of how far
 * such lie apart is kept with it. Throws what reading throws, SB_USAGE for fewer than 3 invocations of several, and
 * SB_INPUT_INVALID for results without a valid sample: nothing could ever be compared with them.
 */
export async function keepBaseline(
  name: string,
  paths: readonly [string, ...string[]],
  context: Context,
): Promise<BaselineChange> {
  const all = await Promise.all(paths.map((path) => readMeasured(path, context)))
  const variation = all.length === 1 ? {} : {variation: variationOf(paths, all, context)}
  return save(name, all[0]!, {source: paths[0], ...variation}, context)
}

async function readMeasured(path: string, context: Context): Promise<Results> {
  const results = await context.store.readResults(path)
  if (results.outcome !== 'completed') context.warn(`${path} is incomplete: the run is ${results.outcome}`)
  if (benchmarksOf(results).some(({validSamples}) => validSamples > 0)) return results
  throw new StreambusError('SB_INPUT_INVALID', `${path} has no valid sample, so nothing can be compared with it.`, {
    hint: 'streambus analyze says why; measure again.',
  })
}

/** Makes what `from` holds the baseline `to`; `from` stays. Throws SB_BASELINE_NOT_FOUND, SB_USAGE. */
export async function promoteBaseline(from: string, to: string, context: Context): Promise<BaselineChange> {
  if (from === to) {
    throw new StreambusError('SB_USAGE', `${from} is promoted to itself.`, {hint: 'Name two baselines: FROM, then TO.'})
  }
  const results = await context.store.readResults(await context.store.baselinePath(from))
  return save(to, results, {source: from, promotedFrom: from}, context)
}

/** Throws SB_BASELINE_NOT_FOUND. */
export async function removeBaseline(name: string, context: Context): Promise<BaselineChange> {
  return {name, path: await context.store.removeBaseline(name)}
}

async function save(
  name: string,
  results: Results,
  {source, ...origin}: {readonly source: string} & BaselineOrigin,
  context: Context,
): Promise<BaselineChange> {
  const replaced = await idThere(name, context)
  const path = await context.store.saveBaseline(name, results, origin)
  const invocations = (origin.variation ?? results.baseline?.variation)?.runs.length
  return {
    name,
    path,
    source,
    ...(replaced !== undefined && {replaced}),
    ...(invocations !== undefined && {invocations}),
  }
}

/** The run that the name stood for so far; undefined when there was none that can be read. */
async function idThere(name: string, context: Context): Promise<string | undefined> {
  try {
    return (await context.store.readResults(await context.store.baselinePath(name))).id
  } catch {
    return undefined
  }
}

async function factsOf(name: string, here: string, context: Context): Promise<BaselineFacts> {
  const path = await context.store.baselinePath(name)
  const results = await context.store.readResults(path)
  const {environment, baseline} = results
  return {
    name,
    path,
    suite: results.suite,
    measuredAt: results.startedAt,
    outcome: results.outcome,
    cpu: environment.host.cpuModel,
    target: results.target.kind,
    benchmarks: benchmarksOf(results),
    isThisHost: hostFingerprint(environment) === here,
    ...(environment.git !== undefined && {commit: `${environment.git.commit}${environment.git.dirty ? '+' : ''}`}),
    ...(baseline !== undefined && {provenance: baseline}),
  }
}

function unreadable(name: string, error: unknown, context: Context): BaselineFacts {
  if (!(error instanceof StreambusError)) throw error
  return {name, path: resolve(context.store.resultsDir, 'baselines', `${name}.json`), problem: error.message}
}

function benchmarksOf(results: Results): BaselineBenchmark[] {
  return [...results.benchmarks, ...(results.micro ?? [])].map(({name, samples}) => {
    const valid = samples.filter(({validity}) => validity.verdict === 'valid').map(({metrics}) => metrics)
    const units = [...new Set(valid.flatMap((metrics) => Object.keys(metrics)))]
    const medians = units.map((unit) => [unit, median(sortSamples(valid.flatMap((metrics) => metrics[unit] ?? [])))])
    return {name, samples: samples.length, validSamples: valid.length, medians: Object.fromEntries(medians)}
  })
}

async function hostHere(context: Context): Promise<string> {
  return hostFingerprint(await environmentOf({cwd: context.cwd, version: '-'})) // whose version does not matter
}
