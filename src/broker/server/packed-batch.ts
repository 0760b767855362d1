import {StreambusError} from '../../base/errors.ts'
import {readU32} from '../../protocol/bytes.ts'
import {RAW_BYTES_MAX, unpack, usableCodecs} from '../../protocol/codecs.ts'
import {RECORD_OVERHEAD_BYTES} from '../../protocol/constants.ts'
import {codecName, PRODUCE_TAIL_BYTES, type ProduceTail, produceTailAt} from '../../protocol/extension.ts'
import {recordsEnd} from '../../protocol/records.ts'
import type {ProduceRequest} from '../../protocol/requests.ts'
import type {StoredBatch} from '../storage/storage.ts'

/*
 * A packed batch lies in the log as it came: one record whose value is the block, and the tail that says what
 * is in it. The batch's count is that of the messages inside, its attributes are the codec's number.
 */

const VALUE_AT = RECORD_OVERHEAD_BYTES - 4 // of a record without a key

/** The block of a packed batch's record. */
function blockOf(bytes: Buffer, recordAt: number): Buffer {
  const valueAt = recordAt + VALUE_AT
  return bytes.subarray(valueAt, valueAt + readU32(bytes, valueAt - 4))
}

/**
 * Why a packed request cannot be stored, or undefined. It is unpacked once to know: whoever reads it without
 * the extension must get exactly the messages that were acknowledged, and nobody may be handed a bomb.
 */
export function whyNotPacked(frame: Buffer, request: ProduceRequest, tail: ProduceTail): string | undefined {
  const {codec, count, rawBytes} = tail
  if (!usableCodecs().includes(codec)) return `${codecName(codec)} is not known here`
  if (request.count !== 1 || readU32(frame, request.recordsStart + 16) !== 0) {
    return 'a packed batch is one record without a key'
  }
  if (count < 1) return 'a packed batch holds at least one message'
  if (rawBytes > RAW_BYTES_MAX) return `a batch of ${rawBytes} B unpacked is more than ${RAW_BYTES_MAX} B`
  const block = blockOf(frame, request.recordsStart)
  if (block.length > RAW_BYTES_MAX) return `a block of ${block.length} B is more than ${RAW_BYTES_MAX} B`
  const raw = unpack(codec, block, rawBytes)
  if (raw === undefined) return `the block does not unpack to ${rawBytes} B with ${codecName(codec)}`
  if (recordsEnd(raw, 0, rawBytes, count) !== rawBytes) return `the block does not hold ${count} messages`
  return undefined
}

/** Where what readers need of a packed request ends: behind its tail. */
export function packedEnd(request: ProduceRequest): number {
  return request.recordsEnd + PRODUCE_TAIL_BYTES
}

/** What is in a stored packed batch, as the producer said and `whyNotPacked` proved. */
export function packedNoteOf({records}: StoredBatch): {readonly recordEnd: number; readonly rawBytes: number} {
  const recordEnd = records.length - PRODUCE_TAIL_BYTES
  return {recordEnd, rawBytes: produceTailAt(records, recordEnd, records.length)?.rawBytes ?? 0}
}

/** The messages of a stored packed batch. Throws SB_LOG_CORRUPT where the block does not unpack any more. */
export function unpackBatch(batch: StoredBatch): Buffer {
  const {rawBytes} = packedNoteOf(batch)
  const raw = unpack(batch.attributes, blockOf(batch.records, 0), rawBytes)
  if (raw !== undefined) return raw
  throw new StreambusError(
    'SB_LOG_CORRUPT',
    `The batch at offset ${batch.baseOffset} does not unpack with ${codecName(batch.attributes)}.`,
    {hint: 'The data was changed behind its checksum, or this installation lacks the codec.'},
  )
}
