import type {Environment} from '../model/environment.ts'
import {RESULTS_SCHEMA, type Results} from '../model/results.ts'
import type {Workload} from '../model/workload.ts'
import type {BenchSide, OpenSides} from './bench-sides.ts'
import type {TargetChoice} from './bench-target.ts'
import {benchmarkNameOf} from './benchmark-name.ts'
import type {BenchPlan, StoppingRule} from './plans/bench-plan.ts'
import {InterleavedPlan} from './plans/interleaved.ts'
import {RoundsPlan} from './plans/rounds.ts'
import type {MeasureHooks} from './target-watch.ts'

/** One invocation of a suite. */
export interface BenchRequest {
  readonly suite: string
  readonly command: readonly string[] // as typed: a target or URL with credentials is refused before it gets here
  readonly version: string
  readonly workloads: readonly Workload[] // all with the same sample plan
  readonly target: TargetChoice
  readonly output?: string | undefined
  readonly hooks?: MeasureHooks
  /** A lost target is connected to again for so long. Absent: the run ends at once. */
  readonly reconnectNsMax?: number | undefined
  /** Generator threads. Absent: as many as a workload needs. */
  readonly workers?: number | undefined
  /** Ends when decided instead of after the workloads' count. */
  readonly stopping?: StoppingRule | undefined
  /** Measures a second side in turn with this one. */
  readonly interleave?: InterleaveRequest | undefined
}

export interface InterleaveRequest {
  readonly labelA: string
  readonly b: BenchSide // as many workloads as side A
  readonly withNoiseFloor: boolean
}

/** Samples of one side a block of four holds. */
const SAMPLES_A_SIDE = 2
const NOISE_FLOOR_BLOCKS_MIN = 3

/** What the request asks to be measured, in which order and how often. */
export function planOf({workloads, interleave, stopping}: BenchRequest, cpuCount: number): BenchPlan {
  const benchmarkOf = (workload: Workload) => ({name: benchmarkNameOf(workload, cpuCount), workload})
  const count = workloads[0]?.samples.count ?? 0
  if (interleave === undefined) return new RoundsPlan(workloads.map(benchmarkOf), count, stopping)
  const {labelA, b, withNoiseFloor} = interleave
  const blocks = Math.ceil(count / SAMPLES_A_SIDE)
  return new InterleavedPlan({
    a: labelA,
    b: b.label,
    pairs: workloads.map((workload, index) => ({
      a: {...benchmarkOf(workload), configuration: labelA},
      b: {...benchmarkOf(b.workloads[index] ?? workload), configuration: b.label},
    })),
    blocks,
    noiseFloorBlocks: withNoiseFloor ? Math.max(NOISE_FLOOR_BLOCKS_MIN, Math.ceil(blocks / 2)) : 0,
    seed: workloads[0]?.samples.seed ?? 0,
    ...(stopping !== undefined && {rule: stopping}),
  })
}

/** The results file of a run that has measured nothing yet. */
export function emptyResults(
  request: BenchRequest,
  {a, descriptionB}: OpenSides,
  environment: Environment,
  plan: BenchPlan,
  id: string,
  started: Date,
): Results {
  const {interleave} = request
  return {
    schema: RESULTS_SCHEMA,
    id,
    suite: request.suite,
    command: request.command,
    startedAt: started.toISOString(),
    outcome: 'running',
    seed: request.workloads[0]?.samples.seed ?? 0,
    environment,
    target: a.target.description,
    benchmarks: plan.benchmarks.map((benchmark) => ({...benchmark, samples: []})),
    captures: [],
    ...(interleave !== undefined && {
      interleaving: {
        a: interleave.labelA,
        b: interleave.b.label,
        ...(descriptionB !== undefined && {targetB: descriptionB}),
        blocks: [],
        answers: [],
      },
    }),
    ...(plan.stopping !== undefined && {stopping: plan.stopping}),
    warnings: [],
  }
}
