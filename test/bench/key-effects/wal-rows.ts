import {setTimeout as sleep} from 'node:timers/promises'
import {freshTopic, produce} from '../drive.ts'
import {metricNames, withBroker} from '../live-broker.ts'
import {as} from './formats.ts'
import type {KeyRow} from './key-row.ts'

const MIB = 2 ** 20
const LARGE = {valueBytes: 65_536, batch: 1, inFlight: 8}

/** Where the log lies, how it is cut and when it is synced. */
export const walRows: readonly KeyRow[] = [
  {
    key: 'storage.data_dir',
    low: 'first',
    high: 'second',
    workload: 'a broker in each folder; files of a log in the second',
    figures: [{name: 'segment files in `second`', as: 'difference', withHigh: 'more', format: as.count}],
    measure: (value) =>
      withBroker({}, async (other) => {
        const folders = {'storage.data_dir': `${other.dataDir}-${value}`}
        return withBroker(folders, async (broker) => {
          const second = `../${other.dataDir.split('/').at(-1)}-second/log`
          const files = (await other.files(second)).length
          if (broker.dataDir !== folders['storage.data_dir']) throw new Error(`it stores in ${broker.dataDir}`)
          return {'segment files in `second`': files}
        })
      }),
  },
  {
    key: 'storage.wal.segment_size',
    low: '16MiB',
    high: '128MiB',
    workload: '192 MiB in batches of 64 KiB',
    figures: [
      {name: 'segments of the log', as: 'ratio', withHigh: 'less', format: as.count},
      {name: 'longest time without an acknowledgement', as: 'ratio', withHigh: 'less', format: as.time},
    ],
    measure: (value) =>
      withBroker({'storage.wal.segment_size': value}, async (broker) => {
        const session = await broker.connect()
        const topic = await freshTopic(session)
        const seen = await produce(session, {...LARGE, topic, messagesMax: (192 * MIB) / LARGE.valueBytes})
        const files = await broker.files('log')
        return {
          'segments of the log': files.length,
          'longest time without an acknowledgement': seen.longestSilenceNs,
        }
      }),
  },
  {
    key: 'storage.wal.fsync_policy',
    low: 'never',
    high: 'always',
    workload: 'unbatched 100 B, 1 in flight',
    figures: [
      {name: 'rate', as: 'ratio', withHigh: 'less', format: as.rate},
      {name: 'p50 of an acknowledgement', as: 'ratio', withHigh: 'more', format: as.time},
    ],
    measure: (value) =>
      withBroker({'storage.wal.fsync_policy': value}, async (broker) => {
        const session = await broker.connect()
        const topic = await freshTopic(session)
        const shape = {topic, valueBytes: 100, batch: 1, inFlight: 1}
        await produce(session, {...shape, secondsMax: 0.2})
        const {perSec, serviceP50Ns} = await produce(session, {...shape, secondsMax: 0.8})
        return {rate: perSec, 'p50 of an acknowledgement': serviceP50Ns}
      }),
  },
  {
    key: 'storage.wal.fsync_interval',
    low: '10ms',
    high: '500ms',
    workload: 'unbatched 4 KiB, 1 in flight, for 1.5 s',
    figures: [
      {name: 'syncs', as: 'ratio', withHigh: 'less', format: as.count},
      {name: 'records not synced yet, most seen', as: 'ratio', withHigh: 'more', format: as.count},
    ],
    measure: (value) =>
      withBroker({'storage.wal.fsync_interval': value}, async (broker) => {
        const session = await broker.connect()
        const topic = await freshTopic(session)
        const syncsBefore = (await broker.metrics()).sum(metricNames.syncs)
        let [isDone, atRisk] = [false, 0]
        const sending = produce(session, {topic, valueBytes: 4096, batch: 1, inFlight: 1, secondsMax: 1.5})
        const watched = sending.finally(() => {
          isDone = true
        })
        while (!isDone) {
          const metrics = await broker.metrics()
          atRisk = Math.max(atRisk, metrics.sum(metricNames.lastRecord) - metrics.sum(metricNames.lastSyncedRecord))
          await sleep(5)
        }
        await watched
        const syncs = (await broker.metrics()).sum(metricNames.syncs) - syncsBefore
        return {syncs, 'records not synced yet, most seen': atRisk}
      }),
  },
]
