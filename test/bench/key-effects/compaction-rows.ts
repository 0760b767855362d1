import {freshTopic, produce} from '../drive.ts'
import {type BrokerMetrics, metricNames, type Settings, withBroker} from '../live-broker.ts'
import {as} from './formats.ts'
import type {KeyRow} from './key-row.ts'
import {randomFetches} from './raw-connection.ts'

const TRIGGER = 'storage.compaction.level0_file_num_compaction_trigger'
const SLOWDOWN = 'storage.compaction.level0_slowdown_writes_trigger'
const STOP = 'storage.compaction.level0_stop_writes_trigger'
const HIGHEST = 1000
const TINY: Settings = {'storage.memtable.max_size': '1MiB'}
const TWO = 2 // partitions in turn and unbatched: every message is a run of its own, so tables are as large as they get
const FETCHES = 400

export const compactionRows: readonly KeyRow[] = [
  {
    key: 'storage.compaction.max_level',
    low: 1,
    high: 7,
    workload: 'memtables of 1 MiB, merged from 2 on; 400,000 messages of 100 B to 2 partitions in turn, unbatched',
    figures: [
      {name: 'deepest level', as: 'difference', withHigh: 'more', format: as.count},
      {name: 'bytes of tables written', as: 'ratio', withHigh: 'other', format: as.bytes},
    ],
    measure: (value) =>
      afterManyRuns({...TINY, 'storage.compaction.max_level': value, [TRIGGER]: 2}, 400_000, async (metrics) => ({
        'deepest level': deepestLevel(metrics),
        'bytes of tables written': metrics.sum(metricNames.compactionWrittenBytes),
      })),
  },
  {
    key: TRIGGER,
    low: 2,
    high: 100,
    usual: [2, 8], // at most the slow-down's default
    workload: 'memtables of 1 MiB, no block cache, direct I/O; 100,000 messages as above; then random fetches',
    figures: [
      {name: 'tables at level 0', as: 'difference', withHigh: 'more', format: as.count},
      {name: 'bytes of tables merged', as: 'difference', withHigh: 'less', format: as.bytes},
      {name: 'p50 of a cold fetch', as: 'ratio', withHigh: 'more', format: as.time},
    ],
    measure: (value) => {
      const settings = {...TINY, [TRIGGER]: value, [SLOWDOWN]: HIGHEST, [STOP]: HIGHEST}
      const cold = {'storage.block_cache_size': 0, 'storage.use_direct_io': true}
      return afterManyRuns({...settings, ...cold}, 100_000, async (metrics, fetch) => ({
        'tables at level 0': metrics.sumOrZero(metricNames.levelTables, 'level="0"'),
        'bytes of tables merged': metrics.sum(metricNames.compactionWrittenBytes),
        'p50 of a cold fetch': (await fetch()).p50Ns,
      }))
    },
  },
  {
    key: SLOWDOWN,
    low: 1,
    high: HIGHEST,
    usual: [4, 12], // between the defaults of its neighbours
    workload: 'the same with a merge at every table',
    figures: [
      {name: 'time that writers were slowed down', as: 'difference', withHigh: 'less', format: as.time},
      {name: 'rate', as: 'ratio', withHigh: 'more', format: as.rate},
    ],
    measure: (value) =>
      afterManyRuns({...TINY, [TRIGGER]: 1, [SLOWDOWN]: value, [STOP]: HIGHEST}, 200_000, async (metrics, _, rate) => ({
        'time that writers were slowed down': metrics.sum(metricNames.stallSeconds, 'cause="slowdown"') * 1e9,
        rate,
      })),
  },
  {
    key: STOP,
    low: 1,
    high: HIGHEST,
    usual: [8, HIGHEST], // at least the slow-down's default
    workload: 'the same, slowed down at every table',
    figures: [
      {name: 'time that writers were stopped', as: 'difference', withHigh: 'less', format: as.time},
      {name: 'rate', as: 'ratio', withHigh: 'more', format: as.rate},
    ],
    measure: (value) =>
      afterManyRuns({...TINY, [TRIGGER]: 1, [SLOWDOWN]: 1, [STOP]: value}, 200_000, async (metrics, _, rate) => ({
        'time that writers were stopped': metrics.sum(metricNames.stallSeconds, 'cause="stop"') * 1e9,
        rate,
      })),
  },
]

type Look = (
  metrics: BrokerMetrics,
  fetch: () => ReturnType<typeof randomFetches>,
  perSec: number,
) => Promise<Readonly<Record<string, number>>>

function afterManyRuns(settings: Settings, messages: number, look: Look) {
  return withBroker(settings, async (broker) => {
    const session = await broker.connect()
    const topic = await freshTopic(session, TWO)
    const shape = {topic, partitions: TWO, valueBytes: 100, batch: 1, inFlight: 128}
    const {perSec} = await produce(session, {...shape, messagesMax: messages})
    const fetch = () => randomFetches(broker, topic, messages / TWO, FETCHES)
    return look(await broker.metrics(), fetch, perSec)
  })
}

function deepestLevel(metrics: BrokerMetrics): number {
  let deepest = 0
  for (let level = 1; level <= 16; level += 1) {
    if (metrics.sumOrZero(metricNames.levelTables, `level="${level}"`) > 0) deepest = level
  }
  return deepest
}
