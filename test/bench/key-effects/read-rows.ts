import {freshTopic, produce, readLog} from '../drive.ts'
import {type LiveBroker, type Settings, withBroker} from '../live-broker.ts'
import {as} from './formats.ts'
import type {KeyRow} from './key-row.ts'
import {randomFetches} from './raw-connection.ts'

const VALUE_BYTES = 4096
const MESSAGES = 16_384 // 64 MiB
const FETCHES = 4000
const SMALL: Settings = {'storage.memtable.max_size': '1MiB', 'storage.memtable.num_immutable': 1}

async function written(broker: LiveBroker): Promise<string> {
  const session = await broker.connect()
  const topic = await freshTopic(session)
  await produce(session, {topic, valueBytes: VALUE_BYTES, batch: 1, inFlight: 16, messagesMax: MESSAGES})
  return topic
}

export const readRows: readonly KeyRow[] = [
  {
    key: 'storage.use_direct_io',
    low: false,
    high: true,
    workload: '64 MiB of 4 KiB, read back at once without a block cache',
    figures: [
      {name: 'read from the device', as: 'difference', withHigh: 'more', format: as.bytes},
      {name: 'p50 of a random fetch', as: 'ratio', withHigh: 'more', format: as.time},
    ],
    measure: (value) =>
      withBroker({...SMALL, 'storage.use_direct_io': value, 'storage.block_cache_size': 0}, async (broker) => {
        const topic = await written(broker)
        const before = await broker.io()
        await readLog(await broker.connect(), topic, MESSAGES)
        const after = await broker.io()
        return {
          'read from the device': after.deviceReadBytes - before.deviceReadBytes,
          'p50 of a random fetch': (await randomFetches(broker, topic, MESSAGES, FETCHES / 4)).p50Ns,
        }
      }),
  },
  {
    key: 'storage.block_cache_size',
    low: 0,
    high: '128MiB',
    workload: '64 MiB of 4 KiB with direct I/O; random fetches, the second time the same',
    figures: [
      {name: 'read from the device', as: 'difference', withHigh: 'less', format: as.bytes},
      {name: 'p50 of a fetch', as: 'ratio', withHigh: 'less', format: as.time},
    ],
    measure: (value) =>
      withBroker({...SMALL, 'storage.use_direct_io': true, 'storage.block_cache_size': value}, async (broker) => {
        const topic = await written(broker)
        await randomFetches(broker, topic, MESSAGES, FETCHES)
        const before = await broker.io()
        const {p50Ns} = await randomFetches(broker, topic, MESSAGES, FETCHES)
        const after = await broker.io()
        return {'read from the device': after.deviceReadBytes - before.deviceReadBytes, 'p50 of a fetch': p50Ns}
      }),
  },
]
