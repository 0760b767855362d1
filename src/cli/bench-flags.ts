import {boolean, string} from '@oclif/core/flags'
import {backlogDefaults} from '../app/backlog-workload.ts'
import type {ConfigurationSources} from '../app/client-layer.ts'
import {DRAIN_NS_MAX} from '../app/resolve-workload.ts'
import {loadDefaults, type SuiteName, suiteDefaults, type WorkloadFlags} from '../app/workloads.ts'
import {StreambusError} from '../base/errors.ts'
import {exactDuration, exactRate} from '../base/units.ts'
import type {SizeSpec} from '../model/workload-spec.ts'
import type {FlagSetting} from '../settings/load.ts'
import {countFlag, durationFlag, rateFlag} from './flags.ts'
import {jsonStreamFlag} from './json-stream.ts'
import {planFlags} from './plan-flags.ts'
import {benchFormatFlag, comparingFlags, outputFlag} from './results-flags.ts'
import {type ShapeFlagValues, shapeFlagsOf, sizesFlag, specOfShapeFlags, warmUpFlagOf} from './workload-flags.ts'

/** What a command uses where no flag says otherwise, for its help; `workloadsOf` and `loadWorkload` apply it. */
interface FlagDefaults {
  readonly messageSizes: string
  readonly batchSize: string
  readonly targetRate: string
  readonly inFlight: string
  readonly producers: string
  readonly consumers: string
  readonly warmUpNs: number
  readonly duration: string
  readonly count: number
  readonly seed: number
}

const suiteTexts: Readonly<Record<SuiteName | 'cases' | 'load' | 'backlog', FlagDefaults>> = {
  throughput: textsOf('throughput'),
  latency: textsOf('latency'),
  cases: {
    ...textsOf('throughput'),
    messageSizes: "the case's",
    batchSize: "the case's",
    targetRate: "the case's",
    inFlight: "the case's",
    producers: "the case's",
    consumers: "the case's",
  },
  backlog: {
    ...textsOf('throughput'),
    messageSizes: String(backlogDefaults.messageSize),
    batchSize: String(backlogDefaults.batchSize),
    targetRate: 'none: producers are stopped',
    consumers: String(backlogDefaults.consumers),
    warmUpNs: backlogDefaults.warmUpNs,
    duration: `until all is read, at most ${exactDuration(backlogDefaults.durationNs)}`,
    count: backlogDefaults.count,
  },
  load: {
    messageSizes: String(loadDefaults.messageSize),
    batchSize: 'what falls due in 1 ms, at most 100',
    targetRate: exactRate(loadDefaults.targetRatePerSec),
    inFlight: 'none',
    producers: String(loadDefaults.producers),
    consumers: String(loadDefaults.consumers),
    warmUpNs: loadDefaults.warmUpNs,
    duration: exactDuration(loadDefaults.durationNs),
    count: loadDefaults.count,
    seed: loadDefaults.seed,
  },
}

/**
 * The flags of every command that runs workloads. None has a default of oclif's: what the user did
 * not say comes from the scenario, the case or the suite, and its default is told in the help.
 */
export function benchFlags(suite: SuiteName | 'cases' | 'load' | 'backlog') {
  const defaults = suiteTexts[suite]
  return {
    target: string({
      summary: 'Broker to measure: embedded, memory (no broker), or streambus://HOST:PORT.',
      default: 'embedded',
    }),
    'message-size': sizesFlag({
      summary: `Bytes of each message's value: 1KiB, 100..10KiB, zipf:100..64KiB or mix:100=70,1KiB=30${suite === 'load' ? '' : '; give it again for a second workload'}. [default: ${defaults.messageSizes}]`,
      aliases: ['size'],
      multiple: true,
    }),
    'batch-size': countFlag({
      summary: `Messages in a batch. [default: ${defaults.batchSize}]`,
      aliases: ['batch'],
      min: 1,
    }),
    'target-rate': rateFlag({
      summary: `Messages a second over all producers, sent on an absolute schedule (open loop). [default: ${defaults.targetRate}]`,
      aliases: ['rate'],
    }),
    duration: durationFlag({summary: `Length of the measured phase of each sample. [default: ${defaults.duration}]`}),
    'dry-run': boolean({
      summary: 'Say what would be sent, when, and what it takes of this machine; send nothing.',
      helpGroup: 'WORKLOAD',
    }),
    producers: countFlag({summary: `Producers. [default: ${defaults.producers}]`, helpGroup: 'WORKLOAD', min: 1}),
    consumers: countFlag({summary: `Consumers of each group. [default: ${defaults.consumers}]`, helpGroup: 'WORKLOAD'}),
    'in-flight': countFlag({
      summary: `Batches in flight for each producer; the bound, where arrivals are open. [default: ${defaults.inFlight}]`,
      helpGroup: 'WORKLOAD',
      min: 1,
    }),
    partitions: countFlag({
      summary: 'Partitions of each topic. [default: one for each producer]',
      helpGroup: 'WORKLOAD',
      min: 1,
    }),
    warmup: warmUpFlagOf(defaults.warmUpNs),
    seed: countFlag({
      summary: `Seed of schedule, sizes, keys and payloads. [default: ${defaults.seed}]`,
      helpGroup: 'WORKLOAD',
    }),
    workers: countFlag({
      summary: 'Generator threads, which share the schedule. [default: what the rate takes; 1 on two cores]',
      helpGroup: 'WORKLOAD',
      min: 1,
    }),
    reconnect: durationFlag({
      summary: 'Connect again for so long after the broker was lost, and go on. [default: the run ends]',
      helpGroup: 'WORKLOAD',
    }),
    ...shapeFlagsOf(suite === 'load' ? loadDefaults.drainNsMax : DRAIN_NS_MAX),
    count: countFlag({
      summary: `Samples: each on a fresh topic and, embedded, a fresh broker process. [default: ${defaults.count}]`,
      min: 1,
      helpGroup: 'SAMPLING',
    }),
    ...planFlags,
    config: string({
      summary: 'Configuration file: of the embedded broker, and producer.* and consumer.* of whoever sends and reads.',
      helpGroup: 'EMBEDDED BROKER',
    }),
    set: string({
      summary: 'One setting, such as storage.wal.fsync_policy=always or producer.compression=lz4.',
      multiple: true,
      helpGroup: 'EMBEDDED BROKER',
    }),
    'data-dir': string({
      summary: "Folder for the embedded broker's data; a fresh one is made in it and removed.",
      helpGroup: 'EMBEDDED BROKER',
    }),
    'keep-data': boolean({
      summary: "Keep the last sample's data, and print where it is.",
      helpGroup: 'EMBEDDED BROKER',
    }),
    ...jsonStreamFlag(),
    output: outputFlag(suite === 'cases' ? undefined : suite),
    format: benchFormatFlag(),
    ...comparingFlags,
  }
}

function textsOf(suite: SuiteName): FlagDefaults {
  const defaults = suiteDefaults[suite]
  return {
    messageSizes: defaults.messageSizes.join(' and '),
    batchSize: String(defaults.batchSize),
    targetRate: 'targetRatePerSec' in defaults ? exactRate(defaults.targetRatePerSec) : 'as fast as it goes',
    inFlight: 'inFlight' in defaults ? String(defaults.inFlight) : 'none',
    producers: String(defaults.producers),
    consumers: String(defaults.consumers),
    warmUpNs: defaults.warmUpNs,
    duration: exactDuration(defaults.durationNs),
    count: defaults.count,
    seed: defaults.seed,
  }
}

interface WorkloadFlagValues extends ShapeFlagValues {
  readonly producers?: number | undefined
  readonly consumers?: number | undefined
  readonly 'message-size'?: SizeSpec[] | undefined
  readonly 'batch-size'?: number | undefined
  readonly 'target-rate'?: number | undefined
  readonly 'in-flight'?: number | undefined
  readonly partitions?: number | undefined
  readonly duration?: number | undefined
  readonly count?: number | undefined
  readonly seed?: number | undefined
}

/** The workload flags as parsed, under the names of the model. */
export function workloadFlagsOf(flags: WorkloadFlagValues): WorkloadFlags {
  return {
    producers: flags.producers,
    consumers: flags.consumers,
    messageSizes: flags['message-size'],
    batchSize: flags['batch-size'],
    targetRatePerSec: flags['target-rate'],
    inFlight: flags['in-flight'],
    partitions: flags.partitions,
    durationNs: flags.duration,
    count: flags.count,
    seed: flags.seed,
    rest: specOfShapeFlags(flags),
  }
}

/** The configuration that a command's flags name, for the embedded broker and for the client side alike. */
export function configurationOf(flags: {
  readonly config?: string | undefined
  readonly set?: string[] | undefined
}): ConfigurationSources {
  return {configFile: flags.config, settings: settingsOfFlags(flags.set ?? []), environment: process.env}
}

/** `--set KEY=VALUE` as settings. Throws SB_USAGE where there is no `=`. */
export function settingsOfFlags(assignments: readonly string[]): FlagSetting[] {
  return assignments.map((assignment) => {
    const at = assignment.indexOf('=')
    if (at < 1) {
      throw new StreambusError('SB_USAGE', `--set "${assignment}" has no value.`, {
        hint: '--set storage.wal.fsync_policy=always',
      })
    }
    return {key: assignment.slice(0, at), flag: '--set', value: assignment.slice(at + 1)}
  })
}
