import type {Files} from '../../src/broker/storage/files.ts'

export interface PacedDisk {
  readonly files: Files
  /** From now on writes take as long as a disk of so many bytes a second needs. */
  pace(bytesPerSec: number): void
  /** As fast as it is again; what waits is through at once. */
  release(): void
}

/** The real disk, slowed down from a chosen instant on, so that a burst meets a disk that cannot follow. */
export function pacedDisk(files: Files): PacedDisk {
  const waiting = new Map<NodeJS.Timeout, () => void>()
  let bytesPerMs = Number.POSITIVE_INFINITY
  let freeAtMs = 0
  /** How long the disk is busy with what it had and so many bytes more. */
  const busyMs = (bytes: number) => {
    const nowMs = performance.now()
    freeAtMs = Math.max(nowMs, freeAtMs) + bytes / bytesPerMs
    return freeAtMs - nowMs
  }
  const after = (ms: number, done: () => void) => {
    const timer = setTimeout(() => {
      waiting.delete(timer)
      done()
    }, ms)
    waiting.set(timer, done)
  }
  return {
    files: {
      ...files,
      write: (handle, buffer, offset, length, position, done) => {
        files.write(handle, buffer, offset, length, position, (error, bytes) => {
          const ms = busyMs(bytes)
          if (ms < 0.1) done(error, bytes)
          else after(ms, () => done(error, bytes))
        })
      },
      writeNow: (handle, buffer, offset, length, position) => {
        busyMs(length)
        return files.writeNow(handle, buffer, offset, length, position)
      },
    },
    pace: (bytesPerSec) => {
      bytesPerMs = bytesPerSec / 1000
    },
    release: () => {
      bytesPerMs = Number.POSITIVE_INFINITY
      freeAtMs = 0
      const dones = [...waiting]
      waiting.clear()
      for (const [timer, done] of dones) {
        clearTimeout(timer)
        done()
      }
    },
  }
}
