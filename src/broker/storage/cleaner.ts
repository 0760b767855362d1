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

/** So that who watches the disk sees it fill up; a statfs(2) takes microseconds. */
const lookEveryMs = 5000

/** A round of retention at every interval, and a look at what the disk has left. */
export class Cleaner {
  availableBytes = 0 // when last looked, seconds ago
  readonly #options: CleanerOptions
  #stop: () => void = () => {}
  #looking: NodeJS.Timeout | undefined
  #running: Promise<void> | undefined

  constructor(options: CleanerOptions) {
    this.#options = options
  }

  start(): void {
    const {intervalMs, every = everyMs} = this.#options
    const look = () => void this.#look().catch(() => {})
    look()
    this.#looking = setInterval(look, lookEveryMs).unref()
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
    clearInterval(this.#looking)
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
