import {access} from 'node:fs/promises'
import {resolve} from 'node:path'
import {StreambusError} from '../base/errors.ts'
import type {ClientSettings} from '../model/client-settings.ts'
import type {TuningPlan} from '../model/tuning.ts'
import type {Workload} from '../model/workload.ts'
import {type FlagSetting, type ResolvedSettings, resolvedValue, resolveSettings} from '../settings/load.ts'
import {readSettingsFile} from '../settings/read-file.ts'
import {settingDefinitions} from '../settings/schema.ts'
import {writtenValue} from '../settings/values.ts'
import {type Knob, knobsOf} from '../tune/knobs.ts'
import {planTrials, type Question, questionsOf, type Trial} from '../tune/plan.ts'
import type {TuningMetric} from '../tune/verdict.ts'
import {clientLayer, specOfClientKeys} from './client-layer.ts'
import type {Context} from './context.ts'
import {readTuningProfile, type TuningProfile} from './tuning-profile.ts'
import {type WorkloadFlags, workloadsOf} from './workloads.ts'

/** What the user asked `tune` for. */
export interface TuneRequest {
  readonly profile: string // a name or a path
  readonly profileFolders: readonly string[] // the user's first
  readonly configFile?: string | undefined // to measure against, instead of the defaults
  readonly metric?: TuningMetric | undefined // absent: what the profile is for
  readonly pairs: number
  readonly workload: Omit<WorkloadFlags, 'count'>
  readonly write?: {readonly path: string; readonly force: boolean} | undefined
}

/** Everything that is decided before the first trial. */
export interface PreparedTuning {
  readonly request: TuneRequest
  readonly profile: TuningProfile
  readonly base: ResolvedSettings
  readonly metric: TuningMetric
  readonly knobs: readonly Knob[]
  readonly questions: readonly Question[]
  readonly trials: readonly Trial[]
  readonly workload: Workload // of the base
}

/** What a sample costs beyond its phases: starting a broker, connecting, draining, stopping. */
const OVERHEAD_NS = 1e9

/**
 * Reads the profile and the configuration to measure against, and lays out the trials. Throws
 * SB_INPUT_NOT_FOUND, SB_CONFIG_INVALID, SB_USAGE, and SB_OUTPUT_UNWRITABLE when the file to write is
 * there already: better now than after minutes of measuring.
 */
export async function prepareTuning(request: TuneRequest, context: Context): Promise<PreparedTuning> {
  await refuseOverwrite(request, context.cwd)
  const profile = await readTuningProfile(request.profile, request.profileFolders, context.cwd)
  const base = await readBase(request.configFile, context.cwd)
  const metric = request.metric ?? (profile.name === 'latency' ? 'p99-ns' : 'msgs/s')
  const asked = workloadOf(request, base, metric)
  const knobs = knobsOf(base, profile.settings, new Map([...unusedKeys(asked), ...fixedKeys(request)]))
  const questions = questionsOf(knobs)
  const workload = baseWorkload(asked, knobs)
  const trials = planTrials(questions.length, request.pairs, workload.samples.seed)
  return {request, profile, base, metric, knobs, questions, trials, workload}
}

/** What the run will cost, for the user to see before it starts. */
export function tuningPlanOf(prepared: PreparedTuning): TuningPlan {
  const {phases} = prepared.workload
  return {
    profile: prepared.request.profile,
    metric: prepared.metric,
    questions: prepared.questions.length,
    pairs: prepared.request.pairs,
    trials: prepared.trials.length,
    trialNs: phases.warmUpNs + phases.measureNs + OVERHEAD_NS,
  }
}

/** The broker's keys of a question, as settings that override the base. */
export function brokerChanges(question: Question): FlagSetting[] {
  return question.changes
    .filter(({testedBy}) => testedBy === 'broker')
    .map(({definition, to}) => ({key: definition.key, flag: 'tune', value: writtenValue(definition, to)}))
}

/** The workload of a question: the base's, with what the client does otherwise. */
export function changedWorkload(workload: Workload, question: Question): Workload {
  const changes = question.changes.filter(({testedBy}) => testedBy === 'client')
  return withClientKeys(
    workload,
    changes.map(({definition, to}) => ({key: definition.key, value: to})),
  )
}

/** What the base does where a trial will do otherwise is done too, so that only what is asked about differs. */
function baseWorkload(workload: Workload, knobs: readonly Knob[]): Workload {
  const asked = knobs.filter(({testedBy}) => testedBy === 'client')
  return withClientKeys(
    workload,
    asked.map(({definition, from}) => ({key: definition.key, value: from})),
  )
}

function withClientKeys(workload: Workload, settings: Parameters<typeof specOfClientKeys>[0]): Workload {
  const {message, client} = specOfClientKeys(settings)
  return {
    ...workload,
    message: {...workload.message, ...(message?.batchMessages !== undefined && {batchMessages: message.batchMessages})},
    ...(client !== undefined && {client: {...workload.client, ...(client as ClientSettings)}}),
  }
}

async function readBase(configFile: string | undefined, cwd: string): Promise<ResolvedSettings> {
  if (configFile === undefined) return resolveSettings({})
  return resolveSettings({file: await readSettingsFile(resolve(cwd, configFile))})
}

function fixedKeys(request: TuneRequest): Map<string, string> {
  return new Map(request.workload.batchSize === undefined ? [] : [['producer.batch_size', 'held by --batch-size']])
}

/** Keys of the client side that this workload cannot show. */
function unusedKeys({arrival, topology}: Workload): Map<string, string> {
  const unused = new Map<string, string>()
  if (arrival.model === 'closed') unused.set('producer.batch_timeout', 'a closed loop fills every batch at once')
  for (const {key} of settingDefinitions) {
    if (key.startsWith('consumer.') && topology.consumers === 0) unused.set(key, 'nobody reads: --consumers 1')
    if (/^producer\.(max_retries|retry_backoff)$/.test(key)) unused.set(key, 'a healthy broker refuses nothing')
  }
  return unused
}

function workloadOf(request: TuneRequest, base: ResolvedSettings, metric: TuningMetric): Workload {
  const suite = metric === 'p99-ns' ? 'latency' : 'throughput'
  const batchSize = Number(resolvedValue(base, 'producer.batch_size'))
  const defaults = {consumers: 0, messageSizes: [1024], batchSize, settings: {client: clientLayer(base).client}}
  const asked = Object.fromEntries(Object.entries(request.workload).filter(([, value]) => value !== undefined))
  const [workload] = workloadsOf(suite, {...defaults, ...asked, count: request.pairs})
  if (workload === undefined) throw new StreambusError('SB_USAGE', 'No message size is given.')
  return workload
}

async function refuseOverwrite({write}: TuneRequest, cwd: string): Promise<void> {
  if (write === undefined || write.force) return
  const path = resolve(cwd, write.path)
  const exists = await access(path).then(
    () => true,
    () => false,
  )
  if (!exists) return
  throw new StreambusError('SB_OUTPUT_UNWRITABLE', `${write.path} exists.`, {
    hint: 'Name another file, or add --force.',
  })
}
