import {custom} from '@oclif/core/flags'
import {
  exactBytes,
  exactDuration,
  exactRate,
  parseBytes,
  parseCount,
  parseDurationNs,
  parseRatePerSec,
} from '../base/units.ts'

/*
 * Flags that take a quantity. Each is a factory of oclif's, called with `summary`, `default` in base
 * units, `aliases`, `helpGroup`, or `multiple: true, delimiter: ','` for a list. The help prints the
 * default as it would be typed.
 */

/** `500ms`, `10s`, `1h`: integer nanoseconds. */
export const durationFlag = custom<number>({
  helpValue: '<duration>',
  parse: async (text) => parseDurationNs(text),
  defaultHelp: async ({options}) => defaultText(options.default, exactDuration),
})

/** `100`, `64KiB`, `1MB`: integer bytes. */
export const sizeFlag = custom<number>({
  helpValue: '<size>',
  parse: async (text) => parseBytes(text),
  defaultHelp: async ({options}) => defaultText(options.default, exactBytes),
})

/** `20000`, `50k/s`: messages per second. */
export const rateFlag = custom<number>({
  helpValue: '<rate>',
  parse: async (text) => parseRatePerSec(text),
  defaultHelp: async ({options}) => defaultText(options.default, exactRate),
})

/** `6`, `10k`: a whole number of at least `min` (default 0). */
export const countFlag = custom<number, {min?: number}>({
  helpValue: '<n>',
  parse: async (text, _context, {min}) => parseCount(text, min ?? 0),
  defaultHelp: async ({options}) => defaultText(options.default, String),
})

/** oclif leaves out a default of 0, which is a value like any other. */
function defaultText(value: unknown, write: (value: number) => string): string | undefined {
  if (typeof value === 'number') return write(value)
  if (!Array.isArray(value)) return undefined
  return value
    .filter((item) => typeof item === 'number')
    .map(write)
    .join(',')
}
