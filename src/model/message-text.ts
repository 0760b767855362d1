import {StreambusError} from '../base/errors.ts'
import {didYouMean} from '../base/nearest-word.ts'
import {exactBytes, parseBytes, parseCount} from '../base/units.ts'
import type {Keys} from './message-shape.ts'
import type {SizeSpec} from './workload-spec.ts'

/** What `zipf:100..64KiB` and `zipf:1000` mean: the exponent of word counts and of most caches. */
const ZIPF_EXPONENT = 0.99
const KEY_BYTES = 16
const HOT_SHARE = 0.9

/**
 * The grammar of `--message-size`: `1024` or `1KiB` (all alike), `100..10KiB` (uniform),
 * `zipf:100..64KiB` with `^1.2` for another exponent than 0.99, and
 * `mix:100=70,1KiB=25,64KiB=5` (size=weight). Throws SB_USAGE.
 */
export function parseSizes(text: string): SizeSpec {
  const trimmed = text.trim()
  const colon = trimmed.indexOf(':')
  if (colon < 0) return trimmed.includes('..') ? uniform(text, trimmed) : fixed(parseBytes(trimmed))
  const word = trimmed.slice(0, colon).trim()
  const rest = trimmed.slice(colon + 1).trim()
  if (word === 'fixed') return fixed(parseBytes(rest))
  if (word === 'uniform') return uniform(text, rest)
  if (word === 'zipf') {
    const [range = '', exponent] = rest.split('^')
    return {distribution: 'zipf', ...boundsOf(text, range), exponent: exponentOf(text, exponent)}
  }
  if (word === 'mix') return {distribution: 'mix', parts: partsOf(text, rest)}
  const words = ['fixed', 'uniform', 'zipf', 'mix']
  throw unreadable(
    text,
    `a message size${didYouMean(word, words)}`,
    '1KiB, 100..10KiB, zipf:100..64KiB or mix:100=70,1KiB=30',
  )
}

/** Text that `parseSizes` reads as the same sizes. */
export function sizesText(size: SizeSpec): string {
  switch (size.distribution) {
    case 'fixed':
      return exactBytes(size.sizeBytes)
    case 'uniform':
      return `${exactBytes(size.minBytes)}..${exactBytes(size.maxBytes)}`
    case 'zipf':
      return `zipf:${exactBytes(size.minBytes)}..${exactBytes(size.maxBytes)}^${size.exponent}`
    case 'mix':
      return `mix:${size.parts.map((part) => `${exactBytes(part.sizeBytes)}=${part.weight}`).join(',')}`
  }
}

/**
 * The grammar of `--keys`: `none`, `round-robin:1000`, `uniform:1000`, `zipf:1000` (`^1.2`),
 * `hot:1000` (`@0.5`, the share of the hot key, else 0.9). The number is how many keys there are;
 * `/32` at the end makes them 32 bytes long instead of 16. Throws SB_USAGE.
 */
export function parseKeys(text: string): Keys {
  const words = /^([a-z-]+)(?::([^@^/]+))?(?:\^([^@/]+))?(?:@([^/]+))?(?:\/(.+))?$/.exec(text.trim())
  const [, word = text.trim(), count, exponent, share, bytes] = words ?? []
  if (word === 'none' && count === undefined) return {distribution: 'none'}
  const example = 'none, round-robin:1000, uniform:1000, zipf:1000 or hot:1000@0.9'
  const kinds = ['none', 'round-robin', 'uniform', 'zipf', 'hot']
  if (!kinds.includes(word)) throw unreadable(text, `a distribution of keys${didYouMean(word, kinds)}`, example)
  if (count === undefined) throw unreadable(text, 'a number of keys', example)
  const shared = {count: parseCount(count, 1), keyBytes: bytes === undefined ? KEY_BYTES : parseCount(bytes, 1)}
  if (word === 'round-robin' || word === 'uniform') {
    if (exponent !== undefined || share !== undefined) throw unreadable(text, 'a distribution of keys', example)
    return {distribution: word, ...shared}
  }
  if (word === 'zipf' && share === undefined)
    return {distribution: 'zipf', exponent: exponentOf(text, exponent), ...shared}
  if (word === 'hot' && exponent === undefined) return {distribution: 'hot', hotShare: shareOf(text, share), ...shared}
  throw unreadable(text, 'a distribution of keys', example)
}

/** Text that `parseKeys` reads as the same keys. */
export function keysText(keys: Keys): string {
  if (keys.distribution === 'none') return 'none'
  const bytes = keys.keyBytes === KEY_BYTES ? '' : `/${keys.keyBytes}`
  if (keys.distribution === 'zipf') return `zipf:${keys.count}^${keys.exponent}${bytes}`
  if (keys.distribution === 'hot') return `hot:${keys.count}@${keys.hotShare}${bytes}`
  return `${keys.distribution}:${keys.count}${bytes}`
}

/** What keys are where only their distribution is said. */
export const keyDefaults = {count: 1000, exponent: ZIPF_EXPONENT, hotShare: HOT_SHARE, keyBytes: KEY_BYTES} as const

function fixed(sizeBytes: number): SizeSpec {
  return {distribution: 'fixed', sizeBytes}
}

function uniform(text: string, range: string): SizeSpec {
  return {distribution: 'uniform', ...boundsOf(text, range)}
}

function boundsOf(text: string, range: string): {minBytes: number; maxBytes: number} {
  const [min, max, ...more] = range.split('..')
  if (min === undefined || max === undefined || more.length > 0) {
    throw unreadable(text, 'a range of sizes', '100..10KiB')
  }
  const bounds = {minBytes: parseBytes(min), maxBytes: parseBytes(max)}
  if (bounds.minBytes <= bounds.maxBytes) return bounds
  throw new StreambusError('SB_USAGE', `"${text}" runs backwards: the smaller size comes first.`, {
    hint: `${max}..${min}`,
  })
}

function partsOf(text: string, rest: string): {sizeBytes: number; weight: number}[] {
  return rest.split(',').map((part) => {
    const [size, weight, ...more] = part.split('=')
    if (size === undefined || weight === undefined || more.length > 0 || !(Number(weight) > 0)) {
      throw unreadable(text, 'a mix of sizes', 'mix:100=70,1KiB=25,64KiB=5, each weight above 0')
    }
    return {sizeBytes: parseBytes(size), weight: Number(weight)}
  })
}

function exponentOf(text: string, written: string | undefined): number {
  if (written === undefined) return ZIPF_EXPONENT
  const exponent = Number(written)
  if (exponent >= 0 && exponent <= 10) return exponent
  throw unreadable(text, 'a zipf distribution', 'an exponent of 0 to 10 behind the ^')
}

function shareOf(text: string, written: string | undefined): number {
  if (written === undefined) return HOT_SHARE
  const share = Number(written)
  if (share > 0 && share <= 1) return share
  throw unreadable(text, 'a hot key', 'a share above 0, at most 1, behind the @')
}

function unreadable(text: string, what: string, example: string): StreambusError {
  return new StreambusError('SB_USAGE', `"${text}" is not ${what}: write ${example}.`)
}
