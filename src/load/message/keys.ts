import {StreambusError} from '../../base/errors.ts'
import type {Keys} from '../../model/message-shape.ts'
import {zipfWeights} from './size-draw.ts'

/** Keys for which tables are kept: 20 B each. */
export const KEYS_MAX = 10_000_000

/** Keys that are drawn by their weights. */
export type WeightedKeys =
  | {readonly distribution: 'uniform'; readonly count: number; readonly keyBytes: number}
  | Extract<Keys, {readonly distribution: 'zipf'}>
  | Extract<Keys, {readonly distribution: 'hot'}>

/** Undefined where batches go to partitions in turn. */
export function weightedKeys(keys: Keys | undefined): WeightedKeys | undefined {
  if (keys === undefined || keys.distribution === 'none') return undefined
  if (keys.distribution === 'zipf' || keys.distribution === 'hot') return keys
  const {distribution, count, keyBytes} = keys
  return distribution === 'uniform' ? {distribution, count, keyBytes} : undefined
}

/** Throws SB_USAGE for keys that cannot be told apart in their width, or are too many. */
export function checkKeys(keys: Keys | undefined): void {
  if (keys === undefined || keys.distribution === 'none') return
  const {count, keyBytes} = keys
  if (count > KEYS_MAX) {
    throw new StreambusError('SB_USAGE', `${count} keys are more than the ${KEYS_MAX} that can be drawn from.`, {
      hint: `Use ${KEYS_MAX} keys or less.`,
    })
  }
  const digits = `${count - 1}`.length
  if (keyBytes >= digits) return
  throw new StreambusError('SB_USAGE', `${count} keys cannot be told apart in ${keyBytes} B: they are numbers.`, {
    hint: `Make the keys ${digits} B long or longer.`,
  })
}

/** Weight of each key, not normalised. */
export function keyWeights(keys: WeightedKeys): Float64Array {
  switch (keys.distribution) {
    case 'zipf':
      return zipfWeights(keys.count, keys.exponent)
    case 'uniform':
      return new Float64Array(keys.count).fill(1)
    case 'hot': {
      const weights = new Float64Array(keys.count).fill((1 - keys.hotShare) / Math.max(1, keys.count - 1))
      weights[0] = keys.count === 1 ? 1 : keys.hotShare
      return weights
    }
  }
}

const ZERO = 48

/** Writes key number `key` (below 2^31) in place: decimal digits, filled up with zeros in front. */
export function writeKey(bytes: Uint8Array, at: number, keyBytes: number, key: number): void {
  let left = key | 0
  let place = at + keyBytes - 1
  for (; left > 0; place -= 1) {
    const rest = (left / 10) | 0 // an integer division, which compiles to a multiplication
    bytes[place] = ZERO + left - rest * 10
    left = rest
  }
  for (; place >= at; place -= 1) bytes[place] = ZERO
}

/** FNV-1a, 32 bits. Source: draft-eastlake-fnv, offset basis 2166136261 and prime 16777619. */
export function fnv1a(bytes: Uint8Array): number {
  let hash = 2_166_136_261
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 16_777_619)
  return hash >>> 0
}

/** The partition that a key belongs to: FNV-1a of its bytes modulo the partitions of a topic. */
export function partitionOfKey(key: Uint8Array, partitions: number): number {
  return fnv1a(key) % partitions
}
