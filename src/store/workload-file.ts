import {basename, dirname, isAbsolute, join} from 'node:path'
import {isNode} from 'yaml'
import type {ClientSettings} from '../model/client-settings.ts'
import type {Keys} from '../model/message-shape.ts'
import {keyDefaults} from '../model/message-text.ts'
import type {Objective, PhaseLimits, SamplePlan, Topology, Workload} from '../model/workload.ts'
import type {ArrivalSpec, MessageSpec, SizeSpec, WorkloadSpec} from '../model/workload-spec.ts'
import {type ArrivalFields, arrivalOf, type WrittenArrival} from './arrival-fields.ts'
import {type InputKind, invalidInput, parseMapping, readInputFile} from './read-yaml.ts'
import {workloadFields} from './workload-fields.ts'

/** A workload as a file declares it. */
export interface WorkloadFile {
  readonly path: string // as it was asked for
  readonly spec: WorkloadSpec
  /** Objectives that are one text, as `responseTime.p99<10ms`; whoever knows the figures reads them. */
  readonly objectiveTexts: readonly string[]
  /** What the `# Question:` comment at its head says; absent without one. */
  readonly question?: string
  /** What the `# Note:` comment says, which whoever runs the workload is told. */
  readonly note?: string
}

/** What the table of fields gives; `workload-fields.ts` says what each means. */
interface FileFields {
  readonly name?: string
  readonly kind?: Workload['kind']
  readonly arrival?: WrittenArrival | ArrivalFields
  readonly message?: MessageFields
  readonly topology?: Partial<Topology>
  readonly phases?: Partial<Omit<PhaseLimits, 'warmUp' | 'warmUpNs'>> & {readonly warmUpNs?: number | 'auto'}
  readonly samples?: Partial<SamplePlan>
  readonly client?: ClientSettings
  readonly backlog?: {
    readonly messages: number
    readonly producers?: 'stopped' | 'running'
    readonly passes?: 'once' | 'repeated'
  }
  readonly objectives?: readonly (string | Objective)[]
}

interface MessageFields {
  readonly size?: SizeSpec
  readonly batchMessages?: number
  readonly compressibility?: number
  readonly payloadFile?: string
  readonly keys?: KeyFields
}

interface KeyFields {
  readonly distribution: Keys['distribution']
  readonly count?: number
  readonly exponent?: number
  readonly hotShare?: number
  readonly keyBytes?: number
}

/** The bound of a warm-up that is found rather than told. */
const WARM_UP_NS_MAX = 60e9

const workloadInput: InputKind = {
  name: 'workload',
  example: 'arrival: {rate: 50k/s}',
  hint: 'docs/workloads.md lists every key with its units.',
}

/** `path` is relative to `cwd`. Throws SB_INPUT_NOT_FOUND, or SB_INPUT_INVALID that names line and column of everything that is wrong. */
export async function readWorkloadFile(path: string, cwd: string): Promise<WorkloadFile> {
  return parseWorkloadFile(await readInputFile(path, cwd, workloadInput), path)
}

/** The text of a workload file; `path` is for messages, the name, and what paths in it are relative to. */
export function parseWorkloadFile(text: string, path: string): WorkloadFile {
  const {root, reader} = parseMapping(text, path, workloadInput)
  const fields = reader.readMapping(root, workloadFields, '') as FileFields
  if (reader.problems.length > 0) throw invalidInput(path, reader, workloadInput)
  const spec = specOf(fields, path, (problem, ...keys) => {
    const node = keys.length === 0 ? root : root.getIn(keys, true)
    reader.report(isNode(node) ? node : root, problem)
  })
  if (reader.problems.length > 0) throw invalidInput(path, reader, workloadInput)
  const question = commentOf(text, 'Question')
  const note = commentOf(text, 'Note')
  return {
    path,
    spec,
    objectiveTexts: (fields.objectives ?? []).filter((objective) => typeof objective === 'string'),
    ...(question !== undefined && {question}),
    ...(note !== undefined && {note}),
  }
}

type Report = (problem: string, ...keys: string[]) => void

function specOf(fields: FileFields, path: string, report: Report): WorkloadSpec {
  const {arrival, message, phases, backlog, name, topology, samples, client, kind} = fields
  const objectives = (fields.objectives ?? []).filter((objective) => typeof objective !== 'string')
  return {
    name: checkName(name ?? basename(path).replace(/\.ya?ml$/, ''), report),
    kind,
    arrival: arrival === undefined ? undefined : besideFile(arrivalOf(arrival, report), path),
    message: message === undefined ? undefined : messageOf(message, path, report),
    topology,
    phases: phases === undefined ? undefined : phasesOf(phases),
    samples,
    client,
    backlog: backlog === undefined ? undefined : {...backlog, producers: backlog.producers ?? 'stopped'},
    objectives: objectives.length === 0 ? undefined : objectives,
  }
}

/** It becomes a part of a benchmark's name, which ends at a space. */
function checkName(name: string, report: Report): string {
  if (!/^[A-Za-z0-9][\w.-]*(\/[\w.-]+)*$/.test(name)) {
    report(`the name "${name}" may hold letters, digits, _ . - and / between parts`, 'name')
  }
  return name
}

function besideFile(arrival: ArrivalSpec, path: string): ArrivalSpec {
  const {process} = arrival
  return process?.process === 'trace' ? {...arrival, process: {...process, path: beside(path, process.path)}} : arrival
}

/** Paths in a file are relative to it. */
function beside(file: string, path: string): string {
  return isAbsolute(path) ? path : join(dirname(file), path)
}

function messageOf(fields: MessageFields, path: string, report: Report): MessageSpec {
  const {size, batchMessages, compressibility, payloadFile, keys} = fields
  if (compressibility !== undefined && payloadFile !== undefined) {
    report('message says compressibility and payloadFile; a file is as compressible as it is', 'message')
  }
  if (compressibility !== undefined && !(compressibility >= 0 && compressibility < 1)) {
    report(
      `message.compressibility is ${compressibility}; 0 is random, and it must be below 1`,
      'message',
      'compressibility',
    )
  }
  return {
    size,
    batchMessages,
    keys: keys === undefined ? undefined : keysOf(keys),
    payload:
      payloadFile !== undefined
        ? {source: 'file', path: beside(path, payloadFile)}
        : compressibility === undefined
          ? undefined
          : {source: 'random', compressibility},
  }
}

function keysOf(fields: KeyFields): Keys {
  const {distribution, count = keyDefaults.count, keyBytes = keyDefaults.keyBytes} = fields
  switch (distribution) {
    case 'none':
      return {distribution}
    case 'zipf':
      return {distribution, count, exponent: fields.exponent ?? keyDefaults.exponent, keyBytes}
    case 'hot':
      return {distribution, count, hotShare: fields.hotShare ?? keyDefaults.hotShare, keyBytes}
    default:
      return {distribution, count, keyBytes}
  }
}

function phasesOf({warmUpNs, ...rest}: NonNullable<FileFields['phases']>): WorkloadSpec['phases'] {
  if (warmUpNs === 'auto') return {...rest, warmUp: 'found', warmUpNs: WARM_UP_NS_MAX}
  return {...rest, warmUpNs}
}

/** `# Question: ...` and `# Note: ...` at the head, each over as many comment lines as it takes. */
function commentOf(text: string, label: 'Question' | 'Note'): string | undefined {
  const comment = new RegExp(`^#[ \\t]*${label}:[ \\t]*(.+(?:\\n#(?![ \\t]*(?:Question|Note):).+)*)`, 'm').exec(
    text,
  )?.[1]
  return comment?.replaceAll(/\n#\s*/g, ' ').trim()
}
