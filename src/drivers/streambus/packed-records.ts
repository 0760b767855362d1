import {StreambusError} from '../../base/errors.ts'
import {readI64} from '../../protocol/bytes.ts'
import {unpack} from '../../protocol/codecs.ts'
import {codecName, type PackedNote} from '../../protocol/extension.ts'
import {unpackValue} from '../../protocol/packed-value.ts'
import {ValueLocations} from '../../protocol/records.ts'
import type {RecordRun} from './record-runs.ts'

/** Messages [from, to) of `bytes`, whose offsets follow each other from `baseOffset`. */
export interface LocatedRun extends RecordRun {
  readonly bytes: Buffer
  readonly located: Pick<ValueLocations, 'starts' | 'lengths' | 'keyStarts' | 'keyLengths'>
}

const OFFSET_BEFORE_KEY = 20 // of a record: its offset, timestamp and key's length lie before the key

/**
 * The messages of an answer with packed records, those of each in a buffer of their own; what lies before
 * `position` is left out. Throws SB_TARGET_PROTOCOL for a block that is not what the answer says.
 */
export function unpackRuns(
  bytes: Buffer,
  located: ValueLocations,
  packed: readonly PackedNote[],
  position: number,
): {readonly runs: LocatedRun[]; readonly endOffset: number} {
  const runs: LocatedRun[] = []
  const notes = new Map(packed.map((note) => [note.index, note]))
  let plain: {from: number; to: number; baseOffset: number; bytes: Buffer; located: ValueLocations} | undefined
  let endOffset = position
  for (let index = 0; index < located.count; index += 1) {
    const offset = readI64(bytes, located.keyStarts[index]! - OFFSET_BEFORE_KEY)
    const note = notes.get(index)
    const count = note?.count ?? 1
    if (offset + count <= position) continue
    endOffset = Math.max(endOffset, offset + count)
    if (note !== undefined) {
      runs.push(unpackRecord(bytes, located, note, offset, Math.max(0, position - offset)))
      plain = undefined
    } else if (plain !== undefined && offset === plain.baseOffset + plain.to - plain.from) plain.to = index + 1
    else {
      plain = {from: index, to: index + 1, baseOffset: offset, bytes, located}
      runs.push(plain)
    }
  }
  return {runs, endOffset}
}

function unpackRecord(
  bytes: Buffer,
  located: ValueLocations,
  {index, codec, count, rawBytes}: PackedNote,
  offset: number,
  from: number,
): LocatedRun {
  const at = located.starts[index]!
  const raw = unpack(codec, bytes.subarray(at, at + located.lengths[index]!), rawBytes)
  const inner = new ValueLocations(count)
  if (raw === undefined || !inner.locate(raw, 0, rawBytes, count)) {
    throw new StreambusError(
      'SB_TARGET_PROTOCOL',
      `The batch at offset ${offset} does not unpack to ${count} messages with ${codecName(codec)}.`,
    )
  }
  return {from, to: count, baseOffset: offset + from, bytes: raw, located: inner}
}

/** The run with every value that was packed by itself unpacked, in a buffer of its own; the run itself if none was. */
export function unpackValues(run: LocatedRun): LocatedRun {
  const {bytes, located, from, to} = run
  const parts: Buffer[] = []
  let isPacked = false
  for (let index = from; index < to; index += 1) {
    const at = located.starts[index]!
    const value = bytes.subarray(at, at + located.lengths[index]!)
    const plain = unpackValue(value)
    if (plain !== value) isPacked = true
    const keyAt = located.keyStarts[index]!
    parts.push(bytes.subarray(keyAt, keyAt + located.keyLengths[index]!), plain)
  }
  return isPacked ? gathered(parts, run.baseOffset) : run
}

/** Keys and values one behind the other. */
function gathered(parts: readonly Buffer[], baseOffset: number): LocatedRun {
  const count = parts.length / 2
  const [starts, lengths, keyStarts, keyLengths] = Array.from({length: 4}, () => new Uint32Array(count))
  let at = 0
  parts.forEach((part, place) => {
    const index = place >>> 1
    const isKey = place % 2 === 0
    ;(isKey ? keyStarts! : starts!)[index] = at
    ;(isKey ? keyLengths! : lengths!)[index] = part.length
    at += part.length
  })
  const located = {starts: starts!, lengths: lengths!, keyStarts: keyStarts!, keyLengths: keyLengths!}
  return {from: 0, to: count, baseOffset, bytes: Buffer.concat(parts), located}
}
