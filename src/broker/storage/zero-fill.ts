import {AlignedMemory} from './aligned-memory.ts'
import {type Files, writeFully} from './files.ts'
import type {SegmentFile} from './segment.ts'

/** Segments are filled this far at a time, at least one step ahead of the tail. */
export const fillStepBytes = 16_777_216

/** An append to the same file waits for the write that runs (the inode's lock): 2 ms at 0.5 GB/s. */
export const fillBesideAppendsBytes = 1_048_576

/**
 * One write of zeros. ext4 makes the page cache's folios as large as the write that brings them, and each later write
 * into one goes through all its blocks: small groups cost more in folios of 2 MiB (docs/log-format.md).
 */
const fillWriteBytes = 262_144

/** Aligned, so that direct I/O writes it as it is. */
const zeros = new AlignedMemory().allocate(fillWriteBytes).bytes

/**
 * Writes zeros behind what was ever written, up to `untilBytes`, and syncs them: a first touch
 * allocates blocks, which the tail is to find done. `filledBytes` grows with every write.
 */
export async function fillWithZeros(files: Files, file: SegmentFile, untilBytes: number): Promise<void> {
  while (file.filledBytes < untilBytes) {
    const bytes = Math.min(zeros.length, untilBytes - file.filledBytes)
    await writeFully(files, file.handle, zeros.subarray(0, bytes), file.filledBytes)
    file.filledBytes += bytes
  }
}
