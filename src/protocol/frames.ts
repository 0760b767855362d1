import {readU32} from './bytes.ts'
import {CRC_BYTES, FRAME_BYTES_MAX, LENGTH_BYTES} from './constants.ts'

/** `partial`: more bytes are needed. The faults are final: the stream cannot be trusted any more. */
export type FrameState = 'frame' | 'partial' | 'too-large' | 'too-short'

/**
 * Cuts a byte stream into frames without copying them: a frame is one or several slices of the
 * chunks that were pushed. A wrong length is announced as soon as its four bytes are there, before
 * anything is gathered for it.
 *
 * A chunk that lies right behind the last one in memory prolongs it, so that a frame that dribbles in
 * costs no object a piece where the caller lays the pieces side by side.
 *
 * Use: `push` a chunk, then `next` until it is not `frame`; between two calls of `next` the current
 * frame is read through `frameBytes`, `byteAt`, `copyTo` or `contiguous`.
 */
export class FrameSplitter {
  /** Bytes of the current frame, its length field included; while partial, of the frame awaited (0: not known). */
  frameBytes = 0
  /** Bytes held, the current frame included. */
  bufferedBytes = 0
  readonly #bytesMin: number
  readonly #chunks: Buffer[] = []
  #headAt = 0 // where the current frame starts in the first chunk
  #isCurrent = false // a frame was announced and not yet left behind
  #fault: FrameState | undefined

  /** `bytesMin` is REQUEST_BYTES_MIN or RESPONSE_BYTES_MIN. */
  constructor(bytesMin: number) {
    this.#bytesMin = bytesMin
  }

  push(chunk: Buffer): void {
    if (chunk.length === 0) return
    this.bufferedBytes += chunk.length
    this.#add(chunk)
  }

  #add(chunk: Buffer): void {
    const last = this.#chunks.at(-1)
    if (last !== undefined && last.buffer === chunk.buffer && last.byteOffset + last.length === chunk.byteOffset) {
      this.#chunks[this.#chunks.length - 1] = Buffer.from(last.buffer, last.byteOffset, last.length + chunk.length)
    } else this.#chunks.push(chunk)
  }

  /**
   * Copies what is still held of the chunk that was pushed last to where `place` says, so that the chunk's
   * memory may be used again. `place` gives exactly as many bytes as it is asked for.
   */
  moveLast(place: (bytes: number) => Buffer): void {
    const last = this.#chunks.pop()
    if (last === undefined) return
    const from = this.#chunks.length === 0 ? this.#headAt : 0
    if (this.#chunks.length === 0) this.#headAt = 0
    const target = place(last.length - from)
    last.copy(target, 0, from)
    this.#add(target)
  }

  /** Leaves the current frame behind and looks for the next one. */
  next(): FrameState {
    if (this.#fault !== undefined) return this.#fault
    if (this.#isCurrent) this.#drop(this.frameBytes)
    this.#isCurrent = false
    this.frameBytes = 0
    if (this.bufferedBytes < LENGTH_BYTES) return 'partial'
    const frameBytes = this.#lengthField() + LENGTH_BYTES
    if (frameBytes > FRAME_BYTES_MAX) return this.#fail('too-large')
    if (frameBytes < this.#bytesMin) return this.#fail('too-short')
    this.frameBytes = frameBytes
    if (this.bufferedBytes < frameBytes) return 'partial'
    this.#isCurrent = true
    return 'frame'
  }

  #fail(fault: FrameState): FrameState {
    this.#fault = fault
    this.#drop(this.bufferedBytes)
    return fault
  }

  #lengthField(): number {
    const head = this.#chunks[0]!
    if (head.length - this.#headAt >= LENGTH_BYTES) return readU32(head, this.#headAt)
    let value = 0
    for (let at = 0; at < LENGTH_BYTES; at += 1) value = value * 256 + this.byteAt(at)
    return value
  }

  #drop(byteCount: number): void {
    this.bufferedBytes -= byteCount
    let left = byteCount
    while (left > 0) {
      const rest = this.#chunks[0]!.length - this.#headAt
      if (left < rest) {
        this.#headAt += left
        return
      }
      left -= rest
      this.#chunks.shift()
      this.#headAt = 0
    }
  }

  /** One byte of the buffered stream, counted from the start of the current frame. */
  byteAt(index: number): number {
    let at = this.#headAt + index
    for (const chunk of this.#chunks) {
      if (at < chunk.length) return chunk[at]!
      at -= chunk.length
    }
    return 0
  }

  /** Copies the current frame to the start of `target`, which has room for `frameBytes`. */
  copyTo(target: Buffer): void {
    let copied = 0
    let from = this.#headAt
    for (let index = 0; copied < this.frameBytes; index += 1) {
      const chunk = this.#chunks[index]!
      const size = Math.min(chunk.length - from, this.frameBytes - copied)
      target.set(size === chunk.length ? chunk : chunk.subarray(from, from + size), copied)
      copied += size
      from = 0
    }
  }

  /** The current frame's slices, in order. They hold their bytes as long as the caller keeps them. */
  slices(): Buffer[] {
    const slices: Buffer[] = []
    let left = this.frameBytes
    let from = this.#headAt
    for (let index = 0; left > 0; index += 1) {
      const slice = this.#chunks[index]!.subarray(from, from + left)
      slices.push(slice)
      left -= slice.length
      from = 0
    }
    return slices
  }

  /** The current frame as one buffer: a slice where it lies in one chunk, else a copy. */
  contiguous(): Buffer {
    const head = this.#chunks[0]!
    if (head.length - this.#headAt >= this.frameBytes) {
      return head.subarray(this.#headAt, this.#headAt + this.frameBytes)
    }
    const copy = Buffer.allocUnsafeSlow(this.frameBytes)
    this.copyTo(copy)
    return copy
  }
}

/** Where the payload of a frame ends. */
export function payloadEnd(frame: Buffer): number {
  return frame.length - CRC_BYTES
}
