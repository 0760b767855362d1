import {allocateBlock, type Block} from './block.ts'
import {type Files, readFully} from './files.ts'
import type {SegmentFile} from './segment.ts'

/** More than the largest record (a frame of 10 MiB), so that one always fits. */
const windowBytesMax = 16_777_216

/** A stretch of a segment file in memory that moves forward; recovery's only buffer. */
export class ScanWindow {
  readonly block: Block
  readonly #files: Files
  #file: SegmentFile | undefined
  #from = 0
  #to = 0

  constructor(files: Files, largestFileBytes: number) {
    this.#files = files
    this.block = allocateBlock(Math.min(windowBytesMax, largestFileBytes))
  }

  open(file: SegmentFile): void {
    this.#file = file
    this.#from = 0
    this.#to = 0
  }

  /** First byte of the file beyond the window. */
  get end(): number {
    return this.#to
  }

  has(position: number, bytes: number): boolean {
    return position >= this.#from && position + bytes <= this.#to
  }

  /** Where a position of the file lies in the block. */
  at(position: number): number {
    return position - this.#from
  }

  /** Moves the window to start at `position`, a multiple of 8; ends at the file's end at the latest. */
  async load(position: number): Promise<void> {
    const file = this.#file!
    const length = Math.max(0, Math.min(this.block.bytes.length, file.filledBytes - position))
    const got = await readFully(this.#files, file.handle, this.block.bytes, length, position)
    this.#from = position
    this.#to = position + got
  }
}
