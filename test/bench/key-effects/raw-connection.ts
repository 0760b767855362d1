import {once} from 'node:events'
import {connect, type Socket} from 'node:net'
import {seededRandom} from '../../../src/base/random.ts'
import {Connection} from '../../../src/drivers/streambus/connection.ts'
import {encodeFetch, encodeHealthCheck} from '../../../src/protocol/requests.ts'
import {quantile} from '../../../src/stats/quantile.ts'
import {sortSamples} from '../../../src/stats/sorted-samples.ts'
import {type LiveBroker, nowNs} from '../live-broker.ts'

/** One connection without a session around it, for requests in an order of our own. */
export async function withConnection<T>(broker: LiveBroker, use: (connection: Connection) => Promise<T>): Promise<T> {
  const {host, port} = broker.embedded
  const options = {host, port, nowNs, connectTimeoutMs: 5000, requestTimeoutMs: 30_000}
  const connection = new Connection(options, () => {})
  await connection.open()
  try {
    return await use(connection)
  } finally {
    connection.end(new Error('done') as never)
  }
}

export interface FetchesSeen {
  readonly p50Ns: number
  readonly p99Ns: number
  readonly perSec: number
}

/** Fetches of one batch each at offsets drawn evenly below `end`, one after the other. */
export async function randomFetches(
  broker: LiveBroker,
  topic: string,
  end: number,
  count: number,
  seed = 1,
): Promise<FetchesSeen> {
  const random = seededRandom(seed)
  const times: number[] = []
  const fromNs = nowNs()
  await withConnection(broker, async (connection) => {
    for (let fetch = 0; fetch < count; fetch += 1) {
      const startNs = nowNs()
      await connection.ask('fetch', (id) => encodeFetch(id, topic, 0, Math.floor(random() * end), 1))
      times.push(nowNs() - startNs)
    }
  })
  const sorted = sortSamples(times)
  return {p50Ns: quantile(sorted, 0.5), p99Ns: quantile(sorted, 0.99), perSec: (count * 1e9) / (nowNs() - fromNs)}
}

/** A socket that has asked for the broker's health and heard the answer. */
export async function greeted(broker: LiveBroker): Promise<Socket> {
  const {host, port} = broker.embedded
  const socket = connect({host, port, noDelay: true})
  socket.on('error', () => {}) // `close` follows
  socket.write(encodeHealthCheck(1))
  await once(socket, 'data')
  return socket
}

/** Nanoseconds until the broker ends the connection. Rejects after `secondsMax`. */
export async function untilEnded(socket: Socket, secondsMax = 20): Promise<number> {
  const fromNs = nowNs()
  const ended = new Promise<void>((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`the connection was still there after ${secondsMax} s`)),
      secondsMax * 1e3,
    )
    socket.once('close', () => {
      clearTimeout(timer)
      resolve()
    })
  })
  try {
    await ended
    return nowNs() - fromNs
  } finally {
    socket.destroy()
  }
}
