import {custom, option} from '@oclif/core/flags'
import {maxRateDefaults} from '../app/max-rate-request.ts'
import {StreambusError} from '../base/errors.ts'
import {parseObjective} from '../load/objectives.ts'
import type {SearchGoal} from '../model/rate-search.ts'
import {benchFlags} from './bench-flags.ts'
import {durationFlag, rateFlag} from './flags.ts'
import {jsonStreamFlag} from './json-stream.ts'
import {outputFlag} from './results-flags.ts'
import {sizesFlag} from './workload-flags.ts'

export const DEFAULT_GOALS: readonly string[] = ['responseTime.p99<10ms', 'errors<0.1%']

/** An objective with its text as typed. Throws SB_USAGE. */
export function goalOf(text: string): SearchGoal {
  return {text, objective: parseObjective(text)}
}

const goalFlag = custom<SearchGoal>({helpValue: '<bound>', parse: async (text) => goalOf(text)})

/** `5%`: a share above 0 and up to 100 %. */
const shareFlag = custom<number>({
  helpValue: '<percent>',
  parse: async (text) => {
    const percent = /^\d+(\.\d+)?%$/.test(text) ? Number(text.slice(0, -1)) : Number.NaN
    if (percent > 0 && percent <= 100) return percent / 100
    throw new StreambusError('SB_USAGE', `"${text}" is not a width: write a percentage above 0, such as 5%`)
  },
})

/** Everything `bench max-rate` takes; target and workload as in the suites. */
export function maxRateFlags() {
  const shared = benchFlags('latency')
  return {
    slo: goalFlag({
      summary: `What every good rate keeps; give it again for more. [default: ${DEFAULT_GOALS.join(' and ')}]`,
      multiple: true,
    }),
    target: shared.target,
    'time-max': durationFlag({summary: 'Bound on the whole search.', default: maxRateDefaults.timeNsMax}),
    'min-rate': rateFlag({summary: 'No lower rate is tried.', default: maxRateDefaults.minPerSec}),
    'max-rate': rateFlag({summary: 'No higher rate is tried.', default: maxRateDefaults.maxPerSec}),
    resolution: shareFlag({
      summary: `Width of an answer that is narrow enough. [default: ${maxRateDefaults.resolution * 100}%]`,
    }),
    arrival: option({
      options: ['poisson', 'constant'] as const,
      summary: 'How arrivals follow each other.',
      default: 'poisson' as const,
      helpGroup: 'WORKLOAD',
    })(),
    'message-size': sizesFlag({
      summary:
        "Bytes of each message's value: 1KiB, 100..10KiB, zipf:100..64KiB or mix:100=70,1KiB=30. [default: 1024]",
      aliases: ['size'],
      helpGroup: 'WORKLOAD',
    }),
    'batch-size': shared['batch-size'],
    producers: shared.producers,
    consumers: shared.consumers,
    partitions: shared.partitions,
    seed: shared.seed,
    config: shared.config,
    set: shared.set,
    'data-dir': shared['data-dir'],
    'keep-data': shared['keep-data'],
    ...jsonStreamFlag(),
    output: outputFlag('max-rate'),
  }
}
