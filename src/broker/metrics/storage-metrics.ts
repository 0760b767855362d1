import type {StorageStats} from '../storage/storage-stats.ts'
import {counter, gauge, labelled, type MetricFamily} from './exposition.ts'

/** What the log, its memtables, tables and cache hold and did. */
export function storageFamilies(stats: StorageStats): MetricFamily[] {
  return [...logFamilies(stats), ...memtableFamilies(stats), ...tableFamilies(stats), ...cacheFamilies(stats)]
}

function logFamilies(stats: StorageStats): MetricFamily[] {
  const {groups, stalls} = stats
  const causes = Object.entries(stalls)
  return [
    gauge(
      'streambus_storage_used_bytes',
      'Bytes that the files of the log and of its pool take on the disk.',
      stats.usedBytes,
    ),
    gauge(
      'streambus_storage_available_bytes',
      'Bytes free on the disk of the log, at most 5 s ago.',
      stats.availableBytes,
    ),
    gauge('streambus_segments', 'Segments of the log.', stats.segments),
    counter('streambus_segments_freed_total', 'Segments that retention took out of the log.', stats.freedSegments),
    counter('streambus_messages_stored_total', 'Messages appended to the log.', stats.messagesStored),
    counter('streambus_bytes_stored_total', 'Bytes of batches appended to the log.', stats.bytesStored),
    gauge('streambus_storage_last_record', 'Number of the last record of the log.', stats.lastLsn),
    gauge('streambus_storage_last_synced_record', 'Number of the last record that a sync covers.', stats.lastSyncedLsn),
    counter(
      'streambus_storage_groups_total',
      'Writes of the log: each holds what came while the last one was under way.',
      groups.count,
    ),
    counter(
      'streambus_storage_group_bytes_total',
      'Bytes of those writes; by their number, the size of a group.',
      groups.bytes,
    ),
    counter(
      'streambus_storage_pad_bytes_total',
      'Bytes that direct I/O added to fill groups up to whole pages.',
      stats.padBytes,
    ),
    labelled(
      'counter',
      'streambus_storage_stalls_total',
      'Times that writers had to wait, by cause.',
      'cause',
      causes.map(([cause, {count}]) => [cause, count]),
    ),
    labelled(
      'counter',
      'streambus_storage_stall_seconds_total',
      'Time that writers had to wait, by cause.',
      'cause',
      causes.map(([cause, {ns}]) => [cause, ns / 1e9]),
    ),
  ]
}

function memtableFamilies({memtable}: StorageStats): MetricFamily[] {
  return [
    gauge('streambus_memtable_active_bytes', 'Bytes in the memtable that takes writes.', memtable.activeBytes),
    gauge(
      'streambus_memtable_limit_bytes',
      'Bytes at which it rotates: max_size for each partition that holds data.',
      memtable.limitBytes,
    ),
    gauge('streambus_memtable_immutables', 'Memtables that wait for their flush.', memtable.immutables),
    counter('streambus_memtable_rotations_total', 'Memtables that became full.', memtable.rotations),
    counter('streambus_memtable_flushes_total', 'Memtables that were flushed.', memtable.flushes),
  ]
}

function tableFamilies({levels, compactions}: StorageStats): MetricFamily[] {
  return [
    labelled(
      'gauge',
      'streambus_level_tables',
      'Index tables of a level.',
      'level',
      levels.map(({tables}, level) => [String(level), tables]),
    ),
    labelled(
      'gauge',
      'streambus_level_bytes',
      'Bytes of the index tables of a level.',
      'level',
      levels.map(({bytes}, level) => [String(level), bytes]),
    ),
    counter('streambus_compactions_total', 'Merges of index tables that were finished.', compactions.count),
    counter('streambus_compactions_failed_total', 'Merges that failed and are tried again.', compactions.failed),
    counter('streambus_compaction_read_bytes_total', 'Bytes of index tables that merges read.', compactions.readBytes),
    counter(
      'streambus_compaction_written_bytes_total',
      'Bytes of index tables that merges wrote.',
      compactions.writtenBytes,
    ),
  ]
}

function cacheFamilies({cache}: StorageStats): MetricFamily[] {
  return [
    gauge('streambus_block_cache_bytes', 'Bytes of blocks in the cache.', cache.bytes),
    counter('streambus_block_cache_hits_total', 'Blocks that were in the cache.', cache.hits),
    counter('streambus_block_cache_misses_total', 'Blocks that had to be read.', cache.misses),
    counter('streambus_block_cache_evictions_total', 'Blocks that made room for others.', cache.evictions),
    counter(
      'streambus_block_cache_read_ahead_bytes_total',
      'Bytes read before a sequential reader asked for them.',
      cache.readAheadBytes,
    ),
  ]
}
