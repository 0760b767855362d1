import {afterEach, expect, test} from 'vitest'
import {FRAME_BYTES_MAX} from '../../protocol/constants.ts'
import {encodeFetch, encodeHealthCheck, encodeListTopics, encodeProduce} from '../../protocol/requests.ts'
import {decodeResponseHeader} from '../../protocol/responses.ts'
import type {RunningBroker} from '../broker.ts'
import {startTestServer} from './testing/test-server.ts'
import {WireClient} from './testing/wire-client.ts'

const MIB = 1_048_576
const open: {close(): unknown}[] = []

afterEach(async () => {
  for (const resource of open.splice(0).toReversed()) await resource.close()
})

async function startServer(settings: Parameters<typeof startTestServer>[0] = {}): Promise<RunningBroker> {
  const server = await startTestServer(settings)
  open.push(server)
  return server
}

async function connect({port}: RunningBroker, count: number): Promise<WireClient[]> {
  const clients: WireClient[] = []
  while (clients.length < count) {
    const missing = Math.min(100, count - clients.length) // as many as a listener's queue holds for sure
    clients.push(...(await Promise.all(Array.from({length: missing}, () => WireClient.connect(port)))))
  }
  open.push({close: () => clients.map((client) => client.close())})
  return clients
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** Until the server has read all that it is going to. */
async function untilQuiet(server: RunningBroker): Promise<void> {
  for (let before = -1; server.stats().bytesIn !== before; await pause(100)) before = server.stats().bytesIn
}

async function expectServed(server: RunningBroker): Promise<void> {
  const [client] = await connect(server, 1)
  expect(decodeResponseHeader((await client!.ask(encodeHealthCheck(1)))!)).toEqual({id: 1, status: 0, errorCode: 0})
  expect(decodeResponseHeader((await client!.ask(encodeProduce(2, 'after', 0, [{value: 'x'}])))!).errorCode).toBe(0)
  client!.close()
}

test('2,000 half requests hold a page of 1 KiB each, and it is let go of with the connection', async () => {
  const server = await startServer({maxConnections: 3000})
  const half = encodeProduce(1, 't', 0, [{value: Buffer.alloc(2000)}]).subarray(0, 700)
  const clients = await connect(server, 2000)
  for (const client of clients) client.send(half)
  while (server.stats().bytesIn < 2000 * half.length) await pause(10)
  expect(server.stats().requestBytesHeld).toBe(2000 * 1024)
  await expectServed(server)
  for (const client of clients) client.close()
  while (server.stats().connections > 0) await pause(10)
  expect(server.stats().requestBytesHeld).toBe(0)
})

test('connections that asked and were answered hold nothing', async () => {
  const server = await startServer()
  const clients = await connect(server, 500)
  for (const client of clients) await client.ask(encodeHealthCheck(1))
  const {requestBytesHeld, answerBytesUnsent, answerBytesLent} = server.stats()
  expect([requestBytesHeld, answerBytesUnsent, answerBytesLent]).toEqual([0, 0, 0])
})

test('1,000 connections that announce 10 MiB and dribble take what they sent, not what they announced', async () => {
  const server = await startServer()
  const announced = Buffer.alloc(16)
  announced.writeUInt32BE(FRAME_BYTES_MAX - 4)
  const clients = await connect(server, 999)
  for (let round = 0; round < 4; round += 1) {
    for (const client of clients) client.send(announced.subarray(0, round === 0 ? 16 : 3))
    await pause(20)
  }
  await untilQuiet(server)
  expect(server.stats().bytesIn).toBe(999 * (16 + 3 * 3))
  expect(server.stats().requestBytesHeld).toBe(999 * 1024)
  await expectServed(server)
})

test('a client that asks for 10 MiB again and again and reads nothing is owed one answer, and what it asks is not read', async () => {
  const server = await startServer()
  const [client] = await connect(server, 1)
  await client!.ask(encodeProduce(1, 't', 0, [{value: Buffer.alloc(10_000_000)}]))
  client!.socket.pause()
  const fetches = Buffer.concat(Array<Buffer>(20_000).fill(encodeFetch(2, 't', 0, 0, 10_000_000)))
  client!.send(fetches) // 780 KB of requests for 200 GB
  await untilQuiet(server)
  const stats = server.stats()
  expect(stats.answerBytesLent).toBeLessThanOrEqual(2 * 16 * MIB) // buffers are powers of two
  expect(stats.answerBytesUnsent).toBeLessThanOrEqual(FRAME_BYTES_MAX + 32_768)
  expect(stats.requestBytesHeld).toBeLessThanOrEqual(2 * 65_536) // `read_buffer_size` and one read
  expect(stats.readerWaits).toBeGreaterThan(0)
  await expectServed(server)
})

test('60 clients that read nothing are owed a bounded sum, after which others still get small answers', async () => {
  const server = await startServer()
  const [writer, ...slow] = await connect(server, 61)
  await writer!.ask(encodeProduce(1, 't', 0, [{value: Buffer.alloc(10_000_000)}, {value: 'small'}]))
  for (const client of slow) {
    client.socket.pause()
    client.send(Buffer.concat(Array<Buffer>(50).fill(encodeFetch(2, 't', 0, 0, 0xffffffff)))) // 600 MB in all, and again
  }
  await untilQuiet(server)
  expect(server.stats().answerBytesUnsent).toBeLessThan(400 * MIB)
  expect(server.stats().answerBytesLent).toBeLessThan(400 * MIB)
  expect(decodeResponseHeader((await writer!.ask(encodeListTopics(3)))!)).toMatchObject({id: 3, status: 0})
  const fetched = await writer!.ask(encodeFetch(4, 't', 0, 1, 1000))
  expect(fetched!.toString()).toContain('small')
  for (const client of slow) client.close()
  while (server.stats().connections > 1) await pause(10)
  const {answerBytesUnsent, answerBytesLent} = server.stats()
  expect([answerBytesUnsent, answerBytesLent]).toEqual([0, 0])
})
