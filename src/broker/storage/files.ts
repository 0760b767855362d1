/**
 * Every access of the storage to a disk. Tests put a simulated disk or injected faults in its place.
 *
 * Reads, writes and syncs are the hot path and call back; the rest happens a few times a segment
 * and returns promises. Handles are plain numbers. Errors are the system's (`code` as in Node).
 */
export interface Files {
  /** Positions and lengths of the log's writes have to be multiples of this. 1: any will do. */
  readonly writeAlignment: number

  /**
   * Opens for reading and writing; `create` makes an empty file and fails when there is one. `direct`: past the page cache
   * (O_DIRECT); then every access must be aligned, and a file system may refuse with EINVAL, here or at the first access.
   */
  open(path: string, mode: 'existing' | 'create', access?: 'direct'): Promise<number>
  close(handle: number): Promise<void>

  /** `length` bytes of `buffer` from `offset` on, to `position` of the file; may write fewer. */
  write(handle: number, buffer: Buffer, offset: number, length: number, position: number, done: Transferred): void
  /** The same in the caller's turn, for a few pages that nothing holds up; returns the bytes written, throws. */
  writeNow(handle: number, buffer: Buffer, offset: number, length: number, position: number): number
  /** The reverse of `write`; fewer bytes than asked mean the end of the file. */
  read(handle: number, buffer: Buffer, offset: number, length: number, position: number, done: Transferred): void
  /** The bytes at `position` into the buffers, one behind the other, with one system call. */
  readInto(handle: number, buffers: readonly Buffer[], position: number, done: Transferred): void
  fdatasync(handle: number, done: (error: Error | null) => void): void

  truncate(handle: number, bytes: number): Promise<void>
  sizeOf(path: string): Promise<number>
  rename(from: string, to: string): Promise<void>
  unlink(path: string): Promise<void>
  /** Names in a directory, sorted; empty when there is none. */
  list(directory: string): Promise<string[]>
  /** Makes the directory and its parents, durably. */
  mkdir(directory: string): Promise<void>
  /** Makes names created, renamed and removed in the directory durable. */
  syncDirectory(directory: string): Promise<void>
  freeBytes(directory: string): Promise<number>

  /** Rejects with a LockedError while another process, or this one, holds the lock. It ends with its process. */
  lock(path: string): Promise<HeldLock>
}

export interface HeldLock {
  /** Told when others may hold it too, since somebody removed it: nothing more may be written. */
  onLost: (error: Error) => void
  release(): Promise<void>
}

export type Transferred = (error: Error | null, bytes: number) => void

/** Somebody holds the lock: `process 4711 on web-1`, if that is known. */
export class LockedError extends Error {
  readonly holder: string | undefined

  constructor(path: string, holder: string | undefined) {
    super(`${path} is held by ${holder ?? 'somebody'}`)
    this.name = 'LockedError'
    this.holder = holder
  }
}

/** Writes all of `buffer` at `position`, however few bytes a single write takes. */
export async function writeFully(files: Files, handle: number, buffer: Buffer, position: number): Promise<void> {
  let written = 0
  while (written < buffer.length) {
    const from = written
    written += await new Promise<number>((resolve, reject) => {
      files.write(handle, buffer, from, buffer.length - from, position + from, (error, bytes) =>
        error === null ? resolve(bytes) : reject(error),
      )
    })
  }
}

/** Reads until `length` bytes are there or the file ends; returns how many came. */
export async function readFully(
  files: Files,
  handle: number,
  buffer: Buffer,
  length: number,
  position: number,
): Promise<number> {
  let got = 0
  while (got < length) {
    const from = got
    const bytes = await new Promise<number>((resolve, reject) => {
      files.read(handle, buffer, from, length - from, position + from, (error, count) =>
        error === null ? resolve(count) : reject(error),
      )
    })
    if (bytes === 0) break
    got += bytes
  }
  return got
}

/** `fdatasync` as a promise, for the paths that may wait. */
export function syncFile(files: Files, handle: number): Promise<void> {
  return new Promise((resolve, reject) => {
    files.fdatasync(handle, (error) => (error === null ? resolve() : reject(error)))
  })
}
