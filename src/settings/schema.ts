/**
 * Every key of the performance guide, once: what it means, what it may be, and what it is when nobody
 * says. Validation, environment variables,
 * the reference page and the tuning profiles all read this table and nothing else.
 *
 * Defaults are those of the guide's "balanced" and "Configuration Tuning" blocks; keys that the guide
 * names without a default have the value of its own examples (block cache) or the reading that changes
 * nothing (`use_direct_io`). The host is the exception: loopback, because the broker has no authentication.
 */
export type SettingValue = string | number | boolean

/** How a value is written and held: sizes are held as bytes, durations as milliseconds. */
export type SettingKind = 'size' | 'duration' | 'count' | 'port' | 'choice' | 'boolean' | 'text'

export interface SettingDefinition {
  readonly key: string // `storage.wal.fsync_policy`
  readonly kind: SettingKind
  readonly default: SettingValue
  readonly min?: number // inclusive; in bytes, milliseconds or the count itself
  readonly max?: number // inclusive
  readonly allowed?: readonly string[] // of a choice
  readonly reload: 'restart' // no key is read again while the broker runs
  readonly meaning: string // one line
}

const KIB = 1024
const MIB = 1024 * KIB
const GIB = 1024 * MIB
const TIB = 1024 * GIB
const SECOND_MS = 1000
const MINUTE_MS = 60 * SECOND_MS
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

type Limits = Pick<SettingDefinition, 'min' | 'max'>

const size = (key: string, value: number, limits: Limits, meaning: string): SettingDefinition =>
  Object.freeze({key, kind: 'size', default: value, ...limits, reload: 'restart', meaning})
const duration = (key: string, value: number, limits: Limits, meaning: string): SettingDefinition =>
  Object.freeze({key, kind: 'duration', default: value, ...limits, reload: 'restart', meaning})
const count = (key: string, value: number, limits: Limits, meaning: string): SettingDefinition =>
  Object.freeze({key, kind: 'count', default: value, ...limits, reload: 'restart', meaning})
const port = (key: string, value: number, min: number, meaning: string): SettingDefinition =>
  Object.freeze({key, kind: 'port', default: value, min, max: 65535, reload: 'restart', meaning})
const text = (key: string, value: string, meaning: string): SettingDefinition =>
  Object.freeze({key, kind: 'text', default: value, reload: 'restart', meaning})
const choice = (key: string, value: string, allowed: string[], meaning: string): SettingDefinition =>
  Object.freeze({key, kind: 'choice', default: value, allowed, reload: 'restart', meaning})

const storage: readonly SettingDefinition[] = [
  text('storage.data_dir', './streambus-data', 'Directory of the log; created when missing.'),
  size(
    'storage.wal.segment_size',
    512 * MIB,
    {min: 16 * MIB, max: 8 * GIB}, // the log is zero-filled ahead in steps of 16 MiB
    'Bytes of one segment file; retention frees whole segments.',
  ),
  choice(
    'storage.wal.fsync_policy',
    'interval',
    ['always', 'interval', 'never'],
    'When a write is acknowledged: after its sync, after the write with a sync every fsync_interval, or with no sync at all.',
  ),
  duration(
    'storage.wal.fsync_interval',
    500,
    {min: 1, max: 10 * MINUTE_MS},
    'Longest time between syncs under `interval`: what a power cut may lose.',
  ),
  size(
    'storage.memtable.max_size',
    64 * MIB,
    {min: MIB, max: 16 * GIB},
    'Bytes a memtable holds for each partition with data before it is rotated; with num_immutable it bounds the memory of what is not flushed, the burst taken at memory speed, and the log replayed after a crash.',
  ),
  count(
    'storage.memtable.num_immutable',
    2,
    {min: 1, max: 64},
    'Rotated memtables that may wait for their flush before writers wait.',
  ),
  count(
    'storage.compaction.max_level',
    7,
    {min: 1, max: 16},
    'Levels of the index; each may be ten times the one above it, the last has no limit.',
  ),
  count(
    'storage.compaction.level0_file_num_compaction_trigger',
    4,
    {min: 1, max: 1000},
    'Tables at level 0 that start a compaction.',
  ),
  count(
    'storage.compaction.level0_slowdown_writes_trigger',
    8,
    {min: 1, max: 1000},
    'Tables at level 0 from which on each group of writes is delayed by 1 ms.',
  ),
  count(
    'storage.compaction.level0_stop_writes_trigger',
    12,
    {min: 1, max: 1000},
    'Tables at level 0 from which on writers wait.',
  ),
  duration(
    'storage.retention.time',
    7 * DAY_MS,
    {min: SECOND_MS, max: 3650 * DAY_MS},
    'Age beyond which records may be removed.',
  ),
  size(
    'storage.retention.bytes',
    100 * GIB,
    {min: 16 * MIB, max: 1024 * TIB},
    'Bytes of log to keep; the oldest segments are recycled beyond it.',
  ),
  duration(
    'storage.cleanup_interval',
    5 * MINUTE_MS,
    {min: SECOND_MS, max: DAY_MS},
    'Time between two looks for what retention allows to remove.',
  ),
  Object.freeze({
    key: 'storage.use_direct_io',
    kind: 'boolean',
    default: false,
    reload: 'restart',
    meaning: 'Write and read the log past the page cache (O_DIRECT), in whole pages.',
  }),
  size(
    'storage.block_cache_size',
    512 * MIB,
    {min: 0, max: TIB},
    'Bytes of the cache of 64 KiB blocks for reads that the memtables cannot answer; 0 turns it off.',
  ),
]

const timeout: Limits = {min: 1, max: DAY_MS}
const socketBuffer: Limits = {min: KIB, max: 16 * MIB}

const server: readonly SettingDefinition[] = [
  text('server.host', '127.0.0.1', 'Address to listen on; anything but loopback is open to everyone who can reach it.'),
  port('server.port', 9092, 0, 'Port of the data protocol; 0 takes any free one.'),
  port('server.http_port', 8080, -1, 'Port of health, metrics and profiles; 0 takes any free one, -1 opens none.'),
  count('server.max_connections', 1000, {min: 1, max: 100_000}, 'Connections served at the same time.'),
  size(
    'server.read_buffer_size',
    32 * KIB,
    socketBuffer,
    'Bytes of one read from a connection, and of its requests that may wait before reading pauses. Not SO_RCVBUF, which Node cannot set.',
  ),
  size(
    'server.write_buffer_size',
    32 * KIB,
    socketBuffer,
    'Bytes of answers gathered before they are flushed, and left unread before a client has to wait. Not SO_SNDBUF, which Node cannot set.',
  ),
  duration('server.read_timeout', 30 * SECOND_MS, timeout, 'Longest time for a started request to arrive whole.'),
  duration('server.write_timeout', 30 * SECOND_MS, timeout, 'Longest time a client may leave an answer unread.'),
  duration(
    'server.idle_timeout',
    5 * MINUTE_MS,
    timeout,
    'Longest time between requests before a connection is closed.',
  ),
]

const producer: readonly SettingDefinition[] = [
  count('producer.batch_size', 100, {min: 1, max: 100_000}, 'Messages a client puts into one batch.'),
  duration('producer.batch_timeout', 50, {min: 0, max: MINUTE_MS}, 'Longest time a batch waits to fill.'),
  choice(
    'producer.compression',
    'snappy',
    ['none', 'gzip', 'snappy', 'lz4', 'zstd'],
    'How a client compresses its batches.',
  ),
  count('producer.max_retries', 3, {min: 0, max: 1000}, 'Times a refused batch is sent again.'),
  duration('producer.retry_backoff', 100, {min: 0, max: MINUTE_MS}, 'Wait before a batch is sent again.'),
]

const consumer: readonly SettingDefinition[] = [
  size('consumer.fetch_min_bytes', KIB, {min: 1, max: GIB}, 'Bytes worth an answer before fetch_max_wait is over.'),
  size('consumer.fetch_max_bytes', 10 * MIB, {min: 1, max: GIB}, 'Most bytes of one answer.'),
  duration('consumer.fetch_max_wait', 500, {min: 0, max: 5 * MINUTE_MS}, 'Longest wait for fetch_min_bytes.'),
  count('consumer.max_poll_records', 500, {min: 1, max: 1_000_000}, 'Most messages handed out by one poll.'),
]

/** Every key, in the order of the reference page. */
export const settingDefinitions: readonly SettingDefinition[] = [...storage, ...server, ...producer, ...consumer]

const byKey = new Map(settingDefinitions.map((definition) => [definition.key, definition]))

/** The definition of `key`, or undefined when there is no such key. */
export function settingDefinition(key: string): SettingDefinition | undefined {
  return byKey.get(key)
}

/** Prefixes that hold keys, such as `storage` and `storage.wal`. */
export const settingSections: ReadonlySet<string> = new Set(
  settingDefinitions.flatMap(({key}) => {
    const parts = key.split('.')
    return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('.'))
  }),
)

/** Pairs of keys of which the first must not be larger than the second. */
export const orderedSettings: readonly (readonly [string, string])[] = [
  ['storage.compaction.level0_file_num_compaction_trigger', 'storage.compaction.level0_slowdown_writes_trigger'],
  ['storage.compaction.level0_slowdown_writes_trigger', 'storage.compaction.level0_stop_writes_trigger'],
  ['consumer.fetch_min_bytes', 'consumer.fetch_max_bytes'],
]
