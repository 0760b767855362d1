import {formatBytes} from '../base/units.ts'
import {environmentOf} from '../host/environment.ts'
import type {FlagSetting} from '../settings/load.ts'
import {type BenchTarget, openBenchTarget} from './bench-target.ts'
import type {Context} from './context.ts'
import {measureSample} from './measure-sample.ts'
import type {TuningTarget} from './tune-target.ts'

/** The embedded broker as the target of `tune`. */
export interface EmbeddedTuningOptions {
  readonly version: string // of this program, for the results file
  readonly configFile?: string | undefined
  readonly dataDir?: string | undefined
  readonly variants: readonly (readonly FlagSetting[])[] // the changes that the trials will make
}

/**
 * Each trial gets a fresh broker process with the trial's changes. Variables of the environment are
 * left out: what is compared is two files, and nothing else may move. Throws what opening the target
 * throws.
 *
 * The log's files go from one broker to the next. There is a pool of them for each segment size,
 * filled before the first trial: with a single one, every change to larger segments wrote gigabytes
 * right before the changed sample and never before the base, which no order of trials cancels.
 */
export async function openEmbeddedTuning(options: EmbeddedTuningOptions, context: Context): Promise<TuningTarget> {
  const pools = new Map<string, BenchTarget>()
  const close = () => closeAll(pools.values())
  try {
    for (const changes of [[], ...options.variants]) {
      const key = poolKeyOf(changes)
      if (!pools.has(key)) pools.set(key, await openPool(options, changes, pools.size === 0 ? context : quiet(context)))
    }
    const base = pools.get(poolKeyOf([]))!
    const place = {cwd: context.cwd, version: options.version}
    return {
      description: base.description,
      environment: await environmentOf(base.dataDir === undefined ? place : {...place, dataDir: base.dataDir}),
      async runTrial({index, changes, workload, seed}) {
        const target = pools.get(poolKeyOf(changes)) ?? base
        const {sample} = await measureSample({workload, index, target, changes, seed, hooks: {}}, context, () => {})
        return sample
      },
      close,
    }
  } catch (error) {
    await close().catch(() => {}) // why it could not be opened says more
    throw error
  }
}

/** Closes every one; rejects with the first failure after that. */
export async function closeAll(pools: Iterable<Pick<BenchTarget, 'close'>>): Promise<void> {
  const failures: unknown[] = []
  for (const pool of pools) await pool.close().catch((error: unknown) => failures.push(error))
  if (failures.length > 0) throw failures[0]
}

/** Brokers with the same segment size can use each other's files as they are. */
function poolKeyOf(changes: readonly FlagSetting[]): string {
  return String(changes.find(({key}) => key === 'storage.wal.segment_size')?.value ?? 'base')
}

/** A target whose log files are filled: its first broker was started and has ended. */
async function openPool(
  {configFile, dataDir}: EmbeddedTuningOptions,
  changes: readonly FlagSetting[],
  context: Context,
): Promise<BenchTarget> {
  const choice = {kind: 'embedded', configFile, settings: [], dataDir, keepData: false, environment: {}} as const
  const target = await openBenchTarget(choice, context)
  try {
    context.signal.throwIfAborted()
    context.progress(`filling a log pool of ${formatBytes(target.description.logPoolBytes ?? 0)} in ${target.dataDir}`)
    const session = await target.openSession(changes)
    await session.close()
    return target
  } catch (error) {
    await target.close()
    throw error
  }
}

/** The configuration's warnings are told once, not once a pool. */
function quiet(context: Context): Context {
  return {...context, warn: () => {}}
}
