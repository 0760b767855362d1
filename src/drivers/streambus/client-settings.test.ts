import {mkdtemp, rm} from 'node:fs/promises'
import {type AddressInfo, createServer, type Socket} from 'node:net'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, expect, test} from 'vitest'
import type {ClientSettings} from '../../model/client-settings.ts'
import {REQUEST_BYTES_MIN, RequestType, TYPE_AT} from '../../protocol/constants.ts'
import {isMalformed} from '../../protocol/decoded.ts'
import {FrameSplitter} from '../../protocol/frames.ts'
import {unpackValue} from '../../protocol/packed-value.ts'
import {decodeRecords, encodeRecords, type WireRecord} from '../../protocol/records.ts'
import {decodeFetch, decodeProduce, encodeFetch, encodeProduce} from '../../protocol/requests.ts'
import {
  decodeFetchResponse,
  encodeError,
  encodeHealthResponse,
  encodeOffsetsResponse,
  FETCH_RECORDS_AT,
  PRODUCE_RESPONSE_BYTES,
  requestIdOf,
  writeFetchResponse,
  writeProduceResponse,
} from '../../protocol/responses.ts'
import type {IncomingBatch, OutgoingBatch, Producer, Session} from '../driver.ts'
import {streambusDriver} from './driver.ts'

const cleanUp: (() => unknown)[] = []
const nowNs = () => performance.now() * 1e6

afterEach(async () => {
  for (const close of cleanUp.splice(0).toReversed()) await close()
})

/** Stores records of one partition and answers as a Go broker does: it knows no tails, and sees the frames. */
class PlainBroker {
  readonly records: WireRecord[] = []
  readonly produces: Buffer[] = []
  readonly fetches: {atMs: number; frame: Buffer}[] = []
  refusals: number[] = [] // error codes of the next produce requests
  port = 0

  async start(): Promise<this> {
    const sockets = new Set<Socket>()
    const server = createServer((socket) => {
      sockets.add(socket)
      socket.on('error', () => {})
      const splitter = new FrameSplitter(REQUEST_BYTES_MIN)
      socket.on('data', (chunk) => {
        splitter.push(Buffer.from(chunk))
        while (splitter.next() === 'frame') socket.write(this.#answer(Buffer.from(splitter.contiguous())))
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    cleanUp.push(() => {
      for (const socket of sockets) socket.destroy()
      return new Promise((resolve) => server.close(resolve))
    })
    this.port = (server.address() as AddressInfo).port
    return this
  }

  #answer(frame: Buffer): Buffer {
    const id = requestIdOf(frame)
    if (frame[TYPE_AT] === RequestType.healthCheck) return encodeHealthResponse(id, 'healthy', 1)
    if (frame[TYPE_AT] === RequestType.produce) return this.#produce(frame)
    if (frame[TYPE_AT] === RequestType.fetch) return this.#fetch(frame)
    const end = this.records.length
    return encodeOffsetsResponse(id, {topic: 't', partition: 0, start: 0, end, highWaterMark: end})
  }

  #produce(frame: Buffer): Buffer {
    this.produces.push(frame)
    const refusal = this.refusals.shift()
    if (refusal !== undefined) return encodeError(requestIdOf(frame), refusal, 'not now')
    const request = decodeProduce(frame)
    if (isMalformed(request)) throw new Error(request.malformed)
    const base = this.records.length
    this.records.push(...decodeRecords(frame, request.recordsStart, request.recordsEnd, request.count)!)
    const answer = Buffer.alloc(PRODUCE_RESPONSE_BYTES)
    writeProduceResponse(answer, requestIdOf(frame), base, request.count, this.records.length)
    return answer
  }

  #fetch(frame: Buffer): Buffer {
    this.fetches.push({atMs: performance.now(), frame})
    const request = decodeFetch(frame)
    if (isMalformed(request)) throw new Error(request.malformed)
    const found = this.records
      .slice(request.offset)
      .map((record, index) => ({...record, offset: request.offset + index}))
    const records = encodeRecords(found)
    const answer = Buffer.alloc(FETCH_RECORDS_AT + records.length + 4)
    records.copy(answer, FETCH_RECORDS_AT)
    writeFetchResponse(answer, requestIdOf(frame), this.records.length, found.length)
    return answer
  }
}

async function sessionAt(port: number, client?: ClientSettings): Promise<Session> {
  const options = {host: '127.0.0.1', port, nowNs, connectTimeoutMs: 5000, requestTimeoutMs: 5000, client}
  const session = await streambusDriver.connect(options)
  cleanUp.push(() => session.close())
  return session
}

/** The embedded broker; a session on it for each client. */
async function ours(): Promise<number> {
  const {startBroker} = await import('../../broker/broker.ts')
  const {defaultBrokerSettings} = await import('../../settings/resolved.ts')
  const dataDir = await mkdtemp(join(tmpdir(), 'streambus-client-'))
  const wal = {segmentBytes: 16 * 2 ** 20, fsyncPolicy: 'never'} as const
  const server = {host: '127.0.0.1', port: 0, httpPort: -1}
  const broker = await startBroker(defaultBrokerSettings({server, storage: {dataDir, wal}}))
  cleanUp.push(async () => {
    await broker.close()
    await rm(dataDir, {recursive: true, force: true})
  })
  return broker.port
}

function fill(batch: OutgoingBatch, from: number): OutgoingBatch {
  for (let index = 0; index < batch.count; index += 1) {
    batch.bytes.fill(`message ${from + index} `, batch.valueStart[index]!, batch.valueStart[index]! + batch.valueBytes)
  }
  return batch
}

const send = (producer: Producer, batch: OutgoingBatch) =>
  new Promise<OutgoingBatch>((resolve, reject) => {
    producer.sendBatch(batch, (done, error) => (error === undefined ? resolve(done) : reject(error)))
  })

function collect(sink: string[], counts: number[] = []) {
  return ({bytes, count, valueStart, valueBytes}: IncomingBatch) => {
    counts.push(count)
    for (let index = 0; index < count; index += 1) {
      const at = valueStart[index]!
      sink.push(bytes.toString('utf8', at, at + valueBytes[index]!))
    }
  }
}

test('who names no features is sent the protocol’s own bytes, whatever is asked of the client', async () => {
  const broker = await new PlainBroker().start()
  const client = {acks: 'written', fetchBytesMin: 1, fetchWaitNsMax: 20e6, retriesMax: 2} as const
  const session = await sessionAt(broker.port, client)
  const producer = await session.openProducer('t', 0)
  await send(producer, fill(producer.allocate(2, 30), 0))
  await session.openConsumer({topic: 't', partitions: [0], startOffset: 0, onBatch: () => {}})
  await expect.poll(() => broker.fetches.length).toBeGreaterThan(2)
  const values = [0, 1].map((index) => ({value: `message ${index} `.repeat(3), timestampNs: 0n}))
  const id = requestIdOf(broker.produces[0]!).low
  expect(broker.produces[0]).toEqual(encodeProduce(id, 't', 0, values))
  for (const {frame} of broker.fetches) {
    const {offset} = decodeFetch(frame) as {offset: number}
    expect(frame).toEqual(encodeFetch(requestIdOf(frame).low, 't', 0, offset, 1 << 20))
  }
})

test.each(['none', 'synced'] as const)('acks %s are refused for a target that cannot', async (acks) => {
  const broker = await new PlainBroker().start()
  await expect(sessionAt(broker.port, {acks})).rejects.toMatchObject({code: 'SB_USAGE'})
})

test.each(['gzip', 'snappy', 'lz4', 'zstd'] as const)(
  'packed by %s for a target that knows nothing of it: each value by itself',
  async (compression) => {
    const broker = await new PlainBroker().start()
    const session = await sessionAt(broker.port, {compression})
    const producer = await session.openProducer('t', 0)
    await send(producer, fill(producer.allocate(20, 500), 0))
    await send(producer, fill(producer.allocate(3, 8), 20)) // too small to get smaller
    expect(broker.records.length).toBe(23)
    expect(broker.records[5]!.value.length).toBeLessThan(100)
    expect(unpackValue(broker.records[5]!.value as Buffer).toString()).toContain('message 5 message 5 ')
    expect(broker.records[21]!.value.toString()).toBe('message ')
    expect(session.packedBytes!.wireBytes).toBeLessThan(session.packedBytes!.rawBytes / 2)
    const seen: string[] = []
    await session.openConsumer({topic: 't', partitions: [0], startOffset: 0, onBatch: collect(seen)})
    await expect.poll(() => seen.length).toBe(23)
    expect(seen[19]).toBe('message 19 '.repeat(50).slice(0, 500))
    expect(await session.offsetsOf('t', 0)).toEqual({start: 0, end: 23})
  },
)

test('too little is left at a target that does not wait, until the wait is over', async () => {
  const broker = await new PlainBroker().start()
  const session = await sessionAt(broker.port, {fetchBytesMin: 100, fetchWaitNsMax: 300e6})
  const producer = await session.openProducer('t', 0)
  const seen: string[] = []
  await session.openConsumer({topic: 't', partitions: [0], startOffset: 0, onBatch: collect(seen)})
  const sentMs = performance.now()
  await send(producer, fill(producer.allocate(2, 30), 0))
  await expect.poll(() => seen.length, {timeout: 3000}).toBe(2)
  expect(performance.now() - sentMs).toBeGreaterThan(290)
  await send(producer, fill(producer.allocate(4, 30), 0))
  await expect.poll(() => seen.length, {timeout: 3000}).toBe(6)
})

test('a refusal that may pass is sent again after the back-off, and told once', async () => {
  const broker = await new PlainBroker().start()
  const session = await sessionAt(broker.port, {retriesMax: 2, retryBackoffNs: 30e6})
  const producer = await session.openProducer('t', 0)
  broker.refusals = [7, 1100]
  const beganMs = performance.now()
  const batch = await send(producer, fill(producer.allocate(2, 30), 0))
  expect(performance.now() - beganMs).toBeGreaterThanOrEqual(59)
  expect([broker.produces.length, broker.records.length]).toEqual([3, 2])
  expect(batch.ackedNs - batch.sentNs).toBeGreaterThan(55e6) // sent counts from the first time
  broker.refusals = [7, 7, 7]
  await expect(send(producer, fill(batch, 0))).rejects.toMatchObject({code: 'SB_REQUEST_REFUSED'})
  expect(broker.produces.length).toBe(6)
  broker.refusals = [2] // what is wrong with a request stays wrong
  await expect(send(producer, fill(batch, 0))).rejects.toMatchObject({code: 'SB_REQUEST_REFUSED'})
  expect(broker.produces.length).toBe(7)
})

test('a batch that waits to be sent again fails when the session ends', async () => {
  const broker = await new PlainBroker().start()
  const session = await sessionAt(broker.port, {retriesMax: 1, retryBackoffNs: 60e9})
  const producer = await session.openProducer('t', 0)
  broker.refusals = [7]
  const sending = send(producer, fill(producer.allocate(2, 30), 0))
  sending.catch(() => {})
  await expect.poll(() => broker.produces.length).toBe(1)
  await new Promise((resolve) => setTimeout(resolve, 20))
  await session.close()
  await expect(sending).rejects.toMatchObject({code: 'SB_TARGET_LOST'})
})

test('messages carry the time they were sent, for a broker that keeps it', async () => {
  const port = await ours()
  const session = await sessionAt(port)
  await session.createTopic('t', 1)
  const producer = await session.openProducer('t', 0)
  const before = Date.now()
  await send(producer, fill(producer.allocate(3, 30), 0))
  const {WireClient} = await import('../../broker/server/testing/wire-client.ts')
  const wire = await WireClient.connect(port)
  cleanUp.push(() => wire.close())
  const frame = (await wire.ask(encodeFetch(1, 't', 0, 0, 1 << 20)))!
  const response = decodeFetchResponse(frame)
  if (isMalformed(response)) throw new Error(response.malformed)
  for (const {timestampNs} of decodeRecords(frame, response.recordsStart, response.recordsEnd, 3)!) {
    const ms = Number(timestampNs! / 1_000_000n)
    expect(ms).toBeGreaterThanOrEqual(before)
    expect(ms).toBeLessThanOrEqual(Date.now())
  }
})

test('with acks none a batch is done when its bytes have left, and counts once it is stored', async () => {
  const session = await sessionAt(await ours(), {acks: 'none'})
  await session.createTopic('t', 1)
  const producer = await session.openProducer('t', 0)
  const batch = producer.allocate(10, 100)
  for (let round = 0; round < 50; round += 1) {
    await send(producer, fill(batch, round)) // the same memory, before any answer
    expect(batch.ackedNs).toBe(batch.sentNs)
  }
  expect(await session.offsetsOf('t', 0)).toEqual({start: 0, end: 500})
})

test('a long poll hands over what comes at once, over several partitions, so many messages at a time', async () => {
  const session = await sessionAt(await ours(), {fetchWaitNsMax: 2e9, pollMessagesMax: 4, compression: 'snappy'})
  await session.createTopic('t', 3)
  const seen: string[] = []
  const counts: number[] = []
  const consumer = await session.openConsumer({
    topic: 't',
    partitions: [0, 1, 2],
    startOffset: 0,
    onBatch: collect(seen, counts),
  })
  await new Promise((resolve) => setTimeout(resolve, 50)) // the fetches wait by now
  const beganMs = performance.now()
  for (const partition of [2, 0, 1]) {
    const producer = await session.openProducer('t', partition)
    await send(producer, fill(producer.allocate(10, 300), partition * 10))
  }
  await expect.poll(() => seen.length, {interval: 5}).toBe(30)
  expect(performance.now() - beganMs).toBeLessThan(1500)
  expect(counts).toEqual([4, 4, 2, 4, 4, 2, 4, 4, 2])
  expect([0, 1, 2].map((partition) => consumer.positionOf(partition))).toEqual([10, 10, 10])
  await consumer.close()
})
