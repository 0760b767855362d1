import type {OutgoingBatch, Producer} from '../drivers/driver.ts'

/**
 * One producer's way to one partition: a stream of sequences. A producer that sends to several
 * partitions has a lane for each.
 */
export interface Lane {
  readonly stream: number
  readonly producerIndex: number
  readonly partition: number // counted through all topics
  readonly producer: Producer
  nextSequence: number
}

/** A pooled batch and what is known of the messages in it while they are under way. */
export interface Flight {
  readonly index: number // in the pool; the batch's tag
  readonly batch: OutgoingBatch
  readonly lane: Lane
  /** Of the schedule (open loop): the arrivals [firstArrival, firstArrival + count). */
  firstArrival: number
  firstSequence: number
  count: number
  valueBytes: number // of all values together
  /** When the batch was due: its last intended send; in a closed loop every message's. */
  dueNs: number
  readyNs: number
  isUnderWay: boolean // built, and not answered yet
}
