import {expect, test} from 'vitest'
import {resolveSettings} from './load.ts'
import {readSettingsFile} from './read-file.ts'
import {writtenValue} from './values.ts'

// The three blocks of the performance guide, typed by hand.
const blocks = {
  throughput: {
    'storage.wal.segment_size': 1073741824,
    'storage.wal.fsync_policy': 'interval',
    'storage.wal.fsync_interval': '1s',
    'storage.memtable.max_size': 134217728,
    'storage.memtable.num_immutable': 4,
    'server.max_connections': 10000,
    'server.read_buffer_size': 65536,
    'server.write_buffer_size': 65536,
    'producer.batch_size': 1000,
    'producer.batch_timeout': '100ms',
    'producer.compression': 'lz4',
  },
  latency: {
    'storage.wal.segment_size': 536870912,
    'storage.wal.fsync_policy': 'always',
    'storage.memtable.max_size': 67108864,
    'storage.memtable.num_immutable': 2,
    'server.read_buffer_size': 8192,
    'server.write_buffer_size': 8192,
    'producer.batch_size': 10,
    'producer.batch_timeout': '10ms',
    'producer.compression': 'none',
  },
  balanced: {
    'storage.wal.segment_size': 536870912,
    'storage.wal.fsync_policy': 'interval',
    'storage.wal.fsync_interval': '500ms',
    'storage.memtable.max_size': 67108864,
    'storage.memtable.num_immutable': 2,
    'producer.batch_size': 100,
    'producer.batch_timeout': '50ms',
    'producer.compression': 'snappy',
  },
}

test.each(Object.entries(blocks))('the profile %s is the block of the guide', async (name, block) => {
  const path = new URL(`../../profiles/${name}.yaml`, import.meta.url).pathname
  const {entries, warnings} = resolveSettings({file: await readSettingsFile(path)})
  const inFile = entries.filter(({source}) => source === 'file')
  const values = inFile.map(({definition, value}) => [definition.key, writtenValue(definition, value)])
  expect(Object.fromEntries(values)).toEqual(block)
  expect(warnings).toEqual([])
})

test('the balanced profile changes nothing', async () => {
  const path = new URL('../../profiles/balanced.yaml', import.meta.url).pathname
  const {entries} = resolveSettings({file: await readSettingsFile(path)})
  for (const {definition, value} of entries) expect(value, definition.key).toBe(definition.default)
})
