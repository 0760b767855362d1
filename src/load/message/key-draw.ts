import {CounterHash} from '../../base/counter-hash.ts'
import {AliasTable} from './alias-table.ts'
import {keyWeights, partitionOfKey, type WeightedKeys, writeKey} from './keys.ts'
import {Purpose} from './purpose.ts'

/** A partition's keys and how they are drawn. */
interface PartitionKeys {
  readonly keys: Uint32Array
  readonly table: AliasTable
}

/**
 * Keys by their weights, as a producer that gathers batches for partitions sends them: each key
 * belongs to one partition by its hash, a batch goes to partition p with the weight of all keys of
 * p, and each message in it carries a key of p with the key's weight among those. So the load of
 * every partition and the frequency of every key are exactly those of the weights; what differs
 * from drawing a key a message is only that the messages of one batch share a partition. Draws come
 * from (seed, index) alone. Every topic has the same keys.
 */
export class KeyDraw {
  /** Share of each partition of a topic in its messages; they add up to 1. */
  readonly partitionShares: Float64Array
  readonly #columns: CounterHash
  readonly #coins: CounterHash
  readonly #partitions: readonly (PartitionKeys | undefined)[] // undefined: no key belongs there

  constructor(keys: WeightedKeys, partitions: number, seed: number) {
    this.#columns = new CounterHash(seed, Purpose.keyColumn)
    this.#coins = new CounterHash(seed, Purpose.keyCoin)
    const weights = keyWeights(keys)
    const partitionOf = hashAll(keys, partitions)
    this.partitionShares = sharesOf(weights, partitionOf, partitions)
    const members = membersOf(partitionOf, partitions)
    this.#partitions = members.map((own, partition) =>
      this.partitionShares[partition]! > 0
        ? {keys: own, table: new AliasTable(Float64Array.from(own, (key) => weights[key]!))}
        : undefined,
    )
  }

  /** Number of the key that a message carries in a partition of a topic; 0 where no key belongs. */
  keyOf(message: number, partition: number): number {
    const own = this.#partitions[partition]
    if (own === undefined) return 0
    return own.keys[own.table.draw(this.#columns.at(message), this.#coins.at(message))]!
  }
}

function hashAll({count, keyBytes}: WeightedKeys, partitions: number): Uint32Array {
  const text = Buffer.alloc(keyBytes)
  const partitionOf = new Uint32Array(count)
  for (let key = 0; key < count; key += 1) {
    writeKey(text, 0, keyBytes, key)
    partitionOf[key] = partitionOfKey(text, partitions)
  }
  return partitionOf
}

function sharesOf(weights: Float64Array, partitionOf: Uint32Array, partitions: number): Float64Array {
  const shares = new Float64Array(partitions)
  let sum = 0
  // The smallest weights come last, and are added first.
  for (let key = weights.length - 1; key >= 0; key -= 1) {
    shares[partitionOf[key]!]! += weights[key]!
    sum += weights[key]!
  }
  return shares.map((share) => share / sum)
}

function membersOf(partitionOf: Uint32Array, partitions: number): Uint32Array[] {
  const counts = new Uint32Array(partitions)
  for (const partition of partitionOf) counts[partition]! += 1
  const members = Array.from(counts, (count) => new Uint32Array(count))
  partitionOf.forEach((partition, key) => {
    counts[partition]! -= 1
    members[partition]![counts[partition]!] = key
  })
  return members
}
