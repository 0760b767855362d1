import {randomBytes} from 'node:crypto'
import {join} from 'node:path'
import {StreambusError, systemCodeOf} from '../../base/errors.ts'
import {type AlignedMemory, alignToPage, isPageAligned, pageBytes} from './aligned-memory.ts'
import {type Files, syncFile, type Transferred, writeFully} from './files.ts'

/** What an unaligned call moves at a time. */
const bounceBytesMax = 1_048_576

/**
 * Opens segments and tables past the page cache (O_DIRECT). The system then wants the address, position and length of each
 * access to be aligned: calls that are go straight through, others are copied through a page-aligned buffer.
 *
 * On Linux 6.18, ext4 takes multiples of 512 bytes here and refuses others with EINVAL at the access; tmpfs takes everything (it
 * refused at open before Linux 6.6). 4,096 is what every disk and file system takes.
 */
export class DirectFiles implements Files {
  readonly writeAlignment = pageBytes
  readonly #files: Files
  readonly #memory: AlignedMemory
  readonly #direct = new Set<number>()

  constructor(files: Files, memory: AlignedMemory) {
    this.#files = files
    this.#memory = memory
  }

  /** Rejects with SB_BROKER_START when the file system of the directory refuses direct I/O: at open, write, sync or read. */
  async verify(directory: string): Promise<void> {
    const path = join(directory, `${randomBytes(8).toString('hex')}.seg`)
    const block = this.#memory.allocate(pageBytes)
    const handle = await this.open(path, 'create')
    try {
      await writeFully(this, handle, block.bytes.subarray(0, pageBytes), 0)
      await syncFile(this, handle)
      await new Promise<void>((resolve, reject) =>
        this.read(handle, block.bytes, 0, pageBytes, 0, (error) => (error === null ? resolve() : reject(error))),
      )
    } catch (error) {
      throw isRefusal(error) ? refusedDirect(directory, error) : error
    } finally {
      this.#memory.release(block)
      await this.close(handle)
      await this.#files.unlink(path)
    }
  }

  async open(path: string, mode: 'existing' | 'create'): Promise<number> {
    if (!/\.(seg|sbt)$/.test(path)) return this.#files.open(path, mode)
    try {
      const handle = await this.#files.open(path, mode, 'direct')
      this.#direct.add(handle)
      return handle
    } catch (error) {
      throw isRefusal(error) ? refusedDirect(path, error) : error
    }
  }

  close(handle: number): Promise<void> {
    this.#direct.delete(handle)
    return this.#files.close(handle)
  }

  write(handle: number, buffer: Buffer, offset: number, length: number, position: number, done: Transferred): void {
    if (this.#passes(handle, buffer, offset, length, position)) {
      this.#files.write(handle, buffer, offset, length, position, done)
    } else this.#writeBounced(handle, buffer.subarray(offset, offset + length), position, done)
  }

  /** Throws RangeError for anything but whole pages: merging with what the file holds takes a read, and so a turn. */
  writeNow(handle: number, buffer: Buffer, offset: number, length: number, position: number): number {
    if (this.#passes(handle, buffer, offset, length, position)) {
      return this.#files.writeNow(handle, buffer, offset, length, position)
    }
    if (!areWholePages(length, position)) throw new RangeError(`${length} bytes at ${position} are not whole pages`)
    const bytes = Math.min(length, bounceBytesMax)
    const bounce = this.#memory.allocate(bytes)
    try {
      buffer.copy(bounce.bytes, 0, offset, offset + bytes)
      return this.#files.writeNow(handle, bounce.bytes, 0, bytes, position)
    } finally {
      this.#memory.release(bounce)
    }
  }

  read(handle: number, buffer: Buffer, offset: number, length: number, position: number, done: Transferred): void {
    if (this.#passes(handle, buffer, offset, length, position)) {
      this.#files.read(handle, buffer, offset, length, position, done)
    } else this.#readBounced(handle, buffer.subarray(offset, offset + length), position, 0, done)
  }

  readInto(handle: number, buffers: readonly Buffer[], position: number, done: Transferred): void {
    const passes = buffers.every((buffer) => this.#passes(handle, buffer, 0, buffer.length, position))
    if (passes) this.#files.readInto(handle, buffers, position, done)
    else this.#readOneByOne(handle, buffers, position, 0, done)
  }

  fdatasync(handle: number, done: (error: Error | null) => void): void {
    this.#files.fdatasync(handle, done)
  }

  truncate = (handle: number, bytes: number) => this.#files.truncate(handle, bytes)
  sizeOf = (path: string) => this.#files.sizeOf(path)
  rename = (from: string, to: string) => this.#files.rename(from, to)
  unlink = (path: string) => this.#files.unlink(path)
  list = (directory: string) => this.#files.list(directory)
  mkdir = (directory: string) => this.#files.mkdir(directory)
  syncDirectory = (directory: string) => this.#files.syncDirectory(directory)
  freeBytes = (directory: string) => this.#files.freeBytes(directory)
  lock = (path: string) => this.#files.lock(path)

  #passes(handle: number, buffer: Buffer, offset: number, length: number, position: number): boolean {
    if (!this.#direct.has(handle)) return true
    return areWholePages(length, position) && isPageAligned(buffer, offset)
  }

  /** Writes the pages that hold the first bytes of what is to be written; the rest is the caller's next call. */
  #writeBounced(handle: number, bytes: Buffer, position: number, done: Transferred): void {
    const before = position % pageBytes
    const length = Math.min(bytes.length, bounceBytesMax - before)
    const pages = alignToPage(before + length)
    const bounce = this.#memory.allocate(pages)
    const settle = (error: Error | null, written: number) => {
      this.#memory.release(bounce)
      done(error, error === null ? Math.max(0, Math.min(length, written - before)) : 0)
    }
    const write = () => {
      bytes.copy(bounce.bytes, before, 0, length)
      this.#files.write(handle, bounce.bytes, 0, pages, position - before, settle)
    }
    if (before === 0 && length === pages) {
      write()
      return
    }
    bounce.bytes.fill(0, 0, pages) // for what lies beyond the end of the file
    this.#files.read(handle, bounce.bytes, 0, pages, position - before, (error) =>
      error === null ? write() : settle(error, 0),
    )
  }

  /** Reads all of it, or up to the end of the file: `got` bytes of it are there. */
  #readBounced(handle: number, into: Buffer, position: number, got: number, done: Transferred): void {
    const from = position + got
    const before = from % pageBytes
    const wanted = Math.min(into.length - got, bounceBytesMax - before)
    const bounce = this.#memory.allocate(alignToPage(before + wanted))
    this.#files.read(handle, bounce.bytes, 0, alignToPage(before + wanted), from - before, (error, bytes) => {
      const copied = Math.max(0, Math.min(wanted, bytes - before))
      bounce.bytes.copy(into, got, before, before + copied)
      this.#memory.release(bounce)
      if (error !== null) done(error, 0)
      else if (copied < wanted || got + copied === into.length) done(null, got + copied)
      else this.#readBounced(handle, into, position, got + copied, done)
    })
  }

  #readOneByOne(handle: number, buffers: readonly Buffer[], position: number, got: number, done: Transferred): void {
    const [first, ...rest] = buffers
    if (first === undefined) {
      done(null, got)
      return
    }
    this.read(handle, first, 0, first.length, position, (error, bytes) => {
      if (error !== null) done(error, got)
      else if (bytes < first.length) done(null, got + bytes)
      else this.#readOneByOne(handle, rest, position + bytes, got + bytes, done)
    })
  }
}

function areWholePages(length: number, position: number): boolean {
  return length % pageBytes === 0 && position % pageBytes === 0
}

function isRefusal(error: unknown): boolean {
  return systemCodeOf(error) === 'EINVAL' || systemCodeOf(error) === 'EOPNOTSUPP'
}

function refusedDirect(path: string, cause: unknown): StreambusError {
  return new StreambusError(
    'SB_BROKER_START',
    `The file system of ${path} refuses direct I/O (${systemCodeOf(cause)}).`,
    {
      hint: 'Set storage.use_direct_io to false, or storage.data_dir to a directory on ext4 or XFS.',
      cause,
    },
  )
}
