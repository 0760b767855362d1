import type {Files} from './files.ts'
import type {Segment} from './segment.ts'

export type FsyncPolicy = 'always' | 'interval' | 'never'

export interface SyncerHandlers {
  /** Every record up to `lsn` is durable. */
  readonly onSynced: (lsn: number) => void
  /** A sync took `ns`. */
  readonly onTimed: (ns: number) => void
  readonly onFailed: (doing: string, path: string, cause: unknown) => void
}

/**
 * Decides when written records are synced: after every group (`always`), on a timer while there is
 * something new (`interval`), or only on request (`never`). One sync at a time, in segment order, so
 * that the synced records are always a prefix of the log.
 */
export class Syncer {
  syncs = 0
  syncNs = 0
  lastSyncNs = 0
  syncedLsn: number
  readonly #files: Files
  readonly #policy: FsyncPolicy
  readonly #intervalMs: number
  readonly #handlers: SyncerHandlers
  #writtenLsn: number
  #askedLsn = 0 // somebody wants it synced, whatever the policy
  #waiters: {readonly lsn: number; readonly resolve: (isSynced: boolean) => void}[] = []
  #dirty: Segment[] = []
  #running: Promise<void> | undefined
  #timer: NodeJS.Timeout | undefined
  #stopped = false

  constructor(files: Files, policy: FsyncPolicy, intervalMs: number, lsn: number, handlers: SyncerHandlers) {
    this.#files = files
    this.#policy = policy
    this.#intervalMs = intervalMs
    this.#handlers = handlers
    this.syncedLsn = lsn
    this.#writtenLsn = lsn
  }

  get isRunning(): boolean {
    return this.#running !== undefined
  }

  /** A group is in its file. `isWanted`: it holds more than a sync mark, so the policy applies to it. */
  wrote(segment: Segment, lsn: number, isWanted: boolean): void {
    this.#writtenLsn = lsn
    if (this.#dirty.at(-1) !== segment) this.#dirty.push(segment)
    if (isWanted && !this.#stopped) this.#startByPolicy()
  }

  /** The record `lsn`, written or not, is to be synced whatever the policy. */
  ask(lsn: number): void {
    this.#askedLsn = Math.max(this.#askedLsn, lsn)
    if (lsn <= this.#writtenLsn) this.#start()
  }

  /** Resolves with true once everything up to `lsn` is durable, which it asks for; with false when that will not be. */
  through(lsn: number): Promise<boolean> {
    if (lsn <= this.syncedLsn) return Promise.resolve(true)
    if (this.#stopped) return Promise.resolve(false)
    return new Promise((resolve) => {
      this.#waiters.push({lsn, resolve})
      this.ask(lsn)
    })
  }

  /** Syncs everything written so far, whatever the policy. */
  async syncNow(): Promise<void> {
    while (this.#running !== undefined) await this.#running
    this.#start()
    await this.#running
  }

  stop(): void {
    this.#stopped = true
    clearTimeout(this.#timer)
    for (const {resolve} of this.#waiters.splice(0)) resolve(false)
  }

  /** The sync in flight, if any, has ended. */
  async idle(): Promise<void> {
    await this.#running
  }

  #startByPolicy(): void {
    if (this.#policy === 'always' || this.#askedLsn > this.syncedLsn) this.#start()
    else if (this.#policy === 'interval') this.#arm()
  }

  #arm(): void {
    if (this.#timer !== undefined || this.#running !== undefined) return
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      this.#start()
    }, this.#intervalMs)
    this.#timer.unref()
  }

  #start(): void {
    if (this.#running !== undefined || this.#stopped || this.#dirty.length === 0) return
    const segments = this.#dirty.filter((segment) => !segment.isFreed)
    const lsn = this.#writtenLsn
    for (const segment of segments) segment.pin()
    this.#dirty = []
    this.#running = new Promise((resolve) => {
      // All of it expired: nothing to sync, and whoever waits hears it in a later turn, as after a sync.
      if (segments.length === 0) setImmediate(() => this.#end(lsn, resolve))
      else this.#sync(segments, 0, lsn, resolve)
    })
  }

  #sync(segments: readonly Segment[], at: number, lsn: number, resolve: () => void): void {
    const file = segments[at]!.file
    const from = process.hrtime.bigint()
    this.#files.fdatasync(file.handle, (error) => {
      segments[at]!.unpin()
      if (error === null && at + 1 < segments.length) return this.#sync(segments, at + 1, lsn, resolve)
      if (error === null) {
        this.#count(Number(process.hrtime.bigint() - from))
        return this.#end(lsn, resolve)
      }
      this.#running = undefined
      this.#fail(file.path, error)
      resolve()
    })
  }

  #count(ns: number): void {
    this.syncs += 1
    this.syncNs += ns
    this.lastSyncNs = ns
    this.#handlers.onTimed(ns)
  }

  #end(lsn: number, resolve: () => void): void {
    this.#running = undefined
    this.#finish(lsn)
    resolve()
  }

  #finish(lsn: number): void {
    this.syncedLsn = lsn
    if (this.#dirty.length > 0) this.#startByPolicy()
    this.#handlers.onSynced(lsn)
    if (this.#waiters.length > 0) this.#tellWaiters()
  }

  #tellWaiters(): void {
    const waiters = this.#waiters
    this.#waiters = waiters.filter((waiter) => waiter.lsn > this.syncedLsn)
    for (const waiter of waiters) if (waiter.lsn <= this.syncedLsn) waiter.resolve(true)
  }

  #fail(path: string, error: Error): void {
    this.stop()
    this.#handlers.onFailed('sync', path, error)
  }
}
