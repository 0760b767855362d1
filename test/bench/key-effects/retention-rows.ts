import {setTimeout as sleep} from 'node:timers/promises'
import {freshTopic, produce} from '../drive.ts'
import {type Settings, withBroker} from '../live-broker.ts'
import {as} from './formats.ts'
import type {KeyRow} from './key-row.ts'

const VALUE_BYTES = 65_536
const WRITTEN_BYTES = 96 * 2 ** 20
const SEGMENTS: Settings = {'storage.wal.segment_size': '16MiB', 'storage.memtable.max_size': '1MiB'}

/** What of 96 MiB can still be read after `waitMs`. */
function heldAfter(settings: Settings, waitMs: number): Promise<Readonly<Record<string, number>>> {
  return withBroker({...SEGMENTS, ...settings}, async (broker) => {
    const session = await broker.connect()
    const topic = await freshTopic(session)
    const messagesMax = WRITTEN_BYTES / VALUE_BYTES
    await produce(session, {topic, valueBytes: VALUE_BYTES, batch: 1, inFlight: 8, messagesMax})
    await sleep(waitMs)
    const {start, end} = await session.offsetsOf(topic, 0)
    return {'bytes still held': (end - start) * VALUE_BYTES}
  })
}

const held = {name: 'bytes still held', as: 'difference', withHigh: 'more', format: as.bytes} as const

export const retentionRows: readonly KeyRow[] = [
  {
    key: 'storage.retention.time',
    low: '1s',
    high: '1h',
    workload: '96 MiB in segments of 16 MiB, a look every second, 3.5 s later',
    repetitions: 3,
    figures: [held],
    measure: (value) => heldAfter({'storage.retention.time': value, 'storage.cleanup_interval': '1s'}, 3500),
  },
  {
    key: 'storage.retention.bytes',
    low: '16MiB',
    high: '1GiB',
    workload: '96 MiB in segments of 16 MiB',
    figures: [held],
    measure: (value) => heldAfter({'storage.retention.bytes': value, 'storage.cleanup_interval': '1s'}, 1500),
  },
  {
    key: 'storage.cleanup_interval',
    low: '1s',
    high: '1h',
    workload: '96 MiB that may go after 1 s, 3.5 s later',
    repetitions: 3,
    figures: [held],
    measure: (value) => heldAfter({'storage.retention.time': '1s', 'storage.cleanup_interval': value}, 3500),
  },
]
