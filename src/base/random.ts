/** A seeded stream of uniform numbers in [0, 1). */
export type Random = () => number

/**
 * mulberry32: 32 bits of state, period 2^32; enough for jitter, payload bytes and shuffles, not for
 * cryptography. Source: Tommy Ettinger's public-domain generator.
 */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}
