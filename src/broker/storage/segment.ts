import type {SegmentHeader} from './segment-header.ts'
import {segmentHeaderBytes} from './segment-header.ts'

/** A file that is, was, or will be a segment; its handle stays open over all its uses. */
export interface SegmentFile {
  readonly handle: number
  path: string
  filledBytes: number // written before, so that a write below is a rewrite of allocated pages
}

/** One use of a segment file. */
export class Segment {
  readonly file: SegmentFile
  readonly number: number
  readonly generation: number
  readonly bytesMax: number
  epoch = 0
  tail = segmentHeaderBytes // where the next record goes
  firstLsn = 0 // of its first record; 0 when nobody needed to know
  headLsn = 0 // of the last record of the snapshot at its head, if that was written in this life
  newestMs = 0 // append time of its newest batch; 0 when it has none
  isFreed = false // its records expired
  #pins = 0
  #whenUnpinned: (() => void) | undefined

  constructor(file: SegmentFile, header: SegmentHeader) {
    this.file = file
    this.number = header.number
    this.generation = header.generation
    this.bytesMax = header.bytesMax
  }

  /** A claim of a reader, a write or a sync: the file is not given to another segment until it is released. */
  pin(): void {
    this.#pins += 1
  }

  unpin(): void {
    this.#pins -= 1
    if (this.#pins === 0) this.#whenUnpinned?.()
  }

  unpinned(): Promise<void> {
    if (this.#pins === 0) return Promise.resolve()
    return new Promise((resolve) => {
      this.#whenUnpinned = resolve
    })
  }
}

/** `000000000042.seg`: sorted by name is sorted by number. */
export function segmentName(number: number): string {
  return `${String(number).padStart(12, '0')}.seg`
}

/** The number in a segment's name; undefined for a name of another form. */
export function segmentNumberOf(name: string): number | undefined {
  const match = /^(\d{12})\.seg$/.exec(name)
  return match === null ? undefined : Number(match[1])
}
