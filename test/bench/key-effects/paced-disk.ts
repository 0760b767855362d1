import type {Files} from '../../../src/broker/storage/files.ts'

export interface PacedDisk {
  readonly files: Files
  /** From now on writes take as long as a disk of so many bytes a second needs. */
  pace(bytesPerSec: number): void
}

/** The real disk, slowed down from a chosen instant on, so that a burst meets a disk that cannot follow. */
export function pacedDisk(files: Files): PacedDisk {
  let bytesPerMs = Number.POSITIVE_INFINITY
  let freeAtMs = 0
  /** When the disk is through with so many bytes more. */
  const through = (bytes: number) => {
    freeAtMs = Math.max(performance.now(), freeAtMs) + bytes / bytesPerMs
    return freeAtMs - performance.now()
  }
  return {
    files: {
      ...files,
      write: (handle, buffer, offset, length, position, done) => {
        files.write(handle, buffer, offset, length, position, (error, bytes) => {
          const waitMs = through(bytes)
          if (waitMs < 0.1) done(error, bytes)
          else setTimeout(() => done(error, bytes), waitMs)
        })
      },
      writeNow: (handle, buffer, offset, length, position) => {
        through(length)
        return files.writeNow(handle, buffer, offset, length, position)
      },
    },
    pace: (bytesPerSec) => {
      bytesPerMs = bytesPerSec / 1000
    },
  }
}
