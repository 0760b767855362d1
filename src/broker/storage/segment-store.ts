import {randomBytes} from 'node:crypto'
import {join} from 'node:path'
import {alignToPage} from './aligned-memory.ts'
import {type Files, syncFile, writeFully} from './files.ts'
import {Segment, type SegmentFile, segmentName} from './segment.ts'
import {encodeSegmentHeader} from './segment-header.ts'
import type {SegmentPool} from './segment-pool.ts'
import {fillBesideAppendsBytes, fillStepBytes, fillWithZeros} from './zero-fill.ts'

export interface SegmentStoreOptions {
  readonly files: Files
  readonly directory: string
  readonly pool: SegmentPool
  readonly segmentBytes: number
}

/**
 * The segments of the log, oldest first, the last one active, and the one that is made ready behind
 * it. A segment is made ready while it still has its pool name, header synced, and only then renamed
 * into the log: whatever is in the log's directory has a whole header.
 */
export class SegmentStore {
  readonly directory: string
  readonly segmentBytes: number
  readonly segments: Segment[] = []
  next: Segment | undefined
  /** Frees what has to go before the log has one more segment. */
  makeWay: () => Promise<void> = async () => {}
  onProgress: () => void = () => {}
  onFailed: (doing: string, path: string, cause: unknown) => void = () => {}
  readonly #options: SegmentStoreOptions
  readonly #files: Files
  readonly #byNumber = new Map<number, Segment>()
  readonly #stranded: SegmentFile[] = [] // a call on them failed between pool and log
  #preparing: Promise<void> | undefined
  #filling: Promise<void> | undefined
  #closing = false
  readonly #closed = Promise.withResolvers<void>()

  constructor(options: SegmentStoreOptions) {
    this.#options = options
    this.#files = options.files
    this.directory = options.directory
    this.segmentBytes = options.segmentBytes
  }

  get bytes(): number {
    return this.segments.reduce((sum, segment) => sum + segment.bytesMax, 0)
  }

  /** What the files take on the disk, that of the segment made ready too: one is filled step by step. */
  get filledBytes(): number {
    const segments = this.next === undefined ? this.segments : [...this.segments, this.next]
    return segments.reduce((sum, {file}) => sum + file.filledBytes, 0)
  }

  get poolBytes(): number {
    return this.#options.pool.bytes
  }

  get isFilling(): boolean {
    return this.#filling !== undefined
  }

  get active(): Segment {
    return this.segments.at(-1)!
  }

  add(segment: Segment): void {
    this.segments.push(segment)
    this.#byNumber.set(segment.number, segment)
  }

  segment(number: number): Segment | undefined {
    return this.#byNumber.get(number)
  }

  /** Makes the next segment the active one; false, and under way, when it is not ready yet. */
  roll(): boolean {
    if (this.next === undefined) {
      this.prepareNext()
      return false
    }
    this.add(this.next)
    this.next = undefined
    return true
  }

  /** Fills ahead of the active tail, or else the next segment, and makes that ready: in the background. */
  keepAhead(): void {
    const active = this.active
    if (active.tail > active.bytesMax / 2 && this.next === undefined) this.prepareNext()
    const target = this.#toFill()
    if (target === undefined || this.#filling !== undefined || this.#closing) return
    this.#filling = this.#fill(target).finally(() => {
      this.#filling = undefined
      this.onProgress()
    })
  }

  /** Gives back what is filled ahead of the active tail: on a full disk, room for a new manifest. Not beside appends. */
  async giveBackFill(): Promise<void> {
    const {file, tail} = this.active
    const bytes = alignToPage(tail)
    if (bytes >= file.filledBytes) return
    await this.#files.truncate(file.handle, bytes)
    file.filledBytes = bytes
  }

  prepareNext(): void {
    if (this.#preparing !== undefined || this.next !== undefined || this.#closing) return
    this.#preparing = this.#prepare().finally(() => {
      this.#preparing = undefined
      this.onProgress()
    })
  }

  /** Resolves when `next` is there; rejects if it cannot be made. */
  async ready(): Promise<void> {
    if (this.next !== undefined) return
    await this.makeWay()
    const {pool} = this.#options
    const file = await pool.take()
    try {
      this.next = await this.#makeSegment(file)
    } catch (error) {
      this.#stranded.push(file)
      throw error
    }
  }

  /** Moves the last segment, which must hold nothing that is kept, to the pool; durable when resolved. */
  async discard(segment: Segment): Promise<void> {
    this.#take(this.segments.indexOf(segment), 1)
    await this.recycle(segment, Number.POSITIVE_INFINITY)
  }

  /** The segments below `number` are no longer of the log; each is to be recycled, oldest first. */
  takeBefore(number: number): Segment[] {
    return this.#take(
      0,
      this.segments.findIndex((segment) => segment.number >= number),
    )
  }

  /** Moves the file of a segment that was taken out to the pool, which keeps at most `poolBytesMax`; waits for who holds it. */
  async recycle(segment: Segment, poolBytesMax: number): Promise<void> {
    const {pool} = this.#options
    try {
      await this.#move(segment.file, pool.freshPath())
    } catch (error) {
      this.#stranded.push(segment.file)
      throw error
    }
    await Promise.race([segment.unpinned(), this.#closed.promise]) // a failed log never lets go of its last writes
    pool.give(segment.file)
    await pool.trim(poolBytesMax)
  }

  /** Prepares and fills no more, and waits for nobody who holds a segment. */
  stop(): void {
    this.#closing = true
    this.#closed.resolve()
  }

  async close(): Promise<void> {
    this.stop()
    await this.#preparing
    await this.#filling
    for (const segment of this.segments) await this.#files.close(segment.file.handle)
    if (this.next !== undefined) await this.#files.close(this.next.file.handle)
    for (const file of this.#stranded.splice(0)) await this.#files.close(file.handle)
    await this.#options.pool.close()
  }

  #toFill(): Segment | undefined {
    const {active, next} = this
    const {filledBytes} = active.file
    if (filledBytes < active.bytesMax && filledBytes - active.tail < 2 * fillStepBytes) return active
    return next !== undefined && next.file.filledBytes < next.bytesMax ? next : undefined
  }

  async #fill(segment: Segment): Promise<void> {
    const file = segment.file
    try {
      const until = Math.min(segment.bytesMax, file.filledBytes + fillStepBytes)
      while (file.filledBytes < until && !this.#closing) {
        await fillWithZeros(this.#files, file, Math.min(until, file.filledBytes + fillBesideAppendsBytes))
        this.onProgress()
      }
      await syncFile(this.#files, file.handle)
    } catch (error) {
      this.onFailed('fill ahead in', file.path, error)
    }
  }

  async #prepare(): Promise<void> {
    try {
      await this.ready()
    } catch (error) {
      this.onFailed('make the next segment in', this.directory, error)
    }
  }

  async #makeSegment(file: SegmentFile): Promise<Segment> {
    const header = {
      number: this.segments.length === 0 ? 1 : this.active.number + 1,
      generation: randomBytes(6).readUIntLE(0, 6),
      bytesMax: this.segmentBytes,
    }
    await fillWithZeros(this.#files, file, Math.min(this.segmentBytes, fillStepBytes))
    await writeFully(this.#files, file.handle, encodeSegmentHeader(header), 0)
    await syncFile(this.#files, file.handle)
    await this.#move(file, join(this.directory, segmentName(header.number)))
    return new Segment(file, header)
  }

  #take(from: number, count: number): Segment[] {
    const taken = this.segments.splice(from, count)
    for (const segment of taken) {
      this.#byNumber.delete(segment.number)
      segment.isFreed = true
    }
    return taken
  }

  /** One rename at a time, each durable before the next, so that a crash leaves no hole in the numbers. */
  async #move(file: SegmentFile, to: string): Promise<void> {
    await this.#files.rename(file.path, to)
    file.path = to
    await this.#files.syncDirectory(this.directory)
    await this.#files.syncDirectory(this.#options.pool.directory)
  }
}
