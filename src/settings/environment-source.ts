import type {Assignment, SettingProblem, SourceContent, UnusedKey} from './assignment.ts'
import {goKeysIgnored, goSpelling, goSpellings} from './go-spellings.ts'
import {isInjected} from './injected-variables.ts'
import {nearestOf} from './nearest.ts'
import {settingDefinitions} from './schema.ts'

const PREFIX = 'STREAMBUS_'
const SECTION = /^(STORAGE|SERVER|PRODUCER|CONSUMER|CLUSTER|OBSERVABILITY)[_.]/

/** What a variable names: our key, or one of the Go broker's that is read as ours. */
const nameOfVariable = new Map(
  [...goSpellings.keys(), ...settingDefinitions.map(({key}) => key)].flatMap((name) => [
    [variableOf(name), name],
    [`${PREFIX}${name.toUpperCase()}`, name], // as the Go broker spells it: STREAMBUS_SERVER.PORT
  ]),
)

const variables = settingDefinitions.map(({key}) => variableOf(key))

/** `STREAMBUS_STORAGE_WAL_FSYNC_POLICY` for `storage.wal.fsync_policy`. */
export function variableOf(key: string): string {
  return `${PREFIX}${key.toUpperCase().replaceAll('.', '_')}`
}

/**
 * The assignments among environment variables. A variable that is empty is not set, and what Kubernetes sets for a service of our
 * name is not ours. A variable that is nearly one of ours, or of one of our sections, is a problem, because a mistyped promise of
 * durability must not pass unseen; any other `STREAMBUS_` variable is named as unused.
 */
export function readEnvironmentSource(environment: Readonly<Record<string, string | undefined>>): SourceContent {
  const assignments: Assignment[] = []
  const problems: SettingProblem[] = []
  const unused: UnusedKey[] = []
  const seen = new Map<string, Assignment>()
  const assign = (assignment: Assignment) => {
    const {key, written, where} = assignment
    const earlier = seen.get(key)
    if (earlier === undefined) assignments.push(assignment)
    else if (earlier.written !== written) problems.push({where, key, problem: `contradicts ${earlier.where}`})
    seen.set(key, assignment)
  }
  for (const [where, written] of Object.entries(environment).sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (!where.startsWith(PREFIX) || written === undefined || written === '') continue
    const name = nameOfVariable.get(where)
    if (isInjected(where, environment)) unused.push({key: where, where, why: injected})
    else if (name !== undefined) for (const assignment of assignmentsOf(name, written, where)) assign(assignment)
    else {
      const outcome = strangerOf(where, written)
      if ('problem' in outcome) problems.push(outcome)
      else unused.push(outcome)
    }
  }
  return {assignments, problems, unused}
}

const injected = 'Kubernetes sets them for a service of this name'

function assignmentsOf(name: string, written: string, where: string): Assignment[] {
  const spelling = goSpelling(name)
  if (spelling === undefined) return [{key: name, written, source: 'environment', where}]
  return spelling
    .read(written)
    .map(([key, value]) => ({key, written: value, source: 'environment', where, spelled: name}))
}

/** What to make of a variable that is read as nothing. */
function strangerOf(variable: string, written: string): UnusedKey | SettingProblem {
  const why = whyUnused(variable)
  if (why !== undefined) return {key: variable, where: variable, why, written}
  const name = variable.slice(PREFIX.length)
  const nearest = variables.find((known) => known.endsWith(`_${name}`)) ?? nearestOf(variable, variables, '.')
  if (nearest === undefined && !SECTION.test(name))
    return {key: variable, where: variable, why: 'no setting has that name'}
  const hint = nearest === undefined ? '' : `; the nearest is ${nearest}`
  return {where: variable, problem: `is not a known variable${hint}`}
}

/** Why a key or section of the Go broker, spelled as a variable, changes nothing. */
function whyUnused(variable: string): string | undefined {
  return goKeysIgnored.find(([name]) => {
    const known = variableOf(name)
    return variable === known || variable.startsWith(`${known}_`)
  })?.[1]
}
