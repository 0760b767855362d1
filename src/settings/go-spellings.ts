/**
 * The names that files of the Go broker use, from its `config/broker.yaml`, its tuning page
 * (`docs/PERFORMANCE_TUNING.md`) and its Kubernetes files: those that have a counterpart here are read as that, the
 * others are named with the reason why they change nothing. (The Go broker itself reads neither.)
 */

/** What a value of the Go broker's key says in ours. */
export interface GoSpelling {
  /** Our keys with what to read as written for them; the value as it stands where it cannot be converted. */
  read(written: unknown): readonly (readonly [key: string, written: unknown])[]
  readonly keys: readonly string[]
  readonly remark?: string // what is not the same
}

type Convert = (written: unknown) => unknown

const asIs: Convert = (written) => written
const whole = (written: unknown): string | undefined => (/^\d+$/.test(String(written)) ? String(written) : undefined)
const withUnit =
  (unit: string): Convert =>
  (written) =>
    whole(written) === undefined ? written : `${whole(written)}${unit}`
/** -1 is "no limit" there; ours is the largest value that the key takes. */
const unlimited =
  (most: string, convert: Convert): Convert =>
  (written) =>
    String(written) === '-1' ? most : convert(written)
const policy: Convert = (written) => ({periodic: 'interval', none: 'never'})[String(written)] ?? written

function as(key: string, convert: Convert = asIs, remark?: string): GoSpelling {
  return {read: (written) => [[key, convert(written)]], keys: [key], ...(remark !== undefined && {remark})}
}

/** `0.0.0.0:9092` as host and port. */
const address: GoSpelling = {
  keys: ['server.host', 'server.port'],
  read: (written) => {
    const [, host, port] = /^(.*):(\d+)$/.exec(String(written)) ?? []
    if (host === undefined || port === undefined) return [['server.host', written]]
    return host === ''
      ? [['server.port', port]]
      : [
          ['server.host', host],
          ['server.port', port],
        ]
  },
}

const wholeLog = 'for the whole log here, not for each partition'
const notTheSocket = "the connection's own buffer: Node cannot set SO_RCVBUF and SO_SNDBUF"

const spellings = new Map<string, GoSpelling>([
  // config/broker.yaml
  ['storage.wal.fsync', as('storage.wal.fsync_policy', policy)],
  ['storage.wal.fsync_interval_ms', as('storage.wal.fsync_interval', withUnit('ms'))],
  ['storage.lsm.memtable_size', as('storage.memtable.max_size')],
  ['storage.lsm.num_memtables', as('storage.memtable.num_immutable')],
  ['storage.cache.block_cache_size', as('storage.block_cache_size')],
  ['performance.socket_send_buffer_bytes', as('server.write_buffer_size', asIs, notTheSocket)],
  ['performance.socket_receive_buffer_bytes', as('server.read_buffer_size', asIs, notTheSocket)],
  ['topics.retention.time_hours', as('storage.retention.time', unlimited('87600h', withUnit('h')))],
  ['topics.retention.size_bytes', as('storage.retention.bytes', unlimited('1024TiB', asIs), wholeLog)],
  ['producers.linger_ms', as('producer.batch_timeout', withUnit('ms'))],
  ['producers.compression', as('producer.compression')],
  ['consumers.fetch_min_bytes', as('consumer.fetch_min_bytes')],
  ['consumers.fetch_max_bytes', as('consumer.fetch_max_bytes')],
  ['consumers.fetch_max_wait_ms', as('consumer.fetch_max_wait', withUnit('ms'))],
  ['admin.port', as('server.http_port')],
  // docs/PERFORMANCE_TUNING.md
  ['server.maxConnections', as('server.max_connections')],
  ['server.idleTimeout', as('server.idle_timeout')],
  ['storage.syncInterval', as('storage.wal.fsync_interval')],
  ['storage.cacheSize', as('storage.block_cache_size')],
  // config/security and deploy/kubernetes
  ['data_dir', as('storage.data_dir')],
  ['server.data_dir', as('storage.data_dir')],
  ['server.address', address],
  ['server.listen', address],
  ['storage.wal_sync', as('storage.wal.fsync_policy', policy)],
  ['storage.wal_sync_interval', as('storage.wal.fsync_interval')],
  ['storage.memtable_flush_threshold', as('storage.memtable.max_size')],
  ['storage.retention.max_age', as('storage.retention.time')],
  ['storage.retention.max_bytes', as('storage.retention.bytes')],
  ['network.socket_send_buffer', as('server.write_buffer_size', asIs, notTheSocket)],
  ['network.socket_receive_buffer', as('server.read_buffer_size', asIs, notTheSocket)],
  ['health.port', as('server.http_port')],
  ['metrics.port', as('server.http_port')],
])

const alone = 'one process, without consensus or replicas'
const oneLoop = 'one event loop serves all connections'
const ofTheProtocol = 'the protocol allows requests of up to 10 MiB'
const shape = 'the index has one shape: leveled, each level ten times the one above'
const insecure = 'no encryption, authentication or access control: keep it on loopback'
const always = 'metrics, health and profiles are always on server.http_port, lines for people on stderr'

/** Sections and keys of the Go broker without a counterpart; the first that fits says why. */
const ignored: readonly (readonly [key: string, why: string])[] = [
  ['broker_id', alone],
  ['raft_data_dir', alone],
  ['server.broker_id', alone],
  ['server.grpc_port', alone],
  ['cluster', alone],
  ['raft', alone],
  ['replication', alone],
  ['security', insecure],
  ['enable_multi_tenancy', insecure],
  ['server.workerThreads', oneLoop],
  ['server.ioThreads', oneLoop],
  ['server.keepAliveTime', 'server.idle_timeout ends connections that ask nothing'],
  ['server.keepAliveTimeout', 'server.idle_timeout ends connections that ask nothing'],
  ['server.maxIdleConns', 'server.idle_timeout ends connections that ask nothing'],
  ['server.connection_timeout', 'server.read_timeout and server.idle_timeout say how long'],
  ['server.log_level', always],
  ['storage.lsm.block_size', shape],
  ['storage.lsm.bloom_filter_fp_rate', shape],
  ['storage.compaction.strategy', shape],
  ['storage.compaction.max_concurrent', shape],
  ['storage.compaction.size_ratio', shape],
  ['storage.compaction_policy', shape],
  ['storage.max_sstable_size', shape],
  ['storage.compactionInterval', 'tables at level 0 start a compaction, not time'],
  ['storage.compactionThreshold', 'tables at level 0 start a compaction, not time'],
  ['storage.cache.index_cache_size', 'index blocks share storage.block_cache_size'],
  ['storage.indexCacheSize', 'index blocks share storage.block_cache_size'],
  ['performance.max_request_size', ofTheProtocol],
  ['network.max_request_size', ofTheProtocol],
  ['performance', oneLoop],
  ['producers.batch_size', 'counts bytes there; producer.batch_size counts messages'],
  ['producers', 'its client does that; ours does not'],
  ['consumers', 'its client does that; ours does not'],
  ['consumer_groups', 'the protocol has no groups'],
  ['topics', 'a topic is made by its first use with one partition, or as its client asks'],
  ['admin', 'there is no admin API'],
  ['observability', always],
  ['health', always],
  ['metrics', always],
  ['tracing', always],
  ['profiling', always],
]

/** How to read `key` of the Go broker as ours, or undefined when it is no such key. */
export function goSpelling(key: string): GoSpelling | undefined {
  return spellings.get(key)
}

/** Why `key` of the Go broker, or a section that it is in, changes nothing here; undefined for any other key. */
export function whyIgnored(key: string): string | undefined {
  return ignored.find(([name]) => key === name || key.startsWith(`${name}.`))?.[1]
}

/** Prefixes that hold keys which are read or named one by one: `topics.retention`. */
export const goSections: ReadonlySet<string> = new Set(
  [...spellings.keys(), ...ignored.map(([name]) => name)].flatMap((key) => {
    const parts = key.split('.')
    return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('.'))
  }),
)

/** Every name that is read, for the reference page. */
export const goSpellings: ReadonlyMap<string, GoSpelling> = spellings
/** Every section and key that is named as unused, with the reason. */
export const goKeysIgnored = ignored
