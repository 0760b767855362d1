import type {Chunk, WriteQueue} from './chunk.ts'
import type {Files} from './files.ts'
import type {Segment} from './segment.ts'

/**
 * A group up to this size is written within the turn, whatever the disk does: a few pages copied to the
 * page cache take less than the way through the thread pool, whose thread wants one of the cores that
 * client and broker are using and may wait a scheduler's slice for it (docs/log-format.md).
 */
const smallGroupBytesMax = 65_536
/** The same for a group up to this size, unless a sync or a fill is under way and such writes were held up lately. */
const inTurnBytesMax = 1_048_576
/** A write within the turn that took longer waited for the disk: all connections did. */
const heldUpMs = 2
/** How long larger groups then go through the thread pool while the disk is busy. */
const restMs = 1000

type GroupFiles = Pick<Files, 'write' | 'writeNow'>

export interface GroupWriterHandlers {
  /** How long the next group is to wait, because level 0 has too many tables; 0 as a rule. */
  readonly delayMs: () => number
  readonly onDelayed: (ns: number) => void
  /** A group of this chunk is about to be written: it may be filled up. */
  readonly onStart: (chunk: Chunk) => void
  /** Whether a sync or a fill of the log runs, so that a write might block. */
  readonly isDiskBusy: () => boolean
  /** Every record up to `lsn` is in the file of its segment; the last one is in `segment`. */
  readonly onWritten: (segment: Segment, lsn: number) => void
  /** The same, once the next group is on its way: whoever waited may be told. */
  readonly onSettled: (lsn: number) => void
  readonly onFailed: (doing: string, path: string, cause: unknown) => void
}

/**
 * Writes what was committed: one write in flight, and what is committed meanwhile is the next group.
 * A group starts when the turn of the event loop ends, so that it holds the frames of every socket
 * that was readable in it. docs/log-format.md has the measurements behind both choices.
 */
export class GroupWriter {
  groups = 0
  bytes = 0
  readonly #files: GroupFiles
  readonly #queue: WriteQueue
  readonly #handlers: GroupWriterHandlers
  #scheduled = false
  #writing: Chunk | undefined
  #until = 0 // byte of the chunk where the group in flight ends
  #lsn = 0 // last record of the group in flight
  #restUntilMs = 0
  #stopped = false
  #idleWaiters: (() => void)[] = []

  constructor(files: GroupFiles, queue: WriteQueue, handlers: GroupWriterHandlers) {
    this.#files = files
    this.#queue = queue
    this.#handlers = handlers
  }

  /** There is something to write. */
  schedule(): void {
    if (this.#scheduled || this.#writing !== undefined || this.#stopped) return
    this.#scheduled = true
    const delayMs = this.#handlers.delayMs()
    if (delayMs === 0) setImmediate(this.#startScheduled)
    else this.#startLater(delayMs)
  }

  /** No more writes; the one in flight still ends. */
  stop(): void {
    this.#stopped = true
    this.#tellIdle()
  }

  /** Resolves when everything committed is written, or the writer stopped. */
  idle(): Promise<void> {
    if (this.#isIdle()) return Promise.resolve()
    return new Promise((resolve) => this.#idleWaiters.push(resolve))
  }

  #startLater(delayMs: number): void {
    const from = performance.now()
    setTimeout(() => {
      this.#handlers.onDelayed((performance.now() - from) * 1e6)
      this.#startScheduled()
    }, delayMs)
  }

  readonly #startScheduled = () => {
    this.#scheduled = false
    this.#startGroup()
  }

  #startGroup(): void {
    if (this.#writing !== undefined || this.#stopped) return
    const chunk = this.#queue.first()
    if (chunk === undefined) return
    this.#handlers.onStart(chunk)
    this.#writing = chunk
    this.#until = chunk.tail
    this.#lsn = chunk.lastLsn
    this.groups += 1
    this.#write(chunk)
  }

  #write(chunk: Chunk): void {
    const from = chunk.written
    const length = this.#until - from
    const handle = chunk.segment!.file.handle
    if (this.#isInTurn(length)) this.#writeNow(chunk, handle, from, length)
    else this.#files.write(handle, chunk.block.bytes, from, length, chunk.position + from, this.#onWrite)
  }

  #isInTurn(length: number): boolean {
    if (length <= smallGroupBytesMax) return true
    if (length > inTurnBytesMax) return false
    return !this.#handlers.isDiskBusy() || performance.now() >= this.#restUntilMs
  }

  #writeNow(chunk: Chunk, handle: number, from: number, length: number): void {
    let written = 0
    let failure: Error | null = null
    const startedMs = performance.now()
    try {
      written = this.#files.writeNow(handle, chunk.block.bytes, from, length, chunk.position + from)
    } catch (error) {
      failure = error instanceof Error ? error : new Error(String(error))
    }
    const endedMs = performance.now()
    if (endedMs - startedMs > heldUpMs) this.#restUntilMs = endedMs + restMs
    this.#onWrite(failure, written)
  }

  readonly #onWrite = (error: Error | null, bytes: number) => {
    const chunk = this.#writing!
    const segment = chunk.segment!
    if (error !== null || bytes === 0) {
      this.#writing = undefined
      this.#stopped = true
      this.#handlers.onFailed('write to', segment.file.path, error ?? new Error('the write took no bytes'))
      this.#tellIdle()
      return
    }
    chunk.written += bytes
    this.bytes += bytes
    if (chunk.written < this.#until) return this.#write(chunk)
    const lsn = this.#lsn
    this.#writing = undefined
    this.#handlers.onWritten(segment, lsn) // before the next group, which may be written within this call
    if (this.#handlers.delayMs() === 0) this.#startGroup()
    else if (this.#queue.first() !== undefined) this.schedule()
    this.#handlers.onSettled(lsn)
    this.#tellIdle()
  }

  #isIdle(): boolean {
    if (this.#writing !== undefined) return false
    return this.#stopped || this.#queue.first() === undefined
  }

  #tellIdle(): void {
    if (this.#idleWaiters.length === 0 || !this.#isIdle()) return
    for (const resolve of this.#idleWaiters.splice(0)) resolve()
  }
}
