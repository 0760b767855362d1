import {once} from 'node:events'
import {createServer} from 'node:net'
import {expect, test} from 'vitest'
import {defaultBrokerSettings} from '../../settings/resolved.ts'
import {FetchPositions} from '../metrics/fetch-positions.ts'
import {RequestLatency} from '../metrics/latency-recorder.ts'
import {openStorage} from '../storage/open.ts'
import {SimulatedDisk} from '../storage/testing/simulated-disk.ts'
import {BufferPool} from './buffer-pool.ts'
import {Connection} from './connection.ts'
import {FetchWaits} from './fetch-wait.ts'
import {MemoryBudget} from './memory-budget.ts'
import {OUTBOX_PAGE_BYTES} from './outbox.ts'
import {ReadBuffers} from './read-memory.ts'
import {listen} from './server.ts'
import type {ServerContext} from './server-context.ts'
import {newServerStats} from './server-stats.ts'
import {WireClient} from './testing/wire-client.ts'
import {TopicDesk} from './topic-desk.ts'
import {Turns} from './turns.ts'

class EndlessTurn extends Turns {
  override open(): void {}
}

/** Whose turns never end: answers stay where they were gathered. */
async function contextWithoutFlush(): Promise<ServerContext> {
  const {server, storage: settings} = defaultBrokerSettings()
  const wal = {...settings.wal, segmentBytes: 65_536}
  const storage = await openStorage({files: new SimulatedDisk(), dataDir: '/data', wal, retentionBytes: 0})
  return {
    settings: server,
    storage,
    desk: new TopicDesk(storage),
    pool: new BufferPool(),
    answerPages: new BufferPool(OUTBOX_PAGE_BYTES),
    readBuffers: new ReadBuffers(1024, new BufferPool(1024)),
    freeAcks: [],
    inbound: new MemoryBudget(1_000_000),
    unsent: new MemoryBudget(1_000_000),
    turns: new EndlessTurn(),
    waits: new FetchWaits(),
    stats: newServerStats(),
    latency: new RequestLatency(),
    fetched: new FetchPositions(),
    uptimeSec: () => 0,
    isHealthy: () => true,
    waitForLog: () => {},
  }
}

test('the buffer of an answer that was never sent is given back when the connection closes', async () => {
  const context = await contextWithoutFlush()
  const {pool, storage} = context
  const server = createServer({allowHalfOpen: true, pauseOnConnect: true})
  const port = await listen(server, '127.0.0.1', 0, 'server.port', () => {})
  const accepted = once(server, 'connection')
  const client = await WireClient.connect(port)
  const [socket] = await accepted
  const closed = Promise.withResolvers<unknown>()
  const connection = new Connection(socket, context, closed.resolve)
  const buffer = pool.take(10_000) // too little to be written before the turn ends
  connection.sendFetched({frame: buffer.subarray(0, 10_000), buffer, count: 1, nextOffset: 1, waitedMs: 0})
  expect(pool.lentBytes).toBe(65_536) // the smallest size of the pool
  connection.destroy()
  await closed.promise
  expect(pool.lentBytes).toBe(0)
  client.close()
  server.close()
  await storage.close()
})

test('a server goes on after a connection that could not be accepted, and tells it once', async () => {
  const told: string[] = []
  const server = createServer((socket) => socket.end())
  const port = await listen(server, '127.0.0.1', 0, 'server.port', (message) => told.push(message))
  for (let count = 0; count < 3; count += 1) server.emit('error', new Error('accept EMFILE'))
  expect(told).toEqual(['A connection to server.port could not be accepted (accept EMFILE); is `ulimit -n` too low?'])
  const client = await WireClient.connect(port)
  client.socket.end()
  await client.closed()
  server.close()
})
