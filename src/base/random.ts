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

/** Rounds after which every bit of the seed has reached every bit of the state; what PractRand uses for three seeds. */
const SEEDING_ROUNDS = 15

/**
 * One of many independent streams of one seed: stream `index` can be had without the ones before it.
 * sfc32: 96 bits of state and a counter that makes every period at least 2^32; numbers have 53 bits.
 * `index` is an integer of up to 53 bits. Source: Chris Doty-Humphrey, PractRand (public domain).
 */
export function streamRandom(seed: number, index: number): Random {
  let a = seed >>> 0
  let b = index >>> 0
  let c = Math.floor(index / 4294967296) >>> 0
  let counter = 1
  const next = (): number => {
    const sum = (a + b + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + sum) | 0
    return sum
  }
  for (let round = 0; round < SEEDING_ROUNDS; round += 1) next()
  return () => ((next() >>> 5) * 67108864 + (next() >>> 6)) / 9007199254740992
}
