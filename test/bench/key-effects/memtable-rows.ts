import {join} from 'node:path'
import {freshTopic, produce} from '../drive.ts'
import {metricNames, startBroker, withFolder} from '../live-broker.ts'
import {burstAbsorbed} from './burst.ts'
import {as} from './formats.ts'
import type {KeyRow} from './key-row.ts'

const MIB = 2 ** 20
const WRITTEN = {valueBytes: 16_384, batch: 1, inFlight: 8, messagesMax: (40 * MIB) / 16_384}

export const memtableRows: readonly KeyRow[] = [
  {
    key: 'storage.memtable.max_size',
    low: '1MiB',
    high: '64MiB',
    workload: 'a burst against a disk of 4 MB/s; 40 MiB in batches of 16 KiB, then kill -9',
    figures: [
      {name: 'burst taken before a writer waits', as: 'ratio', withHigh: 'more', format: as.bytes},
      {name: 'memtables flushed', as: 'ratio', withHigh: 'less', format: as.count},
      {name: 'read at the start after the kill', as: 'difference', withHigh: 'more', format: as.bytes},
    ],
    measure: async (value) => {
      const settings = {'storage.memtable.max_size': value}
      const burst = await burstAbsorbed({...settings, 'storage.wal.segment_size': '256MiB'})
      return {'burst taken before a writer waits': burst, ...(await flushedAndReplayed(settings))}
    },
  },
  {
    key: 'storage.memtable.num_immutable',
    low: 1,
    high: 8,
    workload: 'memtables of 1 MiB; a burst against a disk of 4 MB/s',
    figures: [{name: 'burst taken before a writer waits', as: 'ratio', withHigh: 'more', format: as.bytes}],
    measure: async (value) => ({
      'burst taken before a writer waits': await burstAbsorbed({
        'storage.memtable.num_immutable': value,
        'storage.memtable.max_size': '1MiB',
        'storage.wal.segment_size': '128MiB',
      }),
    }),
  },
]

/** A killed broker replays what no flushed memtable covers; bytes that a start reads whatever it finds are in both. */
async function flushedAndReplayed(settings: Readonly<Record<string, string | number | boolean>>) {
  return withFolder(async (folder) => {
    const dataDir = join(folder, 'data')
    const first = await startBroker(settings, dataDir)
    let flushes: number
    try {
      const session = await first.connect()
      await produce(session, {...WRITTEN, topic: await freshTopic(session)})
      flushes = (await first.metrics()).sum(metricNames.flushes)
      await first.closeSessions()
    } finally {
      first.embedded.kill()
      await first.stop()
    }
    const second = await startBroker(settings, dataDir)
    try {
      const {readBytes} = await second.io()
      return {'memtables flushed': Math.max(1, flushes), 'read at the start after the kill': readBytes}
    } finally {
      await second.stop()
    }
  })
}
