import {join} from 'node:path'
import type {AlignedMemory} from './aligned-memory.ts'
import {Appender} from './appender.ts'
import {BlockCache} from './block-cache.ts'
import {Cleaner} from './cleaner.ts'
import type {StorageEvent} from './events.ts'
import {lostLock} from './failures.ts'
import type {Files, HeldLock} from './files.ts'
import {Flusher} from './flusher.ts'
import {LogStorage} from './log-storage.ts'
import {Memtables} from './memtables.ts'
import {Reader} from './reader.ts'
import {type Recovered, recover} from './recovery.ts'
import {Retention} from './retention.ts'
import {makeFit, refuseTooSmall} from './room-at-start.ts'
import {SegmentPool} from './segment-pool.ts'
import {SegmentStore} from './segment-store.ts'
import {type StartUp, type StartUpOptions, startUp} from './start-up.ts'
import {compactionDefault, memtableDefault, type StorageOptions} from './storage-options.ts'
import {TableStore, type TableStoreOptions} from './tables/table-store.ts'
import {TopicTable} from './topics.ts'
import {TurnTaking} from './turn-taking.ts'

/** 16 bits hold it; then a new segment starts. */
const epochMax = 65_535

/** The parts of a storage while they are put together. */
export class Opening {
  readonly #options: StorageOptions
  readonly #files: Files
  readonly #memory: AlignedMemory
  readonly #onEvent: (event: StorageEvent) => void
  readonly #pool: SegmentPool
  readonly #topics = new TopicTable()
  readonly #segments: SegmentStore
  readonly #memtables: Memtables
  readonly #cache: BlockCache
  readonly #turns = new TurnTaking()
  #started: StartUp | undefined
  #appender: Appender | undefined

  /** `files`: those of the options, or direct ones. */
  constructor(options: StorageOptions, files: Files, memory: AlignedMemory) {
    const {dataDir, wal, memtable = memtableDefault, blockCacheBytes = 0, onEvent = () => {}} = options
    this.#options = options
    this.#files = files
    this.#memory = memory
    this.#onEvent = onEvent
    this.#pool = new SegmentPool(files, join(dataDir, 'pool'), wal.segmentBytes)
    const directory = join(dataDir, 'log')
    this.#segments = new SegmentStore({files, directory, pool: this.#pool, segmentBytes: wal.segmentBytes})
    this.#memtables = new Memtables(memory, memtable, this.#topics)
    this.#cache = new BlockCache(files, memory, blockCacheBytes)
  }

  async open(lock: HeldLock): Promise<LogStorage> {
    const segments = this.#segments
    try {
      await this.#pool.load()
      const recovered = await this.#recover()
      await this.#fillPool()
      if (segments.segments.length === 0) await refuseTooSmall(this.#options, this.#pool)
      const appender = this.#newAppender(recovered.lastLsn)
      lock.onLost = (cause) => this.#stopWriting(appender, cause)
      const flusher = this.#newFlusher(appender)
      const retention = this.#newRetention(appender)
      const cleaner = this.#newCleaner(appender, retention)
      const reader = this.#newReader()
      await makeFit(this.#options, this.#pool, segments, retention)
      retention.onFreed = (segment) => reader.forget(segment)
      await this.#beginAppending(appender, recovered)
      await this.#flushRecovered(appender, flusher)
      cleaner.start()
      const {tables, manifest} = this.#started!
      tables.dropBefore(segments.segments[0]!.number)
      return new LogStorage({
        topics: this.#topics,
        memtables: this.#memtables,
        cache: this.#cache,
        segments,
        appender,
        flusher,
        retention,
        cleaner,
        reader,
        tables,
        manifest,
        lock,
      })
    } catch (error) {
      await this.#started?.tables.close()
      await segments.close()
      this.#memtables.pool.close()
      throw error
    }
  }

  /** Somebody else may own the directory now: nothing in it is changed any more. */
  #stopWriting(appender: Appender, cause: Error): void {
    const {dataDir} = this.#options
    this.#started?.manifest.stop(cause)
    this.#segments.stop()
    appender.fail('write to', dataDir, lostLock(dataDir, cause))
  }

  async #recover(): Promise<Recovered> {
    const {dataDir, acceptLoss = false} = this.#options
    const files = this.#files
    const segments = this.#segments
    const onEvent = this.#onEvent
    const openTables: StartUpOptions['openTables'] = (tables) => this.#openTables(tables)
    const started = await startUp({files, dataDir, acceptLoss, openTables, onEvent})
    this.#started = started
    for (const {segment} of started.found) segments.add(segment)
    const {found, start, freed} = started
    const recovered = await recover({files, found, start, segments, topics: this.#topics, acceptLoss, onEvent})
    await this.#pool.adopt(freed)
    if (freed.length > 0) await files.syncDirectory(segments.directory)
    return recovered
  }

  #openTables(tables: Parameters<StartUpOptions['openTables']>[0]): Promise<TableStore> {
    return TableStore.open({
      files: this.#files,
      directory: join(this.#options.dataDir, 'tables'),
      tables,
      blocks: this.#cache,
      compaction: this.#options.compaction ?? compactionDefault,
      commitTables: (change) => this.#commitTables(change),
      isTopicLive: (id) => this.#topics.mayLive(id, this.#appender?.syncer.syncedLsn ?? 0),
      isSegmentLive: (number, generation) => this.#segments.segment(number)?.generation === generation,
      onChange: () => this.#appender?.tellWritable(),
      onFailed: (error) => this.#onEvent({kind: 'compaction-failed', error}),
    })
  }

  async #commitTables({add, remove}: Parameters<TableStoreOptions['commitTables']>[0]): Promise<void> {
    const {manifest} = this.#started!
    const gone = new Set(remove.map(({number}) => number))
    try {
      await manifest.edit((before) => ({
        ...before,
        tables: [...before.tables.filter(({number}) => !gone.has(number)), ...add],
      }))
    } catch (error) {
      this.#appender?.fail('write', manifest.path, error)
      throw error
    }
  }

  async #fillPool(): Promise<void> {
    const pool = this.#pool
    const options = this.#options.pool
    if (options === undefined) return
    await pool.adopt(options.adopt ?? [])
    const adoptedBytes = pool.bytes
    await pool.ensure(options.bytes, this.#segments.bytes)
    this.#onEvent({kind: 'pool-ready', bytes: pool.bytes + this.#segments.bytes, adoptedBytes})
  }

  #newAppender(lastLsn: number): Appender {
    const {wal, compaction = compactionDefault, nowMs = Date.now, onSync = () => {}} = this.#options
    const {tables} = this.#started!
    this.#appender = new Appender({
      files: this.#files,
      segments: this.#segments,
      topics: this.#topics,
      memtables: this.#memtables,
      pressure: {
        isStopped: () => tables.canMerge && tables.level0Count >= compaction.level0StopTrigger,
        delayMs: () => (tables.canMerge && tables.level0Count >= compaction.level0SlowdownTrigger ? 1 : 0),
      },
      policy: wal.fsyncPolicy,
      fsyncIntervalMs: wal.fsyncIntervalMs,
      nowMs,
      lastLsn,
      onEvent: this.#onEvent,
      onSync,
    })
    return this.#appender
  }

  #newFlusher(appender: Appender): Flusher {
    const {tables, manifest} = this.#started!
    const flusher = new Flusher({
      memtables: this.#memtables,
      segments: this.#segments,
      topics: this.#topics,
      syncer: appender.syncer,
      tables,
      manifest,
      turns: this.#turns,
      onReleased: () => appender.tellWritable(),
      onFailed: (doing, path, cause) => appender.fail(doing, path, cause),
    })
    appender.onRotated = () => flusher.start()
    return flusher
  }

  #newRetention(appender: Appender): Retention {
    const {retentionBytes, retentionTimeMs = 0, nowMs = Date.now} = this.#options
    const {tables, manifest} = this.#started!
    const retention = new Retention({
      files: this.#files,
      segments: this.#segments,
      topics: this.#topics,
      syncer: appender.syncer,
      tables,
      manifest,
      turns: this.#turns,
      settings: {bytes: retentionBytes, timeMs: retentionTimeMs},
      nowMs,
      roll: () => appender.roll(),
      onEvent: this.#onEvent,
    })
    this.#segments.makeWay = () => retention.makeWay()
    return retention
  }

  #newCleaner(appender: Appender, retention: Retention): Cleaner {
    const {cleanupIntervalMs = 0, every, dataDir} = this.#options
    return new Cleaner({
      files: this.#files,
      directory: dataDir,
      retention,
      intervalMs: cleanupIntervalMs,
      ...(every !== undefined && {every}),
      onFailed: (cause) => appender.fail('free segments of the log in', dataDir, cause),
    })
  }

  #newReader(): Reader {
    const {tables, manifest} = this.#started!
    return new Reader({
      segments: this.#segments,
      chunks: this.#memtables.pool,
      tables,
      cache: this.#cache,
      memory: this.#memory,
      flushed: () => manifest.manifest.replay,
    })
  }

  /** New records must never be mistaken for torn ones that an unclean stop left behind the tail. */
  async #beginAppending(appender: Appender, recovered: Recovered): Promise<void> {
    const segments = this.#segments
    const canContinue = recovered.canContinue && segments.segments.length > 0 && segments.active.epoch < epochMax
    if (!canContinue || segments.active.tail % this.#files.writeAlignment !== 0) await appender.beginSegment()
    else if (!recovered.wasClosed) await appender.resume()
    if (appender.failure !== undefined) throw appender.failure
  }

  /** What was replayed goes to a table before anybody is served: memory has its places only, not its bytes. */
  async #flushRecovered(appender: Appender, flusher: Flusher): Promise<void> {
    const {active} = this.#memtables
    for (const topic of this.#topics.byId.values()) {
      for (const partition of topic.partitions) {
        if (partition.runs.length > 0 && partition.memtable !== active.number) active.addPartition(partition)
      }
    }
    appender.tail.rotate()
    await flusher.idle()
    await appender.settled()
    if (appender.failure !== undefined) throw appender.failure
  }
}
