import {expect, test} from 'vitest'
import {resolveSettings} from './load.ts'
import {brokerSettingsFrom, configurationEntries, defaultBrokerSettings} from './resolved.ts'

test('the default broker listens on loopback with the values of the guide', () => {
  expect(defaultBrokerSettings({storage: {dataDir: '/d', wal: {fsyncPolicy: 'always'}}, server: {port: 0}})).toEqual({
    server: {
      host: '127.0.0.1',
      port: 0,
      httpPort: 8080,
      maxConnections: 1000,
      readBufferBytes: 32768,
      writeBufferBytes: 32768,
      readTimeoutMs: 30_000,
      writeTimeoutMs: 30_000,
      idleTimeoutMs: 300_000,
    },
    storage: {
      dataDir: '/d',
      wal: {segmentBytes: 536870912, fsyncPolicy: 'always', fsyncIntervalMs: 500},
      memtable: {maxBytes: 67108864, immutableMax: 2},
      compaction: {maxLevel: 7, level0CompactionTrigger: 4, level0SlowdownTrigger: 8, level0StopTrigger: 12},
      retentionBytes: 107374182400,
      retentionTimeMs: 604_800_000,
      cleanupIntervalMs: 300_000,
      useDirectIo: false,
      blockCacheBytes: 536870912,
    },
  })
})

test('a file reaches the broker', () => {
  const text = 'storage: {wal: {segment_size: 64MiB, fsync_interval: 20ms}}\nserver: {http_port: -1}'
  const settings = brokerSettingsFrom(resolveSettings({file: {path: 'f', text}}))
  expect(settings.storage.wal).toEqual({segmentBytes: 67108864, fsyncPolicy: 'interval', fsyncIntervalMs: 20})
  expect(settings.server.httpPort).toBe(-1)
})

test('entries hold the keys of a broker as a file would write them', () => {
  const entries = configurationEntries(
    resolveSettings({flags: [{key: 'storage.wal.fsync_interval', flag: '--x', value: '1s'}]}),
  )
  expect(entries).toContainEqual({key: 'storage.wal.fsync_interval', value: '1s', source: 'flag'})
  expect(entries).toContainEqual({key: 'storage.wal.segment_size', value: 536870912, source: 'default'})
  expect(entries.map(({key}) => key)).not.toContain('producer.batch_size')
})
