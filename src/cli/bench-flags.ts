import {boolean, option, string} from '@oclif/core/flags'
import {type SuiteName, suiteDefaults, type WorkloadFlags} from '../app/workloads.ts'
import {StreambusError} from '../base/errors.ts'
import {exactRate} from '../base/units.ts'
import type {FlagSetting} from '../settings/load.ts'
import {countFlag, durationFlag, rateFlag, sizeFlag} from './flags.ts'

/** The flags of every suite. Defaults are the suite's own, applied by `workloadsOf`, and told in the help. */
export function benchFlags(suite: SuiteName) {
  const defaults = suiteDefaults[suite]
  const rateDefault = 'targetRatePerSec' in defaults ? exactRate(defaults.targetRatePerSec) : 'as fast as it goes'
  return {
    target: string({
      summary: 'Broker to measure: embedded, memory (no broker), or streambus://HOST:PORT.',
      default: 'embedded',
    }),
    'message-size': sizeFlag({
      summary: `Bytes of each message's value; give it again for a second workload. [default: ${defaults.messageSizes.join(' and ')}]`,
      aliases: ['size'],
      multiple: true,
    }),
    'batch-size': countFlag({
      summary: `Messages in a batch. [default: ${defaults.batchSize}]`,
      aliases: ['batch'],
      min: 1,
    }),
    'target-rate': rateFlag({
      summary: `Messages a second over all producers, sent on an absolute schedule (open loop). [default: ${rateDefault}]`,
      aliases: ['rate'],
    }),
    duration: durationFlag({summary: 'Length of the measured phase of each sample.', default: defaults.durationNs}),
    count: countFlag({
      summary: 'Samples: each on a fresh topic and, embedded, a fresh broker process.',
      default: defaults.count,
      min: 1,
      helpGroup: 'WORKLOAD',
    }),
    producers: countFlag({summary: `Producers. [default: ${defaults.producers}]`, helpGroup: 'WORKLOAD', min: 1}),
    consumers: countFlag({summary: `Consumers. [default: ${defaults.consumers}]`, helpGroup: 'WORKLOAD'}),
    'in-flight': countFlag({
      summary:
        suite === 'throughput'
          ? `Batches in flight for each producer. [default: ${suiteDefaults.throughput.inFlight}]`
          : 'Bound on batches in flight for each producer. [default: none]',
      helpGroup: 'WORKLOAD',
      min: 1,
    }),
    partitions: countFlag({summary: 'Partitions. [default: one for each producer]', helpGroup: 'WORKLOAD', min: 1}),
    warmup: durationFlag({
      summary: 'Load before the measured phase.',
      default: defaults.warmUpNs,
      helpGroup: 'WORKLOAD',
    }),
    seed: countFlag({summary: 'Seed of payloads.', default: defaults.seed, helpGroup: 'WORKLOAD'}),
    config: string({summary: 'Broker configuration file for the embedded broker.', helpGroup: 'EMBEDDED BROKER'}),
    set: string({
      summary: 'One setting of the embedded broker, such as storage.wal.fsync_policy=always.',
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
    output: string({
      summary: 'Results file to write; replaces one that is there. [default: results/<time>-<suite>.json]',
      helpGroup: 'RESULTS',
    }),
    format: option({
      options: ['text', 'gobench'] as const,
      summary: 'text, or Go benchmark lines that benchstat reads.',
      default: 'text' as const,
      helpGroup: 'RESULTS',
    })(),
    'save-baseline': string({summary: 'Keep the results under this name.', helpGroup: 'RESULTS'}),
    compare: string({summary: 'Compare with the baseline of this name.', helpGroup: 'RESULTS'}),
  }
}

interface WorkloadFlagValues {
  readonly producers?: number | undefined
  readonly consumers?: number | undefined
  readonly 'message-size'?: number[] | undefined
  readonly 'batch-size'?: number | undefined
  readonly 'target-rate'?: number | undefined
  readonly 'in-flight'?: number | undefined
  readonly partitions?: number | undefined
  readonly warmup: number
  readonly duration: number
  readonly count: number
  readonly seed: number
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
    warmUpNs: flags.warmup,
    durationNs: flags.duration,
    count: flags.count,
    seed: flags.seed,
  }
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
