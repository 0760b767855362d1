import {sealFrame, textBytes, writeI64, writeText, writeU16, writeU32} from './bytes.ts'
import {
  CRC_BYTES,
  FLAG_REQUIRE_ACK,
  FLAGS_AT,
  ID_AT,
  PROTOCOL_VERSION,
  REQUEST_BYTES_MIN,
  REQUEST_HEADER_BYTES,
  RequestType,
  TYPE_AT,
} from './constants.ts'
import {type Decoded, malformed} from './decoded.ts'
import {
  FETCH_TAIL_BYTES,
  type FetchTail,
  FLAGS_ASK_FEATURES,
  fetchTailAt,
  PRODUCE_TAIL_BYTES,
  type ProduceTail,
  produceTailAt,
  writeFetchTail,
  writeProduceTail,
} from './extension.ts'
import {payloadEnd} from './frames.ts'
import {PayloadReader} from './reader.ts'
import {encodeRecords, recordsEnd, type WireRecord} from './records.ts'

/*
 * Requests, both sides. Encoders give whole frames; `id` is an integer in [0, 2^53). Decoders take a
 * whole frame whose CRC was verified; bytes after the known fields are ignored, as peers do.
 */

export interface ProduceRequest {
  readonly topic: string
  readonly partition: number
  readonly count: number // at least 1
  readonly recordsStart: number // within the frame
  readonly recordsEnd: number
  readonly tail?: ProduceTail | undefined // at `recordsEnd`
}

export interface FetchRequest {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly maxBytes: number // of keys and values; see `spanOfFetch`
  readonly tail?: FetchTail | undefined
}

export interface PartitionRequest {
  readonly topic: string
  readonly partition: number
}

export interface CreateTopicRequest {
  readonly topic: string
  readonly partitions: number
  readonly replicationFactor: number
}

/** Topic str, partition u32, count u32, records. Walks every record once. */
export function decodeProduce(frame: Buffer): Decoded<ProduceRequest> {
  const end = payloadEnd(frame)
  const reader = new PayloadReader(frame, REQUEST_HEADER_BYTES, end)
  const topic = reader.text()
  const partition = reader.u32()
  const count = reader.u32()
  if (reader.failed) return malformed('the produce request is shorter than its fields')
  if (count === 0) return malformed('a produce request needs at least one message')
  const last = recordsEnd(frame, reader.at, end, count)
  if (last < 0) return malformed(`the lengths of ${count} messages lead past the end of the request`)
  const tail = last === end ? undefined : produceTailAt(frame, last, end)
  return {topic, partition, count, recordsStart: reader.at, recordsEnd: last, tail}
}

/** Topic str, partition u32, offset i64, maxBytes u32. */
export function decodeFetch(frame: Buffer): Decoded<FetchRequest> {
  const reader = new PayloadReader(frame, REQUEST_HEADER_BYTES, payloadEnd(frame))
  const request = {topic: reader.text(), partition: reader.u32(), offset: reader.i64(), maxBytes: reader.u32()}
  if (reader.failed) return malformed('the fetch request is shorter than its fields')
  return {...request, tail: fetchTailAt(frame, reader.at, reader.end)}
}

/** Topic str, partition u32. */
export function decodeGetOffset(frame: Buffer): Decoded<PartitionRequest> {
  const reader = new PayloadReader(frame, REQUEST_HEADER_BYTES, payloadEnd(frame))
  const request = {topic: reader.text(), partition: reader.u32()}
  return reader.failed ? malformed('the offset request is shorter than its fields') : request
}

/** Topic str, partitions u32, replication factor u16. */
export function decodeCreateTopic(frame: Buffer): Decoded<CreateTopicRequest> {
  const reader = new PayloadReader(frame, REQUEST_HEADER_BYTES, payloadEnd(frame))
  const request = {topic: reader.text(), partitions: reader.u32(), replicationFactor: reader.u16()}
  return reader.failed ? malformed('the create request is shorter than its fields') : request
}

/** Topic str. */
export function decodeDeleteTopic(frame: Buffer): Decoded<{readonly topic: string}> {
  const reader = new PayloadReader(frame, REQUEST_HEADER_BYTES, payloadEnd(frame))
  const request = {topic: reader.text()}
  return reader.failed ? malformed('the delete request is shorter than its fields') : request
}

export function encodeHealthCheck(id: number): Buffer {
  return sealFrame(requestFrame(id, RequestType.healthCheck, 0))
}

/** A health check that a server of ours answers with what it can do beyond the protocol, and any other as ever. */
export function encodeFeatureCheck(id: number): Buffer {
  return sealFrame(requestFrame(id, RequestType.healthCheck, 0, FLAGS_ASK_FEATURES))
}

export function asksFeatures(frame: Buffer): boolean {
  return ((frame[FLAGS_AT]! << 8) | frame[FLAGS_AT + 1]!) === FLAGS_ASK_FEATURES
}

export function encodeListTopics(id: number): Buffer {
  return sealFrame(requestFrame(id, RequestType.listTopics, 0))
}

export function encodeCreateTopic(id: number, topic: string, partitions: number, replicationFactor = 1): Buffer {
  const frame = requestFrame(id, RequestType.createTopic, textBytes(topic) + 6)
  const at = writeText(frame, REQUEST_HEADER_BYTES, topic)
  writeU32(frame, at, partitions)
  writeU16(frame, at + 4, replicationFactor)
  return sealFrame(frame)
}

export function encodeDeleteTopic(id: number, topic: string): Buffer {
  const frame = requestFrame(id, RequestType.deleteTopic, textBytes(topic))
  writeText(frame, REQUEST_HEADER_BYTES, topic)
  return sealFrame(frame)
}

export function encodeGetOffset(id: number, topic: string, partition: number): Buffer {
  const frame = requestFrame(id, RequestType.getOffset, textBytes(topic) + 4)
  writeU32(frame, writeText(frame, REQUEST_HEADER_BYTES, topic), partition)
  return sealFrame(frame)
}

/** `tail` is for a server that said it knows it, and for no other. */
export function encodeFetch(
  id: number,
  topic: string,
  partition: number,
  offset: number,
  maxBytes: number,
  tail?: FetchTail,
): Buffer {
  const tailBytes = tail === undefined ? 0 : FETCH_TAIL_BYTES
  const frame = requestFrame(id, RequestType.fetch, textBytes(topic) + 16 + tailBytes)
  const at = writeText(frame, REQUEST_HEADER_BYTES, topic)
  writeU32(frame, at, partition)
  writeI64(frame, at + 4, offset)
  writeU32(frame, at + 12, maxBytes)
  if (tail !== undefined) writeFetchTail(frame, at + 16, tail)
  return sealFrame(frame)
}

/** A produce request from records as objects; the hot path is `ProduceFrame`. `tail` as for `encodeFetch`. */
export function encodeProduce(
  id: number,
  topic: string,
  partition: number,
  records: readonly WireRecord[],
  tail?: ProduceTail,
): Buffer {
  const encoded = encodeRecords(records)
  const tailBytes = tail === undefined ? 0 : PRODUCE_TAIL_BYTES
  const payloadBytes = textBytes(topic) + 8 + encoded.length + tailBytes
  const frame = requestFrame(id, RequestType.produce, payloadBytes, FLAG_REQUIRE_ACK)
  const at = writeText(frame, REQUEST_HEADER_BYTES, topic)
  writeU32(frame, at, partition)
  writeU32(frame, at + 4, records.length)
  encoded.copy(frame, at + 8)
  if (tail !== undefined) writeProduceTail(frame, at + 8 + encoded.length, tail)
  return sealFrame(frame)
}

/** A frame with its header written; the payload is zero, length and CRC are for `sealFrame`. */
export function requestFrame(id: number, type: RequestType, payloadBytes: number, flags = 0): Buffer {
  const frame = Buffer.alloc(REQUEST_BYTES_MIN + payloadBytes)
  writeI64(frame, ID_AT, id)
  frame[TYPE_AT] = type
  frame[TYPE_AT + 1] = PROTOCOL_VERSION
  writeU16(frame, FLAGS_AT, flags)
  return frame
}

/** Bytes of a request with a payload of `payloadBytes`. */
export function requestBytes(payloadBytes: number): number {
  return REQUEST_HEADER_BYTES + payloadBytes + CRC_BYTES
}
