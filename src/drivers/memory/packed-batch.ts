import type {OutgoingBatch} from '../driver.ts'

/** A batch in no wire format: the values lie side by side, and nothing else. */
export function packedBatch(capacity: number, valueBytes: number): OutgoingBatch {
  const bytes = Buffer.alloc(capacity * valueBytes)
  return {
    bytes,
    view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length),
    capacity,
    valueBytes,
    valueStart: Uint32Array.from({length: capacity}, (_, index) => index * valueBytes),
    count: capacity,
    sentNs: Number.NaN,
    ackedNs: Number.NaN,
    tag: 0,
  }
}
