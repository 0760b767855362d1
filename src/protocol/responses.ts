import {crc32} from 'node:zlib'
import {readI64, readU32, sealFrame, textBytes, writeI64, writeText, writeU16, writeU32} from './bytes.ts'
import {
  CRC_BYTES,
  ERROR_CODE_AT,
  ID_AT,
  LENGTH_BYTES,
  RESPONSE_BYTES_MIN,
  RESPONSE_HEADER_BYTES,
  STATUS_AT,
  Status,
} from './constants.ts'
import {crcOfBoth} from './crc-arithmetic.ts'
import {type Decoded, malformed} from './decoded.ts'
import {CAPABILITY_BYTES, capabilitiesAt, writeCapabilities} from './extension.ts'
import {payloadEnd} from './frames.ts'
import {PayloadReader} from './reader.ts'

/*
 * Responses, both sides. A response says neither its type nor its version: whoever asked remembers
 * the type by the id. The server echoes ids as the two halves it read, never as one number.
 */

/** A 64-bit request id as it came. */
export interface RequestId {
  readonly high: number
  readonly low: number
}

export interface ProduceResponse {
  readonly baseOffset: number
  readonly count: number
  readonly highWaterMark: number
}

/** `recordsStart` to `recordsEnd` of the frame hold `count` records, not walked yet. */
export interface FetchResponse {
  readonly highWaterMark: number
  readonly count: number
  readonly recordsStart: number
  readonly recordsEnd: number
}

export interface OffsetsResponse {
  readonly topic: string
  readonly partition: number
  readonly start: number
  readonly end: number
  readonly highWaterMark: number
}

export interface TopicListed {
  readonly name: string
  readonly partitions: number
}

/** What every response starts with; `id` is exact below 2^53. */
export interface ResponseHeader {
  readonly id: number
  readonly status: number
  readonly errorCode: number
}

export function decodeResponseHeader(frame: Buffer): ResponseHeader {
  const errorCode = (frame[ERROR_CODE_AT]! << 8) | frame[ERROR_CODE_AT + 1]!
  return {id: readI64(frame, ID_AT), status: frame[STATUS_AT]!, errorCode}
}

/** The text of a response whose status is not ok. Decoders below are for those whose status is. */
export function decodeErrorText(frame: Buffer): string {
  const reader = payloadReader(frame)
  const text = reader.text()
  return reader.failed ? '' : text
}

export function decodeProduceResponse(frame: Buffer): Decoded<ProduceResponse> {
  const reader = payloadReader(frame)
  const response = {baseOffset: reader.i64(), count: reader.u32(), highWaterMark: reader.i64()}
  return reader.failed ? malformed('the produce response is shorter than its fields') : response
}

export function decodeFetchResponse(frame: Buffer): Decoded<FetchResponse> {
  const reader = payloadReader(frame)
  const highWaterMark = reader.i64()
  const count = reader.u32()
  if (reader.failed) return malformed('the fetch response is shorter than its fields')
  return {highWaterMark, count, recordsStart: reader.at, recordsEnd: reader.end}
}

export function decodeOffsetsResponse(frame: Buffer): Decoded<OffsetsResponse> {
  const reader = payloadReader(frame)
  const response = {
    topic: reader.text(),
    partition: reader.u32(),
    start: reader.i64(),
    end: reader.i64(),
    highWaterMark: reader.i64(),
  }
  return reader.failed ? malformed('the offset response is shorter than its fields') : response
}

/** Of create and delete: topic str, u8 done. */
export function decodeTopicResponse(frame: Buffer): Decoded<{readonly topic: string; readonly done: boolean}> {
  const reader = payloadReader(frame)
  const response = {topic: reader.text(), done: reader.u8() !== 0}
  return reader.failed ? malformed('the topic response is shorter than its fields') : response
}

export function decodeListTopicsResponse(frame: Buffer): Decoded<{readonly topics: readonly TopicListed[]}> {
  const reader = payloadReader(frame)
  const count = reader.u32()
  const topics: TopicListed[] = []
  for (let index = 0; index < count && !reader.failed; index += 1) {
    topics.push({name: reader.text(), partitions: reader.u32()})
  }
  return reader.failed ? malformed(`the list of ${count} topics is shorter than its fields`) : {topics}
}

export interface HealthResponse {
  readonly status: string
  readonly uptimeSec: number
  /** What the server says it can do beyond the protocol (`Feature`); 0 where it says nothing, as a Go broker. */
  readonly features: number
}

export function decodeHealthResponse(frame: Buffer): Decoded<HealthResponse> {
  const reader = payloadReader(frame)
  const response = {status: reader.text(), uptimeSec: reader.i64()}
  if (reader.failed) return malformed('the health response is shorter than its fields')
  return {...response, features: capabilitiesAt(frame, reader.at, reader.end)}
}

function payloadReader(frame: Buffer): PayloadReader {
  return new PayloadReader(frame, RESPONSE_HEADER_BYTES, payloadEnd(frame))
}

/** Bytes of a produce response. */
export const PRODUCE_RESPONSE_BYTES = RESPONSE_BYTES_MIN + 20
/** Bytes of a fetch response without its records. */
export const FETCH_RESPONSE_BYTES_MIN = RESPONSE_BYTES_MIN + 12
/** Where the records of a fetch response start. */
export const FETCH_RECORDS_AT = RESPONSE_HEADER_BYTES + 12

/** Writes the id, status ok and no error into a frame. */
export function writeOkHeader(frame: Buffer, id: RequestId): void {
  writeU32(frame, ID_AT, id.high)
  writeU32(frame, ID_AT + 4, id.low)
  frame[STATUS_AT] = Status.ok
  writeU16(frame, ERROR_CODE_AT, 0)
}

/** Fills `frame`, which has exactly PRODUCE_RESPONSE_BYTES. */
export function writeProduceResponse(
  frame: Buffer,
  id: RequestId,
  baseOffset: number,
  count: number,
  highWaterMark: number,
): void {
  writeOkHeader(frame, id)
  writeI64(frame, RESPONSE_HEADER_BYTES, baseOffset)
  writeU32(frame, RESPONSE_HEADER_BYTES + 8, count)
  writeI64(frame, RESPONSE_HEADER_BYTES + 12, highWaterMark)
  sealFrame(frame)
}

/**
 * Completes a frame whose records already lie at FETCH_RECORDS_AT and fill it but for the CRC. `recordsCrc`: that of all
 * behind FETCH_RECORDS_AT, where it is known.
 */
export function writeFetchResponse(
  frame: Buffer,
  id: RequestId,
  highWaterMark: number,
  count: number,
  recordsCrc?: number,
): void {
  writeOkHeader(frame, id)
  writeI64(frame, RESPONSE_HEADER_BYTES, highWaterMark)
  writeU32(frame, RESPONSE_HEADER_BYTES + 8, count)
  if (recordsCrc === undefined) sealFrame(frame)
  else sealKnown(frame, recordsCrc)
}

function sealKnown(frame: Buffer, recordsCrc: number): void {
  const end = frame.length - CRC_BYTES
  const headCrc = crc32(frame.subarray(LENGTH_BYTES, FETCH_RECORDS_AT))
  writeU32(frame, 0, frame.length - LENGTH_BYTES)
  writeU32(frame, end, crcOfBoth(headCrc, recordsCrc, end - FETCH_RECORDS_AT))
}

export function encodeError(id: RequestId, code: number, text: string): Buffer {
  const frame = responseFrame(id, textBytes(text))
  frame[STATUS_AT] = Status.error
  writeU16(frame, ERROR_CODE_AT, code)
  writeText(frame, RESPONSE_HEADER_BYTES, text)
  return sealFrame(frame)
}

export function encodeOffsetsResponse(id: RequestId, offsets: OffsetsResponse): Buffer {
  const frame = responseFrame(id, textBytes(offsets.topic) + 28)
  const at = writeText(frame, RESPONSE_HEADER_BYTES, offsets.topic)
  writeU32(frame, at, offsets.partition)
  writeI64(frame, at + 4, offsets.start)
  writeI64(frame, at + 12, offsets.end)
  writeI64(frame, at + 20, offsets.highWaterMark)
  return sealFrame(frame)
}

/** Of create and delete. */
export function encodeTopicResponse(id: RequestId, topic: string): Buffer {
  const frame = responseFrame(id, textBytes(topic) + 1)
  frame[writeText(frame, RESPONSE_HEADER_BYTES, topic)] = 1
  return sealFrame(frame)
}

export function encodeListTopicsResponse(id: RequestId, topics: readonly TopicListed[]): Buffer {
  const payloadBytes = topics.reduce((sum, topic) => sum + textBytes(topic.name) + 4, 4)
  const frame = responseFrame(id, payloadBytes)
  writeU32(frame, RESPONSE_HEADER_BYTES, topics.length)
  let at = RESPONSE_HEADER_BYTES + 4
  for (const topic of topics) {
    at = writeText(frame, at, topic.name)
    writeU32(frame, at, topic.partitions)
    at += 4
  }
  return sealFrame(frame)
}

/** Without features it is the frame of the protocol itself. */
export function encodeHealthResponse(id: RequestId, status: string, uptimeSec: number, features = 0): Buffer {
  const frame = responseFrame(id, textBytes(status) + 8 + (features === 0 ? 0 : CAPABILITY_BYTES))
  const uptimeAt = writeText(frame, RESPONSE_HEADER_BYTES, status)
  writeI64(frame, uptimeAt, uptimeSec)
  if (features !== 0) writeCapabilities(frame, uptimeAt + 8, features)
  return sealFrame(frame)
}

function responseFrame(id: RequestId, payloadBytes: number): Buffer {
  const frame = Buffer.alloc(RESPONSE_HEADER_BYTES + payloadBytes + CRC_BYTES)
  writeOkHeader(frame, id)
  return frame
}

/** The id of a request or response frame as its two halves. */
export function requestIdOf(frame: Buffer): RequestId {
  return {high: readU32(frame, ID_AT), low: readU32(frame, ID_AT + 4)}
}
