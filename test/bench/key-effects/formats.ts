import {formatBytes, formatCount, formatDurationNs, formatRate, formatThreeDigits} from '../../../src/base/units.ts'

/** How figures of the table are written. */
export const as = {
  rate: (value: number) => formatRate(value),
  bytes: (value: number) => formatBytes(value),
  time: (value: number) => formatDurationNs(value),
  count: (value: number) => formatCount(Math.round(value)),
  number: (value: number) => formatThreeDigits(value),
  share: (value: number) => `${formatThreeDigits(value * 100)} %`,
}
