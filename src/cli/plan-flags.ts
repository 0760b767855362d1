import {boolean, string} from '@oclif/core/flags'
import type {StoppingRule} from '../app/plans/bench-plan.ts'
import {StreambusError} from '../base/errors.ts'
import {exactDuration} from '../base/units.ts'
import {percentFlag} from './compare-flags.ts'
import {durationFlag} from './flags.ts'

const SAMPLING = 'SAMPLING'
const TIME_NS_MAX = 600e9
/** Of a rate; a p99 varies more from sample to sample than any run can average away. */
const PRECISION = {rate: 0.03, p99: 0.15}

/** The flags that say how many samples are measured, and in which order. */
export const planFlags = {
  interleave: string({
    summary:
      'Two sides A B measured in ABBA blocks: each a target, settings (storage.wal.fsync_policy=never), flags (batch-size=500), or base.',
    helpValue: 'A B',
    multiple: true,
    helpGroup: SAMPLING,
  }),
  'noise-floor': boolean({
    summary: 'Measure A against A first: what this machine calls a difference where there is none.',
    dependsOn: ['interleave'],
    helpGroup: SAMPLING,
  }),
  'until-decided': boolean({
    summary:
      'Go on until the answer is clear instead of --count samples; looks after 10, 15, 20 and 30 (interleaved: blocks).',
    exclusive: ['count'],
    helpGroup: SAMPLING,
  }),
  precision: percentFlag({
    summary: 'With --until-decided: half-width that is clear enough. [default: 3 % of a rate, 15 % of a p99]',
    dependsOn: ['until-decided'],
    helpGroup: SAMPLING,
  }),
  'time-max': durationFlag({
    summary: `With --until-decided: give up after so long. [default: ${exactDuration(TIME_NS_MAX)}]`,
    dependsOn: ['until-decided'],
    helpGroup: SAMPLING,
  }),
  'reuse-broker': boolean({
    summary: 'One embedded broker for all samples instead of a fresh one each; the results say so.',
    helpGroup: SAMPLING,
  }),
}

export interface PlanFlagValues {
  readonly interleave?: string[] | undefined
  readonly 'noise-floor'?: boolean
  readonly 'until-decided'?: boolean
  readonly precision?: number | undefined // percent
  readonly 'time-max'?: number | undefined
  readonly 'reuse-broker'?: boolean
}

/** When the run ends by itself, or undefined: after a fixed count. Throws SB_USAGE. */
export function stoppingOfFlags(flags: PlanFlagValues, isOpenLoop: boolean): StoppingRule | undefined {
  if (!flags['until-decided']) return undefined
  const precision =
    flags.precision === undefined ? (isOpenLoop ? PRECISION.p99 : PRECISION.rate) : flags.precision / 100
  if (!(precision > 0)) {
    throw new StreambusError('SB_USAGE', `--precision must be above 0, not ${flags.precision}.`, {
      hint: '--precision 3%',
    })
  }
  return {precision, timeNsMax: flags['time-max'] ?? TIME_NS_MAX}
}

/** The two sides as typed, or undefined. Throws SB_USAGE for any other number of them. */
export function sidesOfFlags({interleave}: PlanFlagValues): readonly [a: string, b: string] | undefined {
  if (interleave === undefined) return undefined
  const [a, b, ...more] = interleave
  if (a !== undefined && b !== undefined && more.length === 0) return [a, b]
  throw new StreambusError('SB_USAGE', `--interleave takes two sides, not ${interleave.length}.`, {
    hint: '--interleave base batch-size=500',
  })
}
