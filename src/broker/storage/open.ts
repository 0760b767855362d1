import {join} from 'node:path'
import {StreambusError} from '../../base/errors.ts'
import type {BrokerSettings} from '../../settings/broker-settings.ts'
import {AlignedMemory} from './aligned-memory.ts'
import {Appender} from './appender.ts'
import {BlockCache} from './block-cache.ts'
import {Cleaner} from './cleaner.ts'
import {DirectFiles} from './direct-files.ts'
import type {StorageEvent} from './events.ts'
import {locked, storageFailure} from './failures.ts'
import {type Files, LockedError} from './files.ts'
import {Flusher} from './flusher.ts'
import {LogStorage} from './log-storage.ts'
import {type MemtableSettings, Memtables} from './memtables.ts'
import {Reader} from './reader.ts'
import {type Recovered, recover} from './recovery.ts'
import {Retention} from './retention.ts'
import {SegmentPool} from './segment-pool.ts'
import {SegmentStore} from './segment-store.ts'
import {type StartUp, startUp} from './start-up.ts'
import type {CompactionSettings} from './tables/levels.ts'
import {TableStore} from './tables/table-store.ts'
import {TopicTable} from './topics.ts'
import {TurnTaking} from './turn-taking.ts'

/** 16 bits hold it; then a new segment starts. */
const epochMax = 65_535

/** Slabs are shared by all storages of the process, since each takes address space. */
const memory = new AlignedMemory()

export interface StorageOptions {
  readonly files: Files
  readonly dataDir: string
  readonly wal: BrokerSettings['storage']['wal']
  readonly memtable?: MemtableSettings // 64 MiB, 2 immutable ones if absent
  readonly compaction?: CompactionSettings // 7 levels; 4, 8 and 12 tables at level 0 if absent
  readonly retentionBytes: number // 0 or less: no limit; three segments are always allowed
  readonly retentionTimeMs?: number // 0, less or absent: no limit
  readonly cleanupIntervalMs?: number // 0, less or absent: never by itself
  readonly blockCacheBytes?: number // none if absent
  readonly useDirectIo?: boolean
  /** Skips synced records that are damaged instead of refusing to open. */
  readonly acceptLoss?: boolean
  readonly pool?: PoolOptions
  readonly onEvent?: (event: StorageEvent) => void
  readonly nowMs?: () => number // wall clock of the append times
  /** Calls back every `ms` until what it returns is called; the system's timer if absent. */
  readonly every?: (ms: number, tick: () => void) => () => void
  /** Told what each sync of the log took. */
  readonly onSync?: (ns: number) => void
}

/** Segment files made before the log opens, so that no append waits for a first touch of the disk. */
export interface PoolOptions {
  readonly bytes: number // of pool and log together
  /** Files to take over, whatever they hold: moved here, so on the same file system. */
  readonly adopt?: readonly string[]
}

const memtableDefault: MemtableSettings = {maxBytes: 67_108_864, immutableMax: 2}
const compactionDefault: CompactionSettings = {
  maxLevel: 7,
  level0CompactionTrigger: 4,
  level0SlowdownTrigger: 8,
  level0StopTrigger: 12,
}

/**
 * Opens the log in `dataDir`, which is made when it is not there, and recovers what it holds.
 * Rejects with SB_LOG_CORRUPT (damage below the highest sync mark, a missing or foreign file),
 * SB_DISK_FULL (the pool does not fit), SB_BROKER_START (direct I/O is refused) or SB_STORAGE_FAILED (another broker has the directory).
 */
export async function openStorage(options: StorageOptions): Promise<LogStorage> {
  const {files, dataDir} = options
  try {
    await files.mkdir(join(dataDir, 'log'))
    await files.mkdir(join(dataDir, 'pool'))
    const unlock = await takeLock(files, dataDir)
    try {
      return await new Opening(options, await segmentFiles(options)).open(unlock)
    } catch (error) {
      await unlock()
      throw error
    }
  } catch (error) {
    if (error instanceof StreambusError) throw error
    const free = await files.freeBytes(dataDir).catch(() => undefined)
    throw storageFailure('open the log in', dataDir, error, free)
  }
}

async function takeLock(files: Files, dataDir: string): Promise<() => Promise<void>> {
  try {
    return await files.lock(join(dataDir, 'lock'))
  } catch (error) {
    throw error instanceof LockedError ? locked(dataDir, error.holderPid, error) : error
  }
}

async function segmentFiles({files, dataDir, useDirectIo = false}: StorageOptions): Promise<Files> {
  if (!useDirectIo) return files
  const direct = new DirectFiles(files, memory)
  await direct.verify(join(dataDir, 'pool'))
  return direct
}

/** The parts of a storage while they are put together. */
class Opening {
  readonly #options: StorageOptions
  readonly #files: Files
  readonly #onEvent: (event: StorageEvent) => void
  readonly #pool: SegmentPool
  readonly #topics = new TopicTable()
  readonly #segments: SegmentStore
  readonly #memtables: Memtables
  readonly #cache: BlockCache
  readonly #turns = new TurnTaking()
  #started: StartUp | undefined
  #appender: Appender | undefined

  constructor(options: StorageOptions, files: Files) {
    const {dataDir, wal, memtable = memtableDefault, blockCacheBytes = 0, onEvent = () => {}} = options
    this.#options = options
    this.#files = files
    this.#onEvent = onEvent
    this.#pool = new SegmentPool(files, join(dataDir, 'pool'), wal.segmentBytes)
    const directory = join(dataDir, 'log')
    this.#segments = new SegmentStore({files, directory, pool: this.#pool, segmentBytes: wal.segmentBytes})
    this.#memtables = new Memtables(memory, memtable, this.#topics)
    this.#cache = new BlockCache(files, memory, blockCacheBytes)
  }

  async open(unlock: () => Promise<void>): Promise<LogStorage> {
    const segments = this.#segments
    try {
      await this.#pool.load()
      const recovered = await this.#recover()
      await this.#fillPool()
      const appender = this.#newAppender(recovered.lastLsn)
      const flusher = this.#newFlusher(appender)
      const retention = this.#newRetention(appender)
      const cleaner = this.#newCleaner(appender, retention)
      const reader = this.#newReader()
      retention.onFreed = (segment) => reader.forget(segment)
      await this.#beginAppending(appender, recovered)
      await this.#flushRecovered(appender, flusher)
      cleaner.start()
      const {tables, manifest} = this.#started!
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
        unlock,
      })
    } catch (error) {
      await this.#started?.tables.close()
      await segments.close()
      this.#memtables.pool.close()
      throw error
    }
  }

  async #recover(): Promise<Recovered> {
    const {dataDir, acceptLoss = false} = this.#options
    const files = this.#files
    const segments = this.#segments
    const onEvent = this.#onEvent
    const openTables: Parameters<typeof startUp>[0]['openTables'] = (tables) => this.#openTables(tables)
    const started = await startUp({files, dataDir, acceptLoss, openTables, onEvent})
    this.#started = started
    for (const {segment} of started.found) segments.add(segment)
    const {found, start, freed} = started
    const recovered = await recover({files, found, start, segments, topics: this.#topics, acceptLoss, onEvent})
    await this.#pool.adopt(freed)
    if (freed.length > 0) await files.syncDirectory(segments.directory)
    return recovered
  }

  #openTables(tables: Parameters<Parameters<typeof startUp>[0]['openTables']>[0]): Promise<TableStore> {
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

  async #commitTables({add, remove}: Parameters<TableStoreOptionsOf['commitTables']>[0]): Promise<void> {
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
      memory,
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

type TableStoreOptionsOf = Parameters<typeof TableStore.open>[0]
