import type {Files} from './files.ts'
import type {Retention} from './retention.ts'

export interface CleanerOptions {
  readonly files: Files
  readonly directory: string
  readonly retention: Retention
  readonly intervalMs: number // 0 or less: no timer
  readonly every?: (ms: number, tick: () => void) => () => void
  readonly onFailed: (cause: unknown) => void
}

/** A round of retention at every interval, and a look at what the disk has left. */
export class Cleaner {
  availableBytes = 0 // when last looked
  readonly #options: CleanerOptions
  #stop: () => void = () => {}
  #running: Promise<void> | undefined

  constructor(options: CleanerOptions) {
    this.#options = options
  }

  start(): void {
    const {intervalMs, every = everyMs} = this.#options
    this.#look().catch(() => {})
    if (intervalMs > 0) this.#stop = every(intervalMs, () => void this.cleanUp())
  }

  /** One round; the same for those who ask while it runs. */
  cleanUp(): Promise<void> {
    this.#running ??= this.#cleanUp().finally(() => {
      this.#running = undefined
    })
    return this.#running
  }

  stop(): void {
    this.#stop()
  }

  async idle(): Promise<void> {
    await this.#running
  }

  async #cleanUp(): Promise<void> {
    try {
      await this.#options.retention.cleanUp()
      await this.#look()
    } catch (cause) {
      this.#options.onFailed(cause)
    }
  }

  async #look(): Promise<void> {
    const {files, directory} = this.#options
    this.availableBytes = await files.freeBytes(directory)
  }
}

const timerMsMax = 2_147_483_647

function everyMs(ms: number, tick: () => void): () => void {
  const timer = setInterval(tick, Math.min(ms, timerMsMax))
  timer.unref()
  return () => clearInterval(timer)
}
