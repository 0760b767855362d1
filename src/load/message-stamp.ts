/*
 * What every value carries in its first 16 bytes, big-endian: stream u16, sequence u48, intended
 * send f64 (ns on the generator's clock). A stream is one producer's messages to one partition;
 * its sequence counts from 0.
 */

/** How many streams 16 bits tell apart. */
export const STREAMS_MAX = 65_536

const TWO_32 = 4_294_967_296

/** First word of a stamp: the stream and the sequence's upper 16 bits. */
function headOf(stream: number, sequence: number): number {
  return stream * 65_536 + Math.floor(sequence / TWO_32)
}

/**
 * Stamps one value. `sequence` is an integer in [0, 2^48).
 */
export function writeStamp(view: DataView, at: number, stream: number, sequence: number, intendedNs: number): void {
  view.setUint32(at, headOf(stream, sequence))
  view.setUint32(at + 4, sequence % TWO_32)
  view.setFloat64(at + 8, intendedNs)
}

/** Stamps the first `count` values of a batch with consecutive sequences and one intended send. */
export function writeStamps(
  view: DataView,
  valueStart: Uint32Array,
  count: number,
  stream: number,
  firstSequence: number,
  intendedNs: number,
): void {
  for (let index = 0; index < count; index += 1) {
    writeStamp(view, valueStart[index]!, stream, firstSequence + index, intendedNs)
  }
}

export function streamAt(view: DataView, at: number): number {
  return view.getUint16(at)
}

export function sequenceAt(view: DataView, at: number): number {
  return view.getUint16(at + 2) * TWO_32 + view.getUint32(at + 4)
}

export function intendedNsAt(view: DataView, at: number): number {
  return view.getFloat64(at + 8)
}
