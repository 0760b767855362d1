import {custom, option, string} from '@oclif/core/flags'
import {StreambusError} from '../base/errors.ts'
import {exactDuration, parseDurationNs} from '../base/units.ts'
import {parseObjective} from '../load/objectives.ts'
import {parseArrival} from '../model/arrival-text.ts'
import {type Acks, acksLevels, type Compression, compressions} from '../model/client-settings.ts'
import type {Keys} from '../model/message-shape.ts'
import {parseKeys, parseSizes} from '../model/message-text.ts'
import type {Objective} from '../model/workload.ts'
import type {ProcessSpec, SizeSpec, WorkloadSpec} from '../model/workload-spec.ts'
import {countFlag, durationFlag} from './flags.ts'

const workload = {helpGroup: 'WORKLOAD'}
const shape = {helpGroup: 'ARRIVAL AND MESSAGE'}

/** `1024`, `100..10KiB`, `zipf:100..64KiB`, `mix:100=70,1KiB=30`. */
export const sizesFlag = custom<SizeSpec>({helpValue: '<size>', parse: async (text) => parseSizes(text)})

const arrivalFlag = custom<ProcessSpec>({helpValue: '<process>', parse: async (text) => parseArrival(text)})
const keysFlag = custom<Keys>({helpValue: '<keys>', parse: async (text) => parseKeys(text)})
const objectiveFlag = custom<Objective>({helpValue: '<bound>', parse: async (text) => parseObjective(text)})

/** A warm-up of a fixed length, or one that ends when throughput, p99 and lag are steady. */
export type WarmUp = number | 'auto'

const warmUpFlag = custom<WarmUp>({
  helpValue: '<duration>|auto',
  parse: async (text) => (text === 'auto' ? text : parseDurationNs(text)),
})

/** The bound of a warm-up that is found. */
const WARM_UP_NS_MAX = 60e9

/** `--warmup`, with the default of the command in its help. */
export function warmUpFlagOf(defaultNs: number) {
  const fallback = defaultNs === 0 ? 'none' : `auto, at most ${exactDuration(defaultNs)}`
  return warmUpFlag({
    summary: `Load before the measured phase; auto ends it when rate, p99 and lag are steady. [default: ${fallback}]`,
    ...workload,
  })
}

/** The flags that describe arrivals, messages and topology beyond the numbers every suite takes; the default of the drain is the command's. */
export const shapeFlagsOf = (drainNsMax: number) => ({
  arrival: arrivalFlag({
    summary: `How arrivals follow each other: closed, constant, poisson, 'steps:10k/s for 10s, 20k/s for 10s', ramp:10k/s..100k/s, 'sine:50k/s +-20k/s every 10s', 'burst:200k/s for 1s, 0 for 3s', trace:FILE.`,
    ...shape,
  }),
  'in-flight-max': countFlag({
    summary: 'Bound on batches in flight for each producer of an open loop. [default: none]',
    min: 1,
    ...shape,
  }),
  payload: string({summary: 'File that values are cut from, instead of random bytes.', helpValue: '<file>', ...shape}),
  compressibility: custom<number>({parse: async (text) => shareOf(text)})({
    summary: 'Share of the bytes that compression could save, 0 to 1. [default: 0]',
    helpValue: '<share>',
    exclusive: ['payload'],
    ...shape,
  }),
  keys: keysFlag({
    summary: 'Keys: none, round-robin:1000, uniform:1000, zipf:1000 or hot:1000@0.9. [default: none]',
    ...shape,
  }),
  acks: option({
    options: acksLevels,
    summary:
      "When a batch counts as acknowledged: none (its bytes left), written, or synced to the disk. [default: the broker's policy]",
    ...shape,
  })(),
  compression: option({
    options: compressions,
    summary: 'How producers pack their batches. [default: producer.compression where it is set, else none]',
    ...shape,
  })(),
  linger: durationFlag({
    summary: 'Open loops: a batch leaves so long after its first message was due, full or not. [default: when full]',
    ...shape,
  }),
  topics: countFlag({summary: 'Topics. [default: 1]', min: 1, ...shape}),
  groups: countFlag({summary: 'Consumer groups, each of which reads everything. [default: 1]', min: 1, ...shape}),
  drain: durationFlag({
    summary: `Time for the last answers after the measured phase. [default: ${exactDuration(drainNsMax)}]`,
    ...shape,
  }),
  objective: objectiveFlag({
    summary: "Bound that every sample must meet, such as 'responseTime.p99<10ms' or 'lost<1'; else exit 1.",
    multiple: true,
    ...shape,
  }),
})

export interface ShapeFlagValues {
  readonly arrival?: ProcessSpec | undefined
  readonly 'in-flight-max'?: number | undefined
  readonly payload?: string | undefined
  readonly compressibility?: number | undefined
  readonly keys?: Keys | undefined
  readonly acks?: Acks | undefined
  readonly compression?: Compression | undefined
  readonly linger?: number | undefined
  readonly topics?: number | undefined
  readonly groups?: number | undefined
  readonly drain?: number | undefined
  readonly objective?: readonly Objective[] | undefined
  readonly warmup?: WarmUp | undefined
}

/** What these flags say of a workload. */
export function specOfShapeFlags(flags: ShapeFlagValues): WorkloadSpec {
  const {payload, compressibility} = flags
  return {
    arrival: {process: flags.arrival, inFlightBatchesMax: flags['in-flight-max']},
    message: {
      keys: flags.keys,
      payload:
        payload !== undefined
          ? {source: 'file', path: payload}
          : compressibility === undefined
            ? undefined
            : {source: 'random', compressibility},
    },
    client: {acks: flags.acks, compression: flags.compression, batchTimeoutNs: flags.linger},
    topology: {topics: flags.topics, groups: flags.groups},
    phases: {drainNsMax: flags.drain, ...warmUpOf(flags.warmup)},
    objectives: flags.objective,
  }
}

function warmUpOf(warmUp: WarmUp | undefined): WorkloadSpec['phases'] {
  if (warmUp === 'auto') return {warmUpNs: WARM_UP_NS_MAX, warmUp: 'found'}
  return warmUp === undefined ? {} : {warmUpNs: warmUp, warmUp: 'fixed'}
}

function shareOf(text: string): number {
  const share = text.trim().endsWith('%') ? Number(text.trim().slice(0, -1)) / 100 : Number(text)
  if (text.trim() !== '' && share >= 0 && share < 1) return share
  throw new StreambusError('SB_USAGE', `"${text}" is not a share: write a number from 0 to below 1, such as 0.5`)
}
