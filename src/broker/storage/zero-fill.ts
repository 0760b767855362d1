import {AlignedMemory} from './aligned-memory.ts'
import {type Files, writeFully} from './files.ts'
import type {SegmentFile} from './segment.ts'

/** Segments are filled this far at a time, at least one step ahead of the tail. */
export const fillStepBytes = 16_777_216

/** An append to the same file waits for the write that runs (the inode's lock): 2 ms at 0.5 GB/s. */
export const fillBesideAppendsBytes = 1_048_576

/** Never written, so hardly any memory; aligned, so that direct I/O writes it as it is. */
const zeros = new AlignedMemory().allocate(8_388_608).bytes

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
