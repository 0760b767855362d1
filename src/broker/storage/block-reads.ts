import type {Files} from './files.ts'

/** Half of Node's four threads at least is left to the writes and syncs of the log. */
const runningMax = 2

/** One read of adjacent bytes into buffers one behind the other. */
export interface Load {
  readonly handle: number
  readonly position: number
  readonly buffers: readonly Buffer[]
  /** `bytes` fewer than the buffers hold mean the end of the file. */
  readonly done: (error: Error | null, bytes: number) => void
}

/** Reads of files, a few at a time; what somebody waits for goes before what is read ahead. */
export class BlockReads {
  calls = 0
  bytes = 0
  readonly #files: Files
  readonly #wanted: Load[] = []
  readonly #ahead: Load[] = []
  #running = 0
  #idleWaiters: (() => void)[] = []

  constructor(files: Files) {
    this.#files = files
  }

  start(load: Load, isAhead: boolean): void {
    if (isAhead) this.#ahead.push(load)
    else this.#wanted.push(load)
    this.#startWaiting()
  }

  idle(): Promise<void> {
    if (this.#running === 0) return Promise.resolve()
    return new Promise((resolve) => this.#idleWaiters.push(resolve))
  }

  #startWaiting(): void {
    while (this.#running < runningMax) {
      const load = this.#wanted.shift() ?? this.#ahead.shift()
      if (load === undefined) break
      this.#running += 1
      this.#read(load, 0)
    }
    if (this.#running === 0) for (const resolve of this.#idleWaiters.splice(0)) resolve()
  }

  /** A read may bring less than it was asked for; only one that brings nothing says that the file ends. */
  #read(load: Load, got: number): void {
    const rest = buffersFrom(load.buffers, got)
    this.calls += 1
    this.#files.readInto(load.handle, rest, load.position + got, (error, bytes) => {
      const isWhole = error === null && bytes === rest.reduce((sum, buffer) => sum + buffer.length, 0)
      this.bytes += bytes
      if (error === null && !isWhole && bytes > 0) this.#read(load, got + bytes)
      else this.#finish(load, error, got + bytes)
    })
  }

  #finish(load: Load, error: Error | null, bytes: number): void {
    this.#running -= 1
    load.done(error, bytes)
    this.#startWaiting()
  }
}

/** The buffers without their first `skipped` bytes. */
function buffersFrom(buffers: readonly Buffer[], skipped: number): readonly Buffer[] {
  if (skipped === 0) return buffers
  const rest: Buffer[] = []
  let start = 0
  for (const buffer of buffers) {
    if (start + buffer.length > skipped) rest.push(buffer.subarray(Math.max(0, skipped - start)))
    start += buffer.length
  }
  return rest
}
