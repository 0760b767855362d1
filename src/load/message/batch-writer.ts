import type {OutgoingBatch} from '../../drivers/driver.ts'
import type {MessageShape} from '../../model/message-shape.ts'
import {MESSAGE_BYTES_MIN} from '../../model/workload.ts'
import type {KeyDraw} from './key-draw.ts'
import {writeKey} from './keys.ts'
import type {PayloadSource} from './payload-source.ts'
import type {SizeDraw} from './size-draw.ts'

/** What has to be written anew for every send. */
export interface BatchWriterParts {
  /** Absent: all values have one size, and batches keep their layout. */
  readonly sizes: SizeDraw | undefined
  /** Absent: values keep the bytes that their batch was filled with. */
  readonly payload: PayloadSource | undefined
  readonly keys: {readonly draw: KeyDraw} | {readonly inTurn: number} | undefined
  readonly partitionsEach: number // of a topic
}

/**
 * Makes a batch the messages [first, first + count) of the run, before they are stamped: their
 * sizes, payload and keys, from (seed, index of the message) alone.
 *
 * The payload of message i begins where i messages of the mean size end in the source. So pieces
 * follow each other without a gap or an overlap where sizes are fixed, and within a batch where they
 * vary. Only what is behind the stamp is cut: nothing of a file is hidden by it.
 */
export class BatchWriter {
  readonly #sizes: SizeDraw | undefined
  readonly #payload: PayloadSource | undefined
  readonly #draw: KeyDraw | undefined
  readonly #keysInTurn: number // 0: none in turn
  readonly #partitionsEach: number
  readonly #pieceBytes: number // on average

  constructor({sizes, payload, keys, partitionsEach}: BatchWriterParts, {sizeBytes}: Pick<MessageShape, 'sizeBytes'>) {
    this.#sizes = sizes
    this.#payload = payload
    this.#draw = keys !== undefined && 'draw' in keys ? keys.draw : undefined
    this.#keysInTurn = keys !== undefined && 'inTurn' in keys ? keys.inTurn : 0
    this.#partitionsEach = partitionsEach
    this.#pieceBytes = sizeBytes - MESSAGE_BYTES_MIN
  }

  /** Writes the batch; gives the bytes of its values. `partition` is counted through all topics. */
  write(batch: OutgoingBatch, first: number, count: number, partition: number): number {
    const valueBytes = this.#sizes === undefined ? count * batch.valueBytes : layOut(batch, this.#sizes, first, count)
    if (this.#payload !== undefined) this.#fill(batch, this.#payload, first, count)
    if (this.#draw !== undefined) this.#drawKeys(batch, this.#draw, first, count, partition % this.#partitionsEach)
    else if (this.#keysInTurn > 0) this.#takeKeys(batch, first, count)
    return valueBytes
  }

  #fill(batch: OutgoingBatch, payload: PayloadSource, first: number, count: number): void {
    const {bytes, valueStart, valueSizes} = batch
    let position = first * this.#pieceBytes
    for (let index = 0; index < count; index += 1) {
      const at = valueStart[index]! + MESSAGE_BYTES_MIN
      position = payload.copyTo(bytes, at, valueSizes[index]! - MESSAGE_BYTES_MIN, position)
    }
  }

  #drawKeys(batch: OutgoingBatch, draw: KeyDraw, first: number, count: number, partition: number): void {
    const {bytes, keyStart, keyBytes} = batch
    for (let index = 0; index < count; index += 1) {
      writeKey(bytes, keyStart[index]!, keyBytes, draw.keyOf(first + index, partition))
    }
  }

  #takeKeys(batch: OutgoingBatch, first: number, count: number): void {
    const {bytes, keyStart, keyBytes} = batch
    for (let index = 0; index < count; index += 1) {
      writeKey(bytes, keyStart[index]!, keyBytes, (first + index) % this.#keysInTurn)
    }
  }
}

function layOut(batch: OutgoingBatch, sizes: SizeDraw, first: number, count: number): number {
  const {valueSizes} = batch
  let sum = 0
  for (let index = 0; index < count; index += 1) {
    const size = sizes.sizeOf(first + index)
    valueSizes[index] = size
    sum += size
  }
  batch.layOut(count)
  return sum
}
