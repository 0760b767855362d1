const TWO_32 = 4_294_967_296

/**
 * Random numbers by their index, without the ones before: the same for whoever asks, in whatever
 * order. `stream` tells apart what one seed is used for. Numbers are uniform over 32 bits and not
 * for cryptography.
 */
export class CounterHash {
  readonly #first: number
  readonly #second: number

  /** `seed` and `stream` are integers; of the seed 53 bits count. */
  constructor(seed: number, stream: number) {
    const lower = mix32(seed ^ mix32(stream + 0x9e3779b9))
    this.#first = mix32(lower ^ mix32(Math.floor(seed / TWO_32)))
    this.#second = mix32(this.#first + 0x85ebca6b)
  }

  /** An integer in [0, 2^32). `index` is an integer in [0, 2^53). */
  at(index: number): number {
    const upper = Math.imul(Math.floor(index / TWO_32), 0x9e3779b9)
    return mix32(mix32(index ^ this.#first) ^ (this.#second + upper)) >>> 0
  }
}

/**
 * A permutation of 32 bits in which every bit of the argument moves about half of the result's.
 * Source: Chris Wellons, hash-prospector (public domain), the multipliers with the least bias found.
 */
function mix32(value: number): number {
  let mixed = value | 0
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad)
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97)
  return mixed ^ (mixed >>> 15)
}
