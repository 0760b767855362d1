import {expect, test} from 'vitest'
import {settingDefinitions, settingSections} from './schema.ts'
import {parseSettingValue, writtenValue} from './values.ts'

// Typed by hand from the YAML blocks of the performance guide, in the guide's own spelling.
const keysOfTheGuide = [
  'storage.wal.segment_size',
  'storage.wal.fsync_policy',
  'storage.wal.fsync_interval',
  'storage.memtable.max_size',
  'storage.memtable.num_immutable',
  'server.max_connections',
  'server.read_buffer_size',
  'server.write_buffer_size',
  'server.read_timeout',
  'server.write_timeout',
  'server.idle_timeout',
  'producer.batch_size',
  'producer.batch_timeout',
  'producer.compression',
  'producer.max_retries',
  'producer.retry_backoff',
  'consumer.fetch_min_bytes',
  'consumer.fetch_max_bytes',
  'consumer.fetch_max_wait',
  'consumer.max_poll_records',
  'storage.compaction.max_level',
  'storage.compaction.level0_file_num_compaction_trigger',
  'storage.compaction.level0_slowdown_writes_trigger',
  'storage.compaction.level0_stop_writes_trigger',
  'storage.retention.time',
  'storage.retention.bytes',
  'storage.cleanup_interval',
  'storage.block_cache_size',
  'storage.use_direct_io',
]
const keysOfTheBroker = ['storage.data_dir', 'server.host', 'server.port', 'server.http_port']

test('every key of the guide is in the schema, and nothing else', () => {
  expect(settingDefinitions.map(({key}) => key).sort()).toEqual([...keysOfTheGuide, ...keysOfTheBroker].sort())
})

test('every default and every limit, written and read again, stays what it is', () => {
  for (const definition of settingDefinitions) {
    for (const value of [definition.default, definition.min, definition.max]) {
      if (value === undefined) continue
      const again = parseSettingValue(definition, writtenValue(definition, value))
      expect(again, definition.key).toEqual({ok: true, value})
    }
  }
})

test('sections are the prefixes of keys', () => {
  expect([...settingSections].sort()).toEqual([
    'consumer',
    'producer',
    'server',
    'storage',
    'storage.compaction',
    'storage.memtable',
    'storage.retention',
    'storage.wal',
  ])
})
