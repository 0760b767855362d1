import {entryUrl} from '../../../src/base/entries.ts'
import {seededRandom} from '../../../src/base/random.ts'
import {runLoad} from '../../../src/load/run-load.ts'
import {clientOf} from '../client-keys.ts'
import {freshTopic, produce} from '../drive.ts'
import {type LiveBroker, nowNs, type Settings, withBroker} from '../live-broker.ts'
import {as} from './formats.ts'
import type {KeyRow} from './key-row.ts'
import {type CountingProxy, openProxy} from './proxy.ts'

const REFUSALS = 3
/** Lines as a web server logs them. */
const random = seededRandom(7)
const TEXT = Buffer.from(
  Array.from({length: 4000}, () => {
    const [address, order, took] = [random(), random(), random()].map((share) => Math.floor(share * 1e6))
    return `10.0.${address! % 251}.${address! % 241} GET /api/orders/${order} 200 ${took} us\n`
  }).join(''),
)

async function withProxy<T>(
  refusals: number,
  use: (broker: LiveBroker, proxy: CountingProxy) => Promise<T>,
): Promise<T> {
  return withBroker({}, async (broker) => {
    const proxy = await openProxy(broker, refusals)
    try {
      return await use(broker, proxy)
    } finally {
      await broker.closeSessions()
      proxy.close()
    }
  })
}

/** One message by way of a proxy that refuses the first ones. */
function sendRefused(settings: Settings): Promise<{readonly isTaken: boolean; readonly tookNs: number}> {
  return withProxy(REFUSALS, async (broker, proxy) => {
    const session = await broker.connect(clientOf(settings), proxy)
    const topic = await freshTopic(session)
    const fromNs = nowNs()
    const one = produce(session, {topic, valueBytes: 100, batch: 1, inFlight: 1, messagesMax: 1})
    const isTaken = await one.then(
      () => true,
      () => false,
    )
    return {isTaken, tookNs: nowNs() - fromNs}
  })
}

export const producerRows: readonly KeyRow[] = [
  {
    key: 'producer.batch_size',
    low: 1,
    high: 100,
    workload: '100 B, 8 batches in flight',
    figures: [{name: 'rate', as: 'ratio', withHigh: 'more', format: as.rate}],
    measure: (value) =>
      withBroker({}, async (broker) => {
        const session = await broker.connect()
        const topic = await freshTopic(session)
        const shape = {topic, valueBytes: 100, batch: Number(value), inFlight: 8}
        await produce(session, {...shape, secondsMax: 0.3})
        return {rate: (await produce(session, {...shape, secondsMax: 0.7})).perSec}
      }),
  },
  {
    key: 'producer.batch_timeout',
    low: '5ms',
    high: '100ms',
    workload: 'batches of 1,000, filled by 2,000 messages a second',
    figures: [
      {name: 'p50 of the response time', as: 'ratio', withHigh: 'more', format: as.time},
      {name: 'p50 of the batching delay', as: 'ratio', withHigh: 'more', format: as.time},
    ],
    measure: (value) =>
      withBroker({}, async ({embedded}) => {
        const entry = entryUrl(new URL('../../../src/app/any.ts', import.meta.url).href, './load-worker')
        const {error, times} = await runLoad(
          {
            workload: {
              kind: 'latency',
              arrival: {model: 'open', process: 'constant', ratePerSec: 2000},
              message: {sizeBytes: 100, batchMessages: 1000},
              topology: {topics: 1, partitions: 1, producers: 1, consumers: 0},
              phases: {warmUpNs: 0.5e9, measureNs: 1.5e9, drainNsMax: 5e9},
              samples: {count: 1, seed: 1},
              client: clientOf({'producer.batch_timeout': value}),
            },
            driver: 'streambus',
            host: embedded.host,
            port: embedded.port,
            topic: 'timeout',
            seed: 1,
            ledger: 'full',
          },
          entry,
          {signal: new AbortController().signal, onProgress: () => {}},
        )
        if (error !== undefined) throw new Error(error.message)
        return {
          'p50 of the response time': times.responseTime?.p50Ns ?? Number.NaN,
          'p50 of the batching delay': times.batchingDelay?.p50Ns ?? Number.NaN,
        }
      }),
  },
  {
    key: 'producer.compression',
    low: 'none',
    high: 'snappy',
    workload: 'lines of a log, 1 KiB x 100',
    figures: [
      {name: 'bytes sent a message', as: 'ratio', withHigh: 'less', format: as.bytes},
      {name: 'rate', as: 'ratio', withHigh: 'other', format: as.rate},
    ],
    measure: (value) =>
      withProxy(0, async (broker, proxy) => {
        const client = clientOf({'producer.compression': value})
        const counted = await broker.connect(client, proxy)
        const topic = await freshTopic(counted)
        const shape = {topic, valueBytes: 1024, batch: 100, inFlight: 4, text: TEXT}
        const {messages} = await produce(counted, {...shape, messagesMax: 5000})
        const session = await broker.connect(client)
        await produce(session, {...shape, secondsMax: 0.3})
        const {perSec} = await produce(session, {...shape, secondsMax: 0.5})
        return {'bytes sent a message': proxy.seen.produceBytes / messages, rate: perSec}
      }),
  },
  {
    key: 'producer.max_retries',
    low: 0,
    high: 5,
    workload: `a message that is refused ${REFUSALS} times, by a proxy`,
    figures: [{name: 'messages stored', as: 'difference', withHigh: 'more', format: as.count}],
    measure: async (value) => {
      const {isTaken} = await sendRefused({'producer.max_retries': value, 'producer.retry_backoff': '1ms'})
      return {'messages stored': isTaken ? 1 : 0}
    },
  },
  {
    key: 'producer.retry_backoff',
    low: '10ms',
    high: '200ms',
    workload: `a message that is refused ${REFUSALS} times, by a proxy`,
    figures: [{name: 'until it is stored', as: 'difference', withHigh: 'more', format: as.time}],
    measure: async (value) => {
      const {isTaken, tookNs} = await sendRefused({'producer.max_retries': 5, 'producer.retry_backoff': value})
      if (!isTaken) throw new Error('the message was given up')
      return {'until it is stored': tookNs}
    },
  },
]
