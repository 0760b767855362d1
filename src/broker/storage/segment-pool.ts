import {randomBytes} from 'node:crypto'
import {join} from 'node:path'
import {poolTooLarge} from './disk-failures.ts'
import {type Files, syncFile} from './files.ts'
import type {SegmentFile} from './segment.ts'
import {fillWithZeros} from './zero-fill.ts'

/**
 * Files that hold nothing of the log and wait to be segments. Their content never matters: a
 * segment's generation is drawn anew at every use, so old bytes cannot be taken for its own.
 */
export class SegmentPool {
  readonly directory: string
  readonly #files: Files
  readonly #segmentBytes: number
  readonly #idle: SegmentFile[] = []

  constructor(files: Files, directory: string, segmentBytes: number) {
    this.#files = files
    this.directory = directory
    this.#segmentBytes = segmentBytes
  }

  get bytes(): number {
    return this.#idle.reduce((sum, file) => sum + file.filledBytes, 0)
  }

  /** Opens what lies in the pool's directory. */
  async load(): Promise<void> {
    for (const name of await this.#files.list(this.directory)) await this.#open(join(this.directory, name))
  }

  /** Moves files of any content, from the same file system, into the pool. */
  async adopt(paths: readonly string[]): Promise<void> {
    for (const path of paths) {
      const here = this.freshPath()
      await this.#files.rename(path, here)
      await this.#open(here)
    }
    if (paths.length > 0) await this.#files.syncDirectory(this.directory)
  }

  /**
   * Grows the pool by new, zero-filled files until it and `heldBytes` make `bytes`. Throws
   * SB_DISK_FULL before it writes anything when the disk has not that much.
   */
  async ensure(bytes: number, heldBytes: number): Promise<void> {
    const missing = () => Math.ceil((bytes - heldBytes - this.#idle.length * this.#segmentBytes) / this.#segmentBytes)
    const partial = this.#idle.reduce((sum, file) => sum + this.#segmentBytes - file.filledBytes, 0)
    const needed = Math.max(0, missing()) * this.#segmentBytes + partial
    const free = await this.#files.freeBytes(this.directory)
    if (needed > free) throw poolTooLarge(this.directory, needed, free)
    while (missing() > 0) this.give(await this.#create())
    for (const file of this.#idle) {
      if (file.filledBytes >= this.#segmentBytes) continue
      await fillWithZeros(this.#files, file, this.#segmentBytes)
      await syncFile(this.#files, file.handle)
    }
    await this.#files.syncDirectory(this.directory)
  }

  /** The file that waits longest, or a new empty one. */
  async take(): Promise<SegmentFile> {
    return this.#idle.shift() ?? (await this.#create())
  }

  give(file: SegmentFile): void {
    this.#idle.push(file)
  }

  /** Removes files until what is left fits `bytes`, or is the one that the log needs next. */
  async trim(bytes: number): Promise<void> {
    while (this.#idle.length > 1 && this.bytes > bytes) {
      const file = this.#idle.pop()!
      await this.#files.close(file.handle)
      await this.#files.unlink(file.path)
    }
  }

  /** A name that no other file of the pool has. */
  freshPath(): string {
    return join(this.directory, `${randomBytes(8).toString('hex')}.seg`)
  }

  async close(): Promise<void> {
    for (const file of this.#idle.splice(0)) await this.#files.close(file.handle)
  }

  async #create(): Promise<SegmentFile> {
    const path = this.freshPath()
    return {handle: await this.#files.open(path, 'create'), path, filledBytes: 0}
  }

  async #open(path: string): Promise<void> {
    const size = await this.#files.sizeOf(path)
    const handle = await this.#files.open(path, 'existing')
    if (size > this.#segmentBytes) await this.#files.truncate(handle, this.#segmentBytes)
    this.give({handle, path, filledBytes: Math.min(size, this.#segmentBytes)})
  }
}
