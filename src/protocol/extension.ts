import {readU32, writeU32} from './bytes.ts'
import {codecNames, usableCodecs} from './codecs.ts'

/*
 * What this project adds to the protocol, where peers that do not know it see nothing: bytes behind the last
 * known field, which every decoder of the protocol ignores. Each such tail starts with a magic number and a
 * version. A server says in a health answer what it can do, if the request's flags (which no server of the protocol
 * reads) ask for it; only who has read that may put tails into requests. So a peer that knows nothing of this gets,
 * and is sent, exactly the protocol's own bytes.
 */

/** `SBEX` */
const MAGIC = 0x53424558
const VERSION = 1
const HEAD_BYTES = 5

/** `SB` as the flags of a health check: tell me what you can do. */
export const FLAGS_ASK_FEATURES = 0x5342

/** What a server can do, as bits; codec c is there with bit `16 + c`. */
export const Feature = {acks: 1, compression: 2, longPoll: 4, timestamps: 8} as const

/** When a produce request is answered; the place in the list is the number on the wire, 0 the server's own policy. */
export const ackLevels = ['policy', 'none', 'written', 'synced'] as const
export type AckLevel = (typeof ackLevels)[number]

/** Behind the uptime of a health answer: magic u32, version u8, features u32. */
export const CAPABILITY_BYTES = HEAD_BYTES + 4
/** Behind the records of a produce request: magic u32, version u8, acks u8, codec u8, count u32, raw bytes u32. */
export const PRODUCE_TAIL_BYTES = HEAD_BYTES + 10
/** Behind the fields of a fetch request: magic u32, version u8, least bytes u32, longest wait in ms u32, flags u8. */
export const FETCH_TAIL_BYTES = HEAD_BYTES + 9
/** Behind the records of a fetch answer with packed ones: magic u32, version u8, how many u32, then each of them. */
export const FETCHED_TAIL_BYTES_MIN = HEAD_BYTES + 4
/** Of one packed record: its place among the records u32, codec u8, messages u32, raw bytes u32. */
export const PACKED_NOTE_BYTES = 13

const UNPACKS = 1

/**
 * What a client asks of a produce request. With a codec the request's one record has no key, and its value is
 * `count` records as they would have been sent, `rawBytes` of them, packed.
 */
export interface ProduceTail {
  readonly acks: AckLevel
  readonly codec: number
  readonly count: number // of messages; 0 without a codec
  readonly rawBytes: number // likewise
}

export interface FetchTail {
  readonly bytesMin: number // of keys and values, as maxBytes counts
  readonly waitMsMax: number
  readonly unpacks: boolean // takes packed records as they are stored
}

/** A record of a fetch answer that holds a whole batch; its offset is the first message's. */
export interface PackedNote {
  readonly index: number
  readonly codec: number
  readonly count: number
  readonly rawBytes: number
}

function writeHead(bytes: Buffer, at: number): number {
  writeU32(bytes, at, MAGIC)
  bytes[at + 4] = VERSION
  return at + HEAD_BYTES
}

/** Whether a tail of at least `tailBytes` lies between `at` and `end`. A later version keeps these fields. */
function isTailAt(bytes: Buffer, at: number, end: number, tailBytes: number): boolean {
  return end - at >= tailBytes && readU32(bytes, at) === MAGIC && bytes[at + 4]! >= VERSION
}

/** What this installation's server can do. */
export function ownFeatures(): number {
  const codecs = usableCodecs().reduce((bits, codec) => bits | (1 << (16 + codec)), 0)
  return Feature.acks | Feature.compression | Feature.longPoll | Feature.timestamps | codecs
}

export function writeCapabilities(bytes: Buffer, at: number, features: number): void {
  writeU32(bytes, writeHead(bytes, at), features)
}

/** The features a health answer names; 0 where it names none. */
export function capabilitiesAt(bytes: Buffer, at: number, end: number): number {
  return isTailAt(bytes, at, end, CAPABILITY_BYTES) ? readU32(bytes, at + HEAD_BYTES) : 0
}

export function canUnpack(features: number, codec: number): boolean {
  return (features & Feature.compression) !== 0 && ((features >>> (16 + codec)) & 1) === 1
}

export function writeProduceTail(bytes: Buffer, at: number, tail: ProduceTail): void {
  const fields = writeHead(bytes, at)
  bytes[fields] = ackLevels.indexOf(tail.acks)
  bytes[fields + 1] = tail.codec
  writeU32(bytes, fields + 2, tail.count)
  writeU32(bytes, fields + 6, tail.rawBytes)
}

/** Undefined where there is none. An unknown level is the policy's; an unknown codec is for the caller to refuse. */
export function produceTailAt(bytes: Buffer, at: number, end: number): ProduceTail | undefined {
  if (!isTailAt(bytes, at, end, PRODUCE_TAIL_BYTES)) return undefined
  const fields = at + HEAD_BYTES
  return {
    acks: ackLevels[bytes[fields]!] ?? 'policy',
    codec: bytes[fields + 1]!,
    count: readU32(bytes, fields + 2),
    rawBytes: readU32(bytes, fields + 6),
  }
}

export function writeFetchTail(bytes: Buffer, at: number, tail: FetchTail): void {
  const fields = writeHead(bytes, at)
  writeU32(bytes, fields, tail.bytesMin)
  writeU32(bytes, fields + 4, tail.waitMsMax)
  bytes[fields + 8] = tail.unpacks ? UNPACKS : 0
}

export function fetchTailAt(bytes: Buffer, at: number, end: number): FetchTail | undefined {
  if (!isTailAt(bytes, at, end, FETCH_TAIL_BYTES)) return undefined
  const fields = at + HEAD_BYTES
  return {
    bytesMin: readU32(bytes, fields),
    waitMsMax: readU32(bytes, fields + 4),
    unpacks: (bytes[fields + 8]! & UNPACKS) !== 0,
  }
}

/** Bytes of the tail of an answer with so many packed records. */
export function fetchedTailBytes(packed: number): number {
  return packed === 0 ? 0 : FETCHED_TAIL_BYTES_MIN + packed * PACKED_NOTE_BYTES
}

export function writeFetchedTail(bytes: Buffer, at: number, packed: readonly PackedNote[]): void {
  if (packed.length === 0) return
  let next = writeHead(bytes, at)
  writeU32(bytes, next, packed.length)
  next += 4
  for (const {index, codec, count, rawBytes} of packed) {
    writeU32(bytes, next, index)
    bytes[next + 4] = codec
    writeU32(bytes, next + 5, count)
    writeU32(bytes, next + 9, rawBytes)
    next += PACKED_NOTE_BYTES
  }
}

const NONE: readonly PackedNote[] = []

/** The packed records of an answer whose records end at `at`; empty where none is. */
export function fetchedTailAt(bytes: Buffer, at: number, end: number): readonly PackedNote[] {
  if (!isTailAt(bytes, at, end, FETCHED_TAIL_BYTES_MIN)) return NONE
  const first = at + FETCHED_TAIL_BYTES_MIN
  const count = Math.min(readU32(bytes, first - 4), Math.floor((end - first) / PACKED_NOTE_BYTES))
  return Array.from({length: count}, (_, number) => {
    const note = first + number * PACKED_NOTE_BYTES
    return {
      index: readU32(bytes, note),
      codec: bytes[note + 4]!,
      count: readU32(bytes, note + 5),
      rawBytes: readU32(bytes, note + 9),
    }
  })
}

/** `lz4`, or `codec 9` for one that nobody knows. */
export function codecName(codec: number): string {
  return codecNames[codec] ?? `codec ${codec}`
}
