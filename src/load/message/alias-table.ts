const TWO_32 = 4_294_967_296

/**
 * Draws an index by its weight in constant time and without an allocation. Weights are kept to a
 * resolution of 2^-32 of a column. Source: M. D. Vose, A linear algorithm for generating random
 * numbers with a given distribution, IEEE Transactions on Software Engineering 17 (1991).
 */
export class AliasTable {
  readonly #keep: Uint32Array // a coin below it stays in the column
  readonly #alias: Uint32Array

  /** Weights are not negative and their sum is above 0; else a RangeError. */
  constructor(weights: Float64Array) {
    const count = weights.length
    const sum = weights.reduce((total, weight) => total + weight, 0)
    if (!(sum > 0) || !Number.isFinite(sum)) throw new RangeError(`weights that sum to ${sum} cannot be drawn by`)
    this.#keep = new Uint32Array(count).fill(0xffffffff)
    this.#alias = Uint32Array.from(weights, (_, index) => index)
    this.#balance(weights.map((weight) => (weight / sum) * count))
  }

  /** Fills every column that has less than its share from one that has more. */
  #balance(shares: Float64Array): void {
    const small: number[] = []
    const large: number[] = []
    shares.forEach((share, index) => void (share < 1 ? small : large).push(index))
    while (small.length > 0 && large.length > 0) {
      const less = small.pop()!
      const more = large[large.length - 1]!
      this.#keep[less] = Math.min(0xffffffff, Math.round(shares[less]! * TWO_32))
      this.#alias[less] = more
      shares[more] = shares[more]! + shares[less]! - 1
      if (shares[more]! < 1) small.push(large.pop()!)
    }
    // What is left over by rounding alone is full to the brim; a weight of 0 never is.
  }

  /** Both arguments are independent and uniform in [0, 2^32). */
  draw(column: number, coin: number): number {
    const index = Math.floor((column * this.#keep.length) / TWO_32)
    return coin < this.#keep[index]! ? index : this.#alias[index]!
  }
}
