import {setTimeout as sleep} from 'node:timers/promises'
import type {ClientSettings} from '../../../src/model/client-settings.ts'
import {RequestType} from '../../../src/protocol/constants.ts'
import {clientOf} from '../client-keys.ts'
import {freshTopic, produce, readLog} from '../drive.ts'
import {type LiveBroker, nowNs, withBroker} from '../live-broker.ts'
import {as} from './formats.ts'
import type {KeyRow} from './key-row.ts'
import {openProxy} from './proxy.ts'

const BACKLOG = {valueBytes: 1024, batch: 100, inFlight: 8, messagesMax: 50_000}
const TRICKLE_MS = 5
const TRICKLES = 200
const VALUE_BYTES = 1024

/** Fetch requests that passed while `use` read with `client`. */
async function countFetches(
  broker: LiveBroker,
  client: ClientSettings,
  use: (session: Awaited<ReturnType<LiveBroker['connect']>>) => Promise<unknown>,
): Promise<number> {
  const proxy = await openProxy(broker)
  try {
    await use(await broker.connect(client, proxy))
    return proxy.seen.requests.get(RequestType.fetch) ?? 0
  } finally {
    await broker.closeSessions()
    proxy.close()
  }
}

async function trickle(broker: LiveBroker, topic: string): Promise<void> {
  const session = await broker.connect()
  const producer = await session.openProducer(topic, 0)
  for (let sent = 0; sent < TRICKLES; sent += 1) {
    producer.sendBatch(producer.allocate(1, VALUE_BYTES), () => {})
    await sleep(TRICKLE_MS)
  }
  await sleep(20)
}

export const consumerRows: readonly KeyRow[] = [
  {
    key: 'consumer.fetch_min_bytes',
    low: '1B',
    high: '64KiB',
    workload: 'a message of 1 KiB every 5 ms, fetch_max_wait 500 ms',
    figures: [{name: 'fetches a message', as: 'ratio', withHigh: 'less', format: as.number}],
    measure: (value) =>
      withBroker({}, async (broker) => {
        const topic = await freshTopic(await broker.connect())
        const client = clientOf({'consumer.fetch_min_bytes': value, 'consumer.fetch_max_wait': '500ms'})
        const fetches = await countFetches(broker, client, async (session) => {
          const all = readLog(session, topic, TRICKLES, 20)
          await trickle(broker, topic)
          await all
        })
        return {'fetches a message': fetches / TRICKLES}
      }),
  },
  {
    key: 'consumer.fetch_max_bytes',
    low: '16KiB',
    high: '4MiB',
    workload: 'a backlog of 50,000 messages of 1 KiB',
    figures: [
      {name: 'fetches', as: 'ratio', withHigh: 'less', format: as.count},
      {name: 'rate', as: 'ratio', withHigh: 'more', format: as.rate},
    ],
    measure: (value) =>
      withBroker({}, async (broker) => {
        const first = await broker.connect()
        const topic = await freshTopic(first)
        await produce(first, {...BACKLOG, topic})
        const client = clientOf({'consumer.fetch_max_bytes': value})
        const {perSec} = await readLog(await broker.connect(client), topic, BACKLOG.messagesMax)
        const fetches = await countFetches(broker, client, (session) => readLog(session, topic, BACKLOG.messagesMax))
        return {fetches, rate: perSec}
      }),
  },
  {
    key: 'consumer.fetch_max_wait',
    low: '50ms',
    high: '1000ms',
    workload: 'one message of 1 KiB where fetch_min_bytes is 64 KiB',
    figures: [{name: 'until it is handed over', as: 'difference', withHigh: 'more', format: as.time}],
    measure: (value) =>
      withBroker({}, async (broker) => {
        const first = await broker.connect()
        const topic = await freshTopic(first)
        await produce(first, {topic, valueBytes: VALUE_BYTES, batch: 1, inFlight: 1, messagesMax: 1})
        const wait = clientOf({'consumer.fetch_min_bytes': '64KiB', 'consumer.fetch_max_wait': value})
        const session = await broker.connect(wait)
        const fromNs = nowNs()
        await readLog(session, topic, 1, 20)
        return {'until it is handed over': nowNs() - fromNs}
      }),
  },
  {
    key: 'consumer.max_poll_records',
    low: 10,
    high: 500,
    workload: 'a backlog of 50,000 messages of 1 KiB in batches of 100',
    figures: [
      {name: 'most messages handed over at once', as: 'ratio', withHigh: 'more', format: as.count},
      {name: 'rate', as: 'ratio', withHigh: 'more', format: as.rate},
    ],
    measure: (value) =>
      withBroker({}, async (broker) => {
        const first = await broker.connect()
        const topic = await freshTopic(first)
        await produce(first, {...BACKLOG, topic})
        const session = await broker.connect(clientOf({'consumer.max_poll_records': value}))
        const {largestBatch, perSec} = await readLog(session, topic, BACKLOG.messagesMax)
        return {'most messages handed over at once': largestBatch, rate: perSec}
      }),
  },
]
