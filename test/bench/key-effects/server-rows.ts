import {createServer} from 'node:net'
import {encodeFetch} from '../../../src/protocol/requests.ts'
import {freshTopic, produce} from '../drive.ts'
import {openIdle} from '../idle-connections.ts'
import {type LiveBroker, withBroker} from '../live-broker.ts'
import {as} from './formats.ts'
import type {KeyRow} from './key-row.ts'
import {withConnection} from './raw-connection.ts'

const ASKED = 64

async function answersAt(host: string, port: number): Promise<number> {
  const opened = await openIdle(host, port, 1)
  opened.close()
  return opened.served
}

/** Two ports that nobody had when they were asked for. */
async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}
const [firstPort, secondPort] = [await freePort(), await freePort()]

async function callsAMessage(broker: LiveBroker, messages: number, work: () => Promise<unknown>) {
  const before = await broker.io()
  await work()
  const after = await broker.io()
  return {
    reads: (after.readCalls - before.readCalls) / messages,
    writes: (after.writeCalls - before.writeCalls) / messages,
  }
}

export const serverRows: readonly KeyRow[] = [
  {
    key: 'server.host',
    low: '127.0.0.1',
    high: '127.0.0.2',
    workload: 'a connection to 127.0.0.2',
    figures: [{name: 'answers', as: 'difference', withHigh: 'more', format: as.count}],
    measure: (value) =>
      withBroker({'server.host': value}, async ({embedded}) => ({
        answers: await answersAt('127.0.0.2', embedded.port),
      })),
  },
  {
    key: 'server.port',
    low: firstPort,
    high: secondPort,
    values: 'a free port -> another',
    workload: 'a connection to the second of two free ports',
    figures: [{name: 'answers', as: 'difference', withHigh: 'more', format: as.count}],
    measure: (value) =>
      withBroker({'server.port': value}, async () => ({answers: await answersAt('127.0.0.1', secondPort)})),
  },
  {
    key: 'server.http_port',
    low: -1,
    high: 0,
    workload: 'GET /health',
    figures: [{name: 'answers', as: 'difference', withHigh: 'more', format: as.count}],
    measure: (value) =>
      withBroker({'server.http_port': value}, async ({embedded}) => {
        if (embedded.httpPort < 0) return {answers: 0}
        const response = await fetch(`http://127.0.0.1:${embedded.httpPort}/health`)
        return {answers: response.ok ? 1 : 0}
      }),
  },
  {
    key: 'server.max_connections',
    low: 8,
    high: 1000,
    workload: `${ASKED} connections`,
    figures: [{name: 'connections served', as: 'difference', withHigh: 'more', format: as.count}],
    measure: (value) =>
      withBroker({'server.max_connections': value}, async ({embedded}) => {
        const opened = await openIdle(embedded.host, embedded.port, ASKED)
        opened.close()
        return {'connections served': opened.served}
      }),
  },
  {
    key: 'server.read_buffer_size',
    low: '1KiB',
    high: '1MiB',
    workload: 'unbatched 100 B, 256 in flight',
    figures: [
      {name: 'reads a message', as: 'ratio', withHigh: 'less', format: as.number},
      {name: 'rate', as: 'ratio', withHigh: 'more', format: as.rate},
    ],
    measure: (value) =>
      withBroker({'server.read_buffer_size': value}, async (broker) => {
        const session = await broker.connect()
        const topic = await freshTopic(session)
        const shape = {topic, valueBytes: 100, batch: 1, inFlight: 256}
        await produce(session, {...shape, secondsMax: 0.2})
        const messagesMax = 200_000
        let rate = 0
        const {reads} = await callsAMessage(broker, messagesMax, async () => {
          rate = (await produce(session, {...shape, messagesMax})).perSec
        })
        return {'reads a message': reads, rate}
      }),
  },
  {
    key: 'server.write_buffer_size',
    low: '1KiB',
    high: '1MiB',
    workload: 'fetches of 4 KiB, 64 of them in one write',
    figures: [
      {name: 'writes a fetch', as: 'ratio', withHigh: 'less', format: as.number},
      {name: 'rate of fetches', as: 'ratio', withHigh: 'more', format: as.rate},
    ],
    measure: (value) =>
      withBroker({'server.write_buffer_size': value}, async (broker) => {
        const session = await broker.connect()
        const topic = await freshTopic(session)
        await produce(session, {topic, valueBytes: 4096, batch: 1, inFlight: 8, messagesMax: 1000})
        const rounds = 300
        let rate = 0
        const {writes} = await callsAMessage(broker, rounds * 64, async () => {
          const fromMs = performance.now()
          await withConnection(broker, async (connection) => {
            for (let round = 0; round < rounds; round += 1) {
              const asked = Array.from({length: 64}, (_, at) =>
                connection.ask('fetch', (id) => encodeFetch(id, topic, 0, at, 1)),
              )
              await Promise.all(asked)
            }
          })
          rate = (rounds * 64 * 1000) / (performance.now() - fromMs)
        })
        return {'writes a fetch': writes, 'rate of fetches': rate}
      }),
  },
]
