import {type AddressInfo, createServer, type Socket} from 'node:net'
import {afterEach, expect, test} from 'vitest'
import {clockFrom, monotonicOrigin} from '../../base/clock.ts'
import {sealFrame, writeU32} from '../../protocol/bytes.ts'
import {REQUEST_BYTES_MIN, RequestType, TYPE_AT} from '../../protocol/constants.ts'
import {FrameSplitter} from '../../protocol/frames.ts'
import {encodeRecords} from '../../protocol/records.ts'
import {
  encodeError,
  encodeHealthResponse,
  encodeOffsetsResponse,
  encodeTopicResponse,
  FETCH_RECORDS_AT,
  PRODUCE_RESPONSE_BYTES,
  requestIdOf,
  writeFetchResponse,
  writeProduceResponse,
} from '../../protocol/responses.ts'
import type {ConnectOptions, IncomingBatch, Session} from '../driver.ts'
import {streambusDriver} from './driver.ts'

type Answer = (frame: Buffer, socket: Socket) => Buffer | undefined

const cleanUp: (() => unknown)[] = []
const {nowNs} = clockFrom(monotonicOrigin())

afterEach(async () => {
  for (const close of cleanUp.splice(0).toReversed()) await close()
})

/** A broker that answers as the test says, and health checks and topic requests as a good one would. */
async function startServer(answer: Answer): Promise<{port: number; requests: number[]}> {
  const requests: number[] = []
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    const splitter = new FrameSplitter(REQUEST_BYTES_MIN)
    socket.on('data', (chunk) => {
      splitter.push(Buffer.from(chunk))
      while (splitter.next() === 'frame') {
        const frame = splitter.contiguous()
        requests.push(frame[TYPE_AT]!)
        const response = answer(frame, socket) ?? goodAnswer(frame)
        if (response !== undefined) socket.write(response)
      }
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  cleanUp.push(() => {
    for (const socket of sockets) socket.destroy()
    return new Promise((resolve) => server.close(resolve))
  })
  return {port: (server.address() as AddressInfo).port, requests}
}

function goodAnswer(frame: Buffer): Buffer | undefined {
  const id = requestIdOf(frame)
  switch (frame[TYPE_AT]) {
    case RequestType.healthCheck:
      return encodeHealthResponse(id, 'healthy', 1)
    case RequestType.getOffset:
      return encodeError(id, 8, 'topic t does not exist')
    case RequestType.createTopic:
      return encodeTopicResponse(id, 't')
    default:
      return undefined
  }
}

async function connect(port: number, overrides: Partial<ConnectOptions> = {}): Promise<Session> {
  const options = {host: '127.0.0.1', port, nowNs, connectTimeoutMs: 300, requestTimeoutMs: 5_000, ...overrides}
  const session = await streambusDriver.connect(options)
  cleanUp.push(() => session.close())
  return session
}

function lossOf(session: Session): Promise<{code: string; message: string}> {
  return new Promise((resolve) => session.onLost(resolve))
}

function produceOk(frame: Buffer): Buffer {
  const response = Buffer.alloc(PRODUCE_RESPONSE_BYTES)
  writeProduceResponse(response, requestIdOf(frame), 0, 1, 1)
  return response
}

async function sendOne(session: Session): Promise<{code?: string; message?: string}> {
  const producer = await session.openProducer('t', 0)
  return new Promise((resolve) => producer.sendBatch(producer.allocate(1, 16), (_, error) => resolve(error ?? {})))
}

test('a produce answer with another id ends the session', async () => {
  const {port} = await startServer((frame) => {
    if (frame[TYPE_AT] !== RequestType.produce) return undefined
    writeU32(frame, 8, 999)
    return produceOk(frame)
  })
  const session = await connect(port)
  const lost = lossOf(session)
  expect((await sendOne(session)).code).toBe('SB_TARGET_PROTOCOL')
  expect((await lost).message).toContain('answered request 999 where 1 was next')
})

test('an answer with a wrong CRC ends the session', async () => {
  const {port} = await startServer((frame) => {
    if (frame[TYPE_AT] !== RequestType.produce) return undefined
    const response = produceOk(frame)
    response[20]! ^= 1
    return response
  })
  const session = await connect(port)
  expect((await sendOne(session)).message).toContain('wrong CRC')
})

test('a server of another protocol is named as such', async () => {
  const {port} = await startServer(() => Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'))
  await expect(connect(port)).rejects.toMatchObject({code: 'SB_TARGET_PROTOCOL'})
})

test('a server that accepts and says nothing is a timeout', async () => {
  const server = createServer((socket) => void cleanUp.push(() => socket.destroy()))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  cleanUp.push(() => server.close())
  await expect(connect((server.address() as AddressInfo).port)).rejects.toMatchObject({code: 'SB_TARGET_TIMEOUT'})
})

test('a request without an answer is a timeout, and everything in flight fails with it', async () => {
  const {port} = await startServer(() => undefined)
  const session = await connect(port, {requestTimeoutMs: 100})
  const lost = lossOf(session)
  expect((await sendOne(session)).code).toBe('SB_TARGET_TIMEOUT')
  expect((await lost).code).toBe('SB_TARGET_TIMEOUT')
})

test('a refusal carries code, text and topic, and the session goes on', async () => {
  const {port} = await startServer((frame) =>
    frame[TYPE_AT] === RequestType.produce ? encodeError(requestIdOf(frame), 7, 'no space left on device') : undefined,
  )
  const session = await connect(port)
  const error = await sendOne(session)
  expect(error.code).toBe('SB_REQUEST_REFUSED')
  expect(error.message).toBe(
    'The target refused to store messages of topic t: StorageError (7), no space left on device',
  )
  expect(await session.ping()).toEqual({status: 'healthy', uptimeSec: 1})
})

test('a broker that has no place for a connection is heard, though nothing was asked', async () => {
  const text = 'the broker has its 2 connections (server.max_connections)'
  const {port} = await startServer((frame, socket) => {
    const refusal = encodeError({high: 0, low: 0}, 1100, text) // of no request
    if (frame[TYPE_AT] === RequestType.getOffset) socket.end(refusal)
    return frame[TYPE_AT] === RequestType.getOffset ? Buffer.alloc(0) : undefined
  })
  const session = await connect(port)
  const loss = lossOf(session)
  await expect(session.offsetsOf('t', 0)).rejects.toMatchObject({
    code: 'SB_REQUEST_REFUSED',
    message: expect.stringContaining(text),
    hint: expect.stringContaining('Raise server.max_connections'),
  })
  expect(await loss).toMatchObject({code: 'SB_REQUEST_REFUSED'})
})

test('a connection that is idle for 10 s is kept alive by health checks', async () => {
  const {port, requests} = await startServer(() => undefined)
  // A clock that runs a hundred times faster: 10 s pass in 100 ms.
  const session = await connect(port, {nowNs: () => nowNs() * 100, requestTimeoutMs: 1e6})
  await session.openProducer('t', 0)
  const before = requests.length
  await new Promise((resolve) => setTimeout(resolve, 1_200))
  const heartbeats = requests.slice(before)
  expect(heartbeats.length).toBeGreaterThanOrEqual(2)
  expect(new Set(heartbeats)).toEqual(new Set([RequestType.healthCheck]))
})

test.each(['a/b', '..', '', 'x'.repeat(201)])('the topic name %j never leaves the process', async (topic) => {
  const {port, requests} = await startServer(() => undefined)
  const session = await connect(port)
  await expect(session.createTopic(topic, 1)).rejects.toMatchObject({code: 'SB_USAGE'})
  await expect(session.deleteTopic(topic)).rejects.toMatchObject({code: 'SB_USAGE'})
  await expect(session.openProducer(topic, 0)).rejects.toMatchObject({code: 'SB_USAGE'})
  expect(new Set(requests)).toEqual(new Set([RequestType.healthCheck]))
})

function fetchAnswer(frame: Buffer, offsets: readonly number[], highWaterMark: number): Buffer {
  const records = encodeRecords(offsets.map((offset) => ({offset, value: `value ${offset}`})))
  const response = Buffer.alloc(FETCH_RECORDS_AT + records.length + 4)
  records.copy(response, FETCH_RECORDS_AT)
  writeFetchResponse(response, requestIdOf(frame), highWaterMark, offsets.length)
  return response
}

function fetchedFrom(frame: Buffer): {offset: number; maxBytes: number} {
  return {offset: Number(frame.readBigInt64BE(frame.length - 16)), maxBytes: frame.readUInt32BE(frame.length - 8)}
}

async function consume(session: Session): Promise<{batches: {base: number; count: number}[]; position: () => number}> {
  const batches: {base: number; count: number}[] = []
  const onBatch = ({baseOffset, count}: IncomingBatch) => void batches.push({base: baseOffset, count})
  const consumer = await session.openConsumer({topic: 't', partitions: [0], startOffset: 0, onBatch})
  return {batches, position: () => consumer.positionOf(0)}
}

async function eventually(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5))
}

test('gaps in the log are tolerated and shown: each run has its own base offset', async () => {
  const {port} = await startServer((frame) => {
    if (frame[TYPE_AT] !== RequestType.fetch) return undefined
    const {offset} = fetchedFrom(frame)
    return fetchAnswer(frame, offset === 0 ? [0, 1, 4, 5, 6, 9] : [], 10)
  })
  const {batches, position} = await consume(await connect(port))
  await eventually(() => batches.length === 3)
  expect(batches).toEqual([
    {base: 0, count: 2},
    {base: 4, count: 3},
    {base: 9, count: 1},
  ])
  expect(position()).toBe(10)
})

test('a disconnect without a reason halves the fetch and goes on', async () => {
  const asked: number[] = []
  const {port} = await startServer((frame, socket) => {
    if (frame[TYPE_AT] !== RequestType.fetch) return undefined
    const {offset, maxBytes} = fetchedFrom(frame)
    asked.push(maxBytes)
    if (maxBytes > 300_000) socket.destroy()
    return fetchAnswer(frame, offset === 0 ? [0, 1] : [], 2)
  })
  const session = await connect(port)
  const {batches} = await consume(session)
  await eventually(() => batches.length === 1)
  expect(asked.slice(0, 3)).toEqual([1_048_576, 524_288, 262_144])
  expect(await session.ping()).toMatchObject({status: 'healthy'})
})

test('what retention removed is skipped: reading goes on at the first offset held', async () => {
  const {port} = await startServer((frame) => {
    if (frame[TYPE_AT] === RequestType.getOffset) {
      return encodeOffsetsResponse(requestIdOf(frame), {
        topic: 't',
        partition: 0,
        start: 70,
        end: 72,
        highWaterMark: 72,
      })
    }
    if (frame[TYPE_AT] !== RequestType.fetch) return undefined
    return fetchAnswer(frame, fetchedFrom(frame).offset === 70 ? [70, 71] : [], 72)
  })
  const {batches, position} = await consume(await connect(port))
  await eventually(() => batches.length === 1)
  expect(batches).toEqual([{base: 70, count: 2}])
  expect(position()).toBe(72)
})

test('an answer whose record lengths contradict its size ends the session', async () => {
  const {port} = await startServer((frame) => {
    if (frame[TYPE_AT] !== RequestType.fetch) return undefined
    const response = fetchAnswer(frame, [0, 1], 2)
    writeU32(response, FETCH_RECORDS_AT - 4, 3)
    return sealFrame(response)
  })
  const session = await connect(port)
  const lost = lossOf(session)
  await consume(session)
  expect((await lost).code).toBe('SB_TARGET_PROTOCOL')
})

test('small frames of one turn become one write', async () => {
  const chunks: number[] = []
  const server = createServer((socket) => {
    cleanUp.push(() => socket.destroy())
    const splitter = new FrameSplitter(REQUEST_BYTES_MIN)
    socket.on('data', (chunk) => {
      chunks.push(chunk.length)
      splitter.push(Buffer.from(chunk))
      while (splitter.next() === 'frame') {
        const frame = splitter.contiguous()
        socket.write(frame[TYPE_AT] === RequestType.produce ? produceOk(frame) : goodAnswer(frame)!)
      }
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  cleanUp.push(() => server.close())
  const session = await connect((server.address() as AddressInfo).port)
  const producer = await session.openProducer('t', 0)
  const batches = Array.from({length: 30}, () => producer.allocate(1, 64))
  chunks.length = 0
  await Promise.all(batches.map((batch) => new Promise<void>((resolve) => producer.sendBatch(batch, () => resolve()))))
  expect(chunks).toHaveLength(1)
  expect(new Set(batches.map((batch) => batch.sentNs)).size).toBe(1)
})

test('a reconnect while a fetch waits for its time sends that fetch once', async () => {
  const EMPTY_ANSWERS = 49 // the wait after the last one is 64 ms
  let fetches = 0
  const {port} = await startServer((frame) => {
    if (frame[TYPE_AT] !== RequestType.fetch) return undefined
    fetches += 1
    return fetches <= EMPTY_ANSWERS ? fetchAnswer(frame, [], 0) : undefined
  })
  const session = await connect(port)
  await consume(session)
  await eventually(() => fetches === EMPTY_ANSWERS)
  await session.ping() // the last empty answer is there, most likely
  await session.reconnect()
  await new Promise((resolve) => setTimeout(resolve, 200))
  expect(fetches).toBe(EMPTY_ANSWERS + 1)
})

test('a log that came back shorter than what was read is read on from its end', async () => {
  let end = 6
  const asked: number[] = []
  const {port} = await startServer((frame) => {
    if (frame[TYPE_AT] === RequestType.getOffset) {
      const offsets = {topic: 't', partition: 0, start: 0, end, highWaterMark: end}
      return encodeOffsetsResponse(requestIdOf(frame), offsets)
    }
    if (frame[TYPE_AT] !== RequestType.fetch) return undefined
    const {offset} = fetchedFrom(frame)
    asked.push(offset)
    return fetchAnswer(frame, offset < end ? [offset, offset + 1] : [], end)
  })
  const session = await connect(port)
  const {batches, position} = await consume(session)
  await eventually(() => position() === 6)
  end = 4
  await session.reconnect()
  expect(position()).toBe(4)
  end = 6
  await eventually(() => position() === 6)
  expect(batches.map(({base}) => base)).toEqual([0, 2, 4, 4])
})
