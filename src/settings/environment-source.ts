import type {Assignment, SettingProblem, SourceContent, UnusedKey} from './assignment.ts'
import {whyIgnored} from './go-spellings.ts'
import {nearestOf} from './nearest.ts'
import {settingDefinitions} from './schema.ts'

const PREFIX = 'STREAMBUS_'
const SECTION = /^(STORAGE|SERVER|PRODUCER|CONSUMER|CLUSTER|OBSERVABILITY)[_.]/

const keyOfVariable = new Map(
  settingDefinitions.flatMap(({key}) => [
    [variableOf(key), key],
    [`${PREFIX}${key.toUpperCase()}`, key], // as the Go broker spells it: STREAMBUS_SERVER.PORT
  ]),
)

/** `STREAMBUS_STORAGE_WAL_FSYNC_POLICY` for `storage.wal.fsync_policy`. */
export function variableOf(key: string): string {
  return `${PREFIX}${key.toUpperCase().replaceAll('.', '_')}`
}

/**
 * The assignments among environment variables. A variable that is empty is not set. A variable of
 * one of our sections that names no key is a problem, because a mistyped promise of durability must
 * not pass unseen; any other `STREAMBUS_` variable is not ours to judge.
 */
export function readEnvironmentSource(environment: Readonly<Record<string, string | undefined>>): SourceContent {
  const assignments: Assignment[] = []
  const problems: SettingProblem[] = []
  const unused: UnusedKey[] = []
  const seen = new Map<string, Assignment>()
  for (const [variable, written] of Object.entries(environment).sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (!variable.startsWith(PREFIX) || written === undefined || written === '') continue
    const key = keyOfVariable.get(variable)
    if (key === undefined) {
      const name = variable.slice(PREFIX.length)
      if (!SECTION.test(name)) continue
      const why = whyIgnored(dottedName(name))
      if (why !== undefined) unused.push({key: variable, where: variable, why})
      else problems.push({where: variable, problem: unknownVariable(variable)})
      continue
    }
    const assignment: Assignment = {key, written, source: 'environment', where: variable}
    const earlier = seen.get(key)
    if (earlier === undefined) assignments.push(assignment)
    else if (earlier.written !== written) problems.push({where: variable, key, problem: `contradicts ${earlier.where}`})
    seen.set(key, assignment)
  }
  return {assignments, problems, unused}
}

/** `SERVER_BROKER_ID` -> `server.broker_id`: enough to recognize a key whose section is one word. */
function dottedName(name: string): string {
  return name.toLowerCase().replace('_', '.')
}

function unknownVariable(variable: string): string {
  const nearest = nearestOf(
    variable,
    settingDefinitions.map(({key}) => variableOf(key)),
    '.',
  )
  return nearest === undefined ? 'is not a known variable' : `is not a known variable; the nearest is ${nearest}`
}
