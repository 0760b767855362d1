import {join} from 'node:path'
import {StreambusError} from '../../base/errors.ts'
import type {BrokerSettings} from '../../settings/broker-settings.ts'
import {AlignedMemory} from './aligned-memory.ts'
import {Appender} from './appender.ts'
import {BlockCache} from './block-cache.ts'
import type {StorageEvent} from './events.ts'
import {locked, storageFailure} from './failures.ts'
import {type Files, LockedError} from './files.ts'
import {LogStorage} from './log-storage.ts'
import {Reader} from './reader.ts'
import {type Recovered, recover} from './recovery.ts'
import {SegmentPool} from './segment-pool.ts'
import {SegmentStore} from './segment-store.ts'
import type {Run, TableKey} from './tables/table-meta.ts'
import {TopicTable} from './topics.ts'

/** 16 bits hold it; then a new segment starts. */
const epochMax = 65_535

export interface StorageOptions {
  readonly files: Files
  readonly dataDir: string
  readonly wal: BrokerSettings['storage']['wal']
  readonly retentionBytes: number // 0 or less: no limit; three segments are always allowed
  /** Skips synced records that are damaged instead of refusing to open. */
  readonly acceptLoss?: boolean
  readonly pool?: PoolOptions
  readonly onEvent?: (event: StorageEvent) => void
  readonly nowMs?: () => number // wall clock of the append times
  /** Told what each sync of the log took. */
  readonly onSync?: (ns: number) => void
}

/** Segment files made before the log opens, so that no append waits for a first touch of the disk. */
export interface PoolOptions {
  readonly bytes: number // of pool and log together
  /** Files to take over, whatever they hold: moved here, so on the same file system. */
  readonly adopt?: readonly string[]
}

/**
 * Opens the log in `dataDir`, which is made when it is not there, and recovers what it holds.
 * Rejects with SB_LOG_CORRUPT (damage below the highest sync mark, a missing or foreign file),
 * SB_DISK_FULL (the pool does not fit) or SB_STORAGE_FAILED (another broker has the directory).
 */
export async function openStorage(options: StorageOptions): Promise<LogStorage> {
  const {files, dataDir} = options
  try {
    await files.mkdir(join(dataDir, 'log'))
    await files.mkdir(join(dataDir, 'pool'))
    const unlock = await takeLock(files, dataDir)
    return await openLocked(options, unlock)
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

async function openLocked(options: StorageOptions, unlock: () => Promise<void>): Promise<LogStorage> {
  const {files, dataDir, wal} = options
  const onEvent = options.onEvent ?? (() => {})
  const pool = new SegmentPool(files, join(dataDir, 'pool'), wal.segmentBytes)
  const topics = new TopicTable()
  const segments = new SegmentStore({
    files,
    directory: join(dataDir, 'log'),
    pool,
    segmentBytes: wal.segmentBytes,
    retentionBytes: options.retentionBytes,
    onEvent,
    onExpire: (number) => topics.dropBefore(number),
  })
  try {
    await pool.load()
    const recovered = await recover({files, segments, topics, acceptLoss: options.acceptLoss ?? false, onEvent})
    await fillPool(options.pool, pool, segments, onEvent)
    const appender = new Appender({
      files,
      segments,
      topics,
      policy: wal.fsyncPolicy,
      fsyncIntervalMs: wal.fsyncIntervalMs,
      nowMs: options.nowMs ?? Date.now,
      lastLsn: recovered.lastLsn,
      onEvent,
      onSync: options.onSync ?? (() => {}),
    })
    await beginAppending(appender, segments, recovered)
    const memory = new AlignedMemory()
    const reader = new Reader({
      segments,
      chunks: appender.chunks,
      tables: {
        find: async (topicId, partition, offset, max) => runsOf(topics, segments, {topicId, partition, offset}, max),
      },
      cache: new BlockCache(files, memory, 0),
      memory,
      flushed: () => ({segment: 0, position: 0}),
    })
    return new LogStorage({topics, segments, appender, reader, unlock})
  } catch (error) {
    await segments.close()
    await unlock()
    throw error
  }
}

async function fillPool(
  options: PoolOptions | undefined,
  pool: SegmentPool,
  segments: SegmentStore,
  onEvent: (event: StorageEvent) => void,
): Promise<void> {
  if (options === undefined) return
  await pool.adopt(options.adopt ?? [])
  const adoptedBytes = pool.bytes
  await pool.ensure(options.bytes, segments.bytes)
  onEvent({kind: 'pool-ready', bytes: pool.bytes + segments.bytes, adoptedBytes})
}

/** New records must never be mistaken for torn ones that an unclean stop left behind the tail. */
async function beginAppending(appender: Appender, segments: SegmentStore, recovered: Recovered): Promise<void> {
  const isFresh = segments.segments.length === 0 || !recovered.canContinue
  if (isFresh || segments.active.epoch === epochMax) await appender.beginSegment()
  else if (!recovered.wasClosed) await appender.resume()
  if (appender.failure !== undefined) throw appender.failure
}

/** Runs of the partition from the last one at or below the offset on. */
function runsOf(topics: TopicTable, segments: SegmentStore, key: TableKey, runsMax: number): Run[] {
  const runs = topics.byId.get(key.topicId)?.partitions[key.partition]?.runs
  const found: Run[] = []
  for (
    let run = Math.max(0, runs?.find(key.offset) ?? 0);
    run < (runs?.length ?? 0) && found.length < runsMax;
    run += 1
  ) {
    const segment = segments.segment(runs!.segmentAt(run))
    if (segment === undefined) continue
    const {number, generation} = segment
    const place = {position: runs!.positionAt(run), bytes: runs!.bytesAt(run)}
    found.push({baseOffset: runs!.baseOffsetAt(run), segment: number, generation, ...place})
  }
  return found
}
