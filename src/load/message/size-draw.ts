import {CounterHash} from '../../base/counter-hash.ts'
import type {VaryingSizes} from '../../model/message-sizes.ts'
import {AliasTable} from './alias-table.ts'
import {Purpose} from './purpose.ts'

const TWO_32 = 4_294_967_296

/** Sizes of values, each from (seed, index of the message) alone: the same for any number of workers. */
export class SizeDraw {
  readonly #columns: CounterHash
  readonly #coins: CounterHash
  readonly #table: AliasTable | undefined // absent: uniform
  readonly #sizes: Uint32Array | undefined // of a mix
  readonly #minBytes: number
  readonly #span: number // how many sizes, from the smallest on

  constructor(sizes: VaryingSizes, seed: number) {
    this.#columns = new CounterHash(seed, Purpose.sizeColumn)
    this.#coins = new CounterHash(seed, Purpose.sizeCoin)
    if (sizes.distribution === 'mix') {
      this.#minBytes = 0
      this.#span = sizes.parts.length
      this.#sizes = Uint32Array.from(sizes.parts, (part) => part.sizeBytes)
      this.#table = new AliasTable(Float64Array.from(sizes.parts, (part) => part.weight))
      return
    }
    this.#minBytes = sizes.minBytes
    this.#span = sizes.maxBytes - sizes.minBytes + 1
    this.#sizes = undefined
    this.#table = sizes.distribution === 'zipf' ? new AliasTable(zipfWeights(this.#span, sizes.exponent)) : undefined
  }

  sizeOf(message: number): number {
    const column = this.#columns.at(message)
    if (this.#table === undefined) return this.#minBytes + Math.floor((column * this.#span) / TWO_32)
    const index = this.#table.draw(column, this.#coins.at(message))
    return this.#sizes === undefined ? this.#minBytes + index : this.#sizes[index]!
  }
}

/** Rank r of 1..count has the weight r^-exponent. */
export function zipfWeights(count: number, exponent: number): Float64Array {
  const weights = new Float64Array(count)
  for (let rank = 1; rank <= count; rank += 1) weights[rank - 1] = rank ** -exponent
  return weights
}
