import {checkObjective, parseObjective} from '../load/objectives.ts'
import type {WorkloadSpec} from '../model/workload-spec.ts'
import {findWorkload} from '../store/find-workload.ts'
import type {Context} from './context.ts'
import {identifyFiles} from './identify-files.ts'

/** A scenario, ready to be resolved under the flags. */
export interface LoadScenario {
  readonly name: string
  readonly spec: WorkloadSpec
  readonly question?: string
  /** What whoever runs it is told. */
  readonly note?: string
}

/**
 * The scenario of that name in `folders`, or the workload file of that path, with the files that it
 * names identified. Throws SB_INPUT_NOT_FOUND, SB_INPUT_INVALID, and SB_USAGE for an objective that
 * nobody can read.
 */
export async function readScenario(name: string, folders: readonly string[], context: Context): Promise<LoadScenario> {
  const {spec, objectiveTexts, question, note} = await findWorkload(name, folders, context.cwd)
  const objectives = [...(spec.objectives ?? []).map(checkObjective), ...objectiveTexts.map(parseObjective)]
  const identified = await identifyFiles(spec, context.cwd)
  return {
    name: spec.name ?? name,
    spec: {...identified, objectives: objectives.length === 0 ? undefined : objectives},
    ...(question !== undefined && {question}),
    ...(note !== undefined && {note}),
  }
}
