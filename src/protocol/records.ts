import {readI64, readU32, writeI64, writeU32} from './bytes.ts'
import {RECORD_OVERHEAD_BYTES} from './constants.ts'
import {CrcChange} from './crc-arithmetic.ts'

/**
 * Records: offset i64, timestamp i64 (unix ns), key, value, header count u32, headers (name, value).
 * Everything works on one contiguous buffer, without an allocation a record.
 */

const KEY_AT = 16 // of a record: its key's length field
const HEADER_BYTES_MIN = 8 // two empty strings

/** Frame bytes of one record without headers. */
export function recordBytes(keyBytes: number, valueBytes: number): number {
  return RECORD_OVERHEAD_BYTES + keyBytes + valueBytes
}

/**
 * Where the record at `at` ends, or -1 when its lengths lead past `end`. Every sum stays below 2^53:
 * a length is a u32.
 */
export function recordEnd(bytes: Uint8Array, at: number, end: number): number {
  if (end - at < RECORD_OVERHEAD_BYTES) return -1
  const valueLengthAt = at + KEY_AT + 4 + readU32(bytes, at + KEY_AT)
  if (end - valueLengthAt < 8) return -1
  const headerCountAt = valueLengthAt + 4 + readU32(bytes, valueLengthAt)
  if (end - headerCountAt < 4) return -1
  const headerCount = readU32(bytes, headerCountAt)
  if (headerCount === 0) return headerCountAt + 4
  return headersEnd(bytes, headerCountAt + 4, end, headerCount)
}

function headersEnd(bytes: Uint8Array, start: number, end: number, count: number): number {
  if (count * HEADER_BYTES_MIN > end - start) return -1
  let at = start
  for (let string = 0; string < count * 2; string += 1) {
    if (end - at < 4) return -1
    at += 4 + readU32(bytes, at)
    if (at > end) return -1
  }
  return at
}

/** Where `count` records that start at `start` end, or -1 when they do not lie within `end`. */
export function recordsEnd(bytes: Uint8Array, start: number, end: number, count: number): number {
  if (count * RECORD_OVERHEAD_BYTES > end - start) return -1
  let at = start
  for (let index = 0; index < count; index += 1) {
    at = recordEnd(bytes, at, end)
    if (at < 0) return -1
  }
  return at
}

/** Numbers the records from `baseOffset` on, in place. Gives false where they do not lie within `end`. */
export function patchOffsets(
  bytes: Uint8Array,
  start: number,
  end: number,
  count: number,
  baseOffset: number,
): boolean {
  let at = start
  for (let index = 0; index < count; index += 1) {
    const next = recordEnd(bytes, at, end)
    if (next < 0) return false
    writeI64(bytes, at, baseOffset + index)
    at = next
  }
  return true
}

/**
 * `patchOffsets` for records whose CRC is known: gives the CRC that they have then, without a look at all their bytes.
 * Undefined where they are not all of one size; they are numbered even so.
 */
export function renumber(
  bytes: Uint8Array,
  start: number,
  end: number,
  count: number,
  baseOffset: number,
  crc: number,
): number | undefined {
  const size = (end - start) / count
  if (Number.isInteger(size) && areOfSize(bytes, start, end, size)) {
    return (crc ^ renumberEqual(bytes, start, end, size, baseOffset)) >>> 0
  }
  patchOffsets(bytes, start, end, count, baseOffset)
  return undefined
}

function areOfSize(bytes: Uint8Array, start: number, end: number, size: number): boolean {
  for (let at = start; at < end; at += size) if (recordEnd(bytes, at, end) !== at + size) return false
  return true
}

/** Gives what has to be xored with the CRC. */
function renumberEqual(bytes: Uint8Array, start: number, end: number, size: number, baseOffset: number): number {
  const change = new CrcChange(size)
  let offset = baseOffset
  for (let at = start; at < end; at += size) {
    const [high, low] = [readU32(bytes, at), readU32(bytes, at + 4)]
    writeI64(bytes, at, offset)
    change.add(high ^ readU32(bytes, at), low ^ readU32(bytes, at + 4))
    offset += 1
  }
  return change.sum
}

/** A run of records within a buffer that a fetch may return. `bodyBytes` is the sum of keys and values. */
export interface RecordSpan {
  end: number
  count: number
  bodyBytes: number
}

/**
 * The longest run from `start` that the protocol's `maxBytes` rule and a limit on frame bytes allow:
 * records are added while the keys and values before them sum to less than `bodyBytesMax`, so the
 * last one may overshoot; `frameBytesMax` is never exceeded. Fills `span`.
 */
export function spanOfFetch(
  bytes: Uint8Array,
  start: number,
  countMax: number,
  bodyBytesMax: number,
  frameBytesMax: number,
  span: RecordSpan,
): void {
  let at = start
  let count = 0
  let bodyBytes = 0
  while (count < countMax && bodyBytes < bodyBytesMax) {
    const next = recordEnd(bytes, at, bytes.length)
    if (next < 0 || next - start > frameBytesMax) break
    bodyBytes += bodyBytesOf(bytes, at)
    at = next
    count += 1
  }
  span.end = at
  span.count = count
  span.bodyBytes = bodyBytes
}

/** Key and value bytes of a record whose bounds were checked. */
function bodyBytesOf(bytes: Uint8Array, at: number): number {
  const keyBytes = readU32(bytes, at + KEY_AT)
  return keyBytes + readU32(bytes, at + KEY_AT + 4 + keyBytes)
}

/** Where the keys and values of a batch lie; reused from batch to batch, so arrays may be longer than `count`. */
export class ValueLocations {
  starts: Uint32Array
  lengths: Uint32Array
  keyStarts: Uint32Array
  keyLengths: Uint32Array
  count = 0
  firstOffset = 0
  end = 0 // behind the last record
  lastOffset = -1 // the next fetch asks for lastOffset + 1: a broker may leave gaps

  constructor(capacity = 1024) {
    this.starts = new Uint32Array(capacity)
    this.lengths = new Uint32Array(capacity)
    this.keyStarts = new Uint32Array(capacity)
    this.keyLengths = new Uint32Array(capacity)
  }

  /** Finds `count` values between `start` and `end`; false (and `count` 0) when the records are malformed. */
  locate(bytes: Uint8Array, start: number, end: number, count: number): boolean {
    this.count = 0
    if (count * RECORD_OVERHEAD_BYTES > end - start) return false
    if (count > this.starts.length) this.#grow(count)
    let at = start
    let last = start
    for (let index = 0; index < count; index += 1) {
      const next = recordEnd(bytes, at, end)
      if (next < 0) return false
      const keyBytes = readU32(bytes, at + KEY_AT)
      const valueAt = at + KEY_AT + 4 + keyBytes
      this.keyStarts[index] = at + KEY_AT + 4
      this.keyLengths[index] = keyBytes
      this.starts[index] = valueAt + 4
      this.lengths[index] = readU32(bytes, valueAt)
      last = at
      at = next
    }
    this.count = count
    this.end = at
    this.firstOffset = count === 0 ? 0 : readI64(bytes, start)
    this.lastOffset = count === 0 ? -1 : readI64(bytes, last)
    return true
  }

  #grow(count: number): void {
    const capacity = Math.max(count, this.starts.length * 2)
    this.starts = new Uint32Array(capacity)
    this.lengths = new Uint32Array(capacity)
    this.keyStarts = new Uint32Array(capacity)
    this.keyLengths = new Uint32Array(capacity)
  }
}

/** A record in the shape of a program rather than of the wire; not for the hot path. */
export interface WireRecord {
  readonly offset?: number
  readonly timestampNs?: bigint
  readonly key?: string | Uint8Array
  readonly value: string | Uint8Array
  readonly headers?: readonly (readonly [name: string, value: string])[]
}

/** Encodes records one after the other. */
export function encodeRecords(records: readonly WireRecord[]): Buffer {
  return Buffer.concat(records.map(encodeRecord))
}

function encodeRecord(record: WireRecord): Buffer {
  const head = Buffer.alloc(KEY_AT)
  writeI64(head, 0, record.offset ?? 0)
  head.writeBigInt64BE(record.timestampNs ?? 0n, 8)
  const headers = record.headers ?? []
  const parts = [head, lengthPrefixed(record.key ?? ''), lengthPrefixed(record.value), u32Bytes(headers.length)]
  for (const [name, value] of headers) parts.push(lengthPrefixed(name), lengthPrefixed(value))
  return Buffer.concat(parts)
}

function lengthPrefixed(content: string | Uint8Array): Buffer {
  const bytes = Buffer.from(content)
  return Buffer.concat([u32Bytes(bytes.length), bytes])
}

function u32Bytes(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  writeU32(bytes, 0, value)
  return bytes
}

/** The inverse of `encodeRecords`, for tools and tests; undefined when the records are malformed. */
export function decodeRecords(bytes: Buffer, start: number, end: number, count: number): WireRecord[] | undefined {
  if (recordsEnd(bytes, start, end, count) < 0) return undefined
  const records: WireRecord[] = []
  let at = start
  for (let index = 0; index < count; index += 1) {
    records.push(decodeRecord(bytes, at))
    at = recordEnd(bytes, at, end)
  }
  return records
}

function decodeRecord(bytes: Buffer, start: number): WireRecord {
  let at = start + KEY_AT
  const next = () => {
    const length = readU32(bytes, at)
    at += 4 + length
    return bytes.subarray(at - length, at)
  }
  const key = next()
  const value = next()
  const headerCount = readU32(bytes, at)
  at += 4
  const headers: [string, string][] = []
  for (let index = 0; index < headerCount; index += 1) headers.push([next().toString(), next().toString()])
  return {offset: readI64(bytes, start), timestampNs: bytes.readBigInt64BE(start + 8), key, value, headers}
}
