import type {TargetDescription} from '../model/target.ts'
import type {Workload} from '../model/workload.ts'
import type {FlagSetting} from '../settings/load.ts'
import {type BenchTarget, type EmbeddedChoice, openBenchTarget, type TargetChoice} from './bench-target.ts'
import type {Context} from './context.ts'
import {reuseBroker} from './reused-target.ts'

/** One of the two sides of an interleaved run, or the only one. */
export interface BenchSide {
  readonly label: string // as typed
  readonly workloads: readonly Workload[]
  readonly target: TargetChoice
}

/** The targets of a run while it lasts. */
export interface OpenSides {
  readonly a: OpenSide
  readonly b: OpenSide
  /** Absent where both sides ask the same target. */
  readonly descriptionB?: TargetDescription
  close(): Promise<void>
}

export interface OpenSide {
  readonly target: BenchTarget
  readonly changes: readonly FlagSetting[]
}

/**
 * Opens the targets of one or two sides. Two embedded sides that differ in settings alone share one
 * data directory and its filled log files, so that both meet the same disk blocks.
 */
export async function openSides(a: BenchSide, b: BenchSide | undefined, context: Context): Promise<OpenSides> {
  if (b === undefined || isSameTarget(a.target, b.target)) return openOne(a, a, context)
  if (canShare(a.target, b.target)) return openOne(a, b, context)
  const first = await open(a.target, a, context)
  try {
    const second = await open(b.target, b, context)
    return {
      a: {target: first, changes: []},
      b: {target: second, changes: []},
      descriptionB: second.description,
      close: async () => {
        await first.close()
        await second.close()
      },
    }
  } catch (error) {
    await first.close()
    throw error
  }
}

async function openOne(a: BenchSide, b: BenchSide, context: Context): Promise<OpenSides> {
  const isShared = a !== b && a.target.kind === 'embedded' && b.target.kind === 'embedded'
  const target = await open(isShared ? {...(a.target as EmbeddedChoice), settings: []} : a.target, a, context)
  const changesOf = ({target: choice}: BenchSide) => (isShared && choice.kind === 'embedded' ? choice.settings : [])
  return {a: {target, changes: changesOf(a)}, b: {target, changes: changesOf(b)}, close: () => target.close()}
}

async function open(choice: TargetChoice, side: BenchSide, context: Context): Promise<BenchTarget> {
  const target = await openBenchTarget(choice, context)
  return side.workloads[0]?.samples.broker === 'reused' ? reuseBroker(target) : target
}

function isSameTarget(a: TargetChoice, b: TargetChoice): boolean {
  return a.kind === 'streambus' && b.kind === 'streambus' && a.host === b.host && a.port === b.port
}

function canShare(a: TargetChoice, b: TargetChoice): boolean {
  if (a.kind === 'memory' && b.kind === 'memory') return true
  if (a.kind !== 'embedded' || b.kind !== 'embedded') return false
  return a.configFile === b.configFile && a.dataDir === b.dataDir
}
