import {CounterHash} from '../../base/counter-hash.ts'
import type {Topology} from '../../model/workload.ts'
import {AliasTable} from './alias-table.ts'
import {Purpose} from './purpose.ts'

/** Where lane number `stream` begins and ends; partitions are counted through all topics. */
export interface LanePlan {
  /** Lanes of the whole run. */
  readonly count: number
  producerOf(stream: number): number
  partitionOf(stream: number): number
}

/**
 * Batches in turn: as many lanes as there are producers or partitions, whichever is more. Lane i
 * belongs to producer i modulo the producers and sends to partition i modulo the partitions, so
 * that every producer has one and every partition is reached. By weights: a lane from each producer
 * to each partition, because any batch may go anywhere.
 */
export function lanePlan({topics, partitions, producers}: Topology, isWeighted: boolean): LanePlan {
  const partitionCount = topics * partitions
  const producerOf = (stream: number) => stream % producers
  if (isWeighted) {
    return {count: producers * partitionCount, producerOf, partitionOf: (stream) => Math.floor(stream / producers)}
  }
  return {count: Math.max(producers, partitionCount), producerOf, partitionOf: (stream) => stream % partitionCount}
}

/** Which lane (number of its stream) a batch goes to, from its index alone: every worker can ask for any batch. */
export interface LaneChooser {
  /** Batch `index` of an open loop. */
  laneOf(index: number): number
  /** The `turn`th batch of one producer of a closed loop, from 0. */
  laneOfProducer(producer: number, turn: number): number
  /** Index of that batch over all producers: what its sizes, keys and lane are drawn from. */
  batchOfProducer(producer: number, turn: number): number
}

/** Batch k takes lane k modulo the lanes; a producer of a closed loop its own lanes in turn. */
export class LanesInTurn implements LaneChooser {
  readonly #lanes: number
  readonly #producers: number
  readonly #own: number[] // lanes of each producer

  constructor(lanes: number, producers: number) {
    this.#lanes = lanes
    this.#producers = producers
    this.#own = Array.from({length: producers}, (_, producer) => Math.ceil((lanes - producer) / producers))
  }

  laneOf(index: number): number {
    return index % this.#lanes
  }

  laneOfProducer(producer: number, turn: number): number {
    return producer + (turn % this.#own[producer]!) * this.#producers
  }

  batchOfProducer(producer: number, turn: number): number {
    return turn * this.#producers + producer
  }
}

/**
 * Producers in turn; the partition by its share of the keys' weights. Every topic is as likely as
 * another, and has the same shares.
 */
export class LanesByWeight implements LaneChooser {
  readonly #producers: number
  readonly #columns: CounterHash
  readonly #coins: CounterHash
  readonly #table: AliasTable

  constructor(partitionShares: Float64Array, {topics, producers}: Topology, seed: number) {
    this.#producers = producers
    this.#columns = new CounterHash(seed, Purpose.partitionColumn)
    this.#coins = new CounterHash(seed, Purpose.partitionCoin)
    const {length} = partitionShares
    this.#table = new AliasTable(Float64Array.from({length: topics * length}, (_, p) => partitionShares[p % length]!))
  }

  laneOf(index: number): number {
    const partition = this.#table.draw(this.#columns.at(index), this.#coins.at(index))
    return partition * this.#producers + (index % this.#producers)
  }

  laneOfProducer(producer: number, turn: number): number {
    return this.laneOf(this.batchOfProducer(producer, turn))
  }

  batchOfProducer(producer: number, turn: number): number {
    return turn * this.#producers + producer
  }
}
