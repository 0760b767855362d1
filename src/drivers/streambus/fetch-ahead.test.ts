import {type AddressInfo, createServer, type Socket} from 'node:net'
import {afterEach, expect, test} from 'vitest'
import {clockFrom, monotonicOrigin} from '../../base/clock.ts'
import {REQUEST_BYTES_MIN, RequestType, TYPE_AT} from '../../protocol/constants.ts'
import {FrameSplitter} from '../../protocol/frames.ts'
import {encodeRecords} from '../../protocol/records.ts'
import {encodeHealthResponse, FETCH_RECORDS_AT, requestIdOf, writeFetchResponse} from '../../protocol/responses.ts'
import type {Consumer, IncomingBatch} from '../driver.ts'
import {streambusDriver} from './driver.ts'

/*
 * A broker in the test's hands, which lets the first part of an answer go before the rest: what the consumer asks for
 * in between is asked for ahead.
 */

const HEAD_BYTES = FETCH_RECORDS_AT + 8
const cleanUp: (() => unknown)[] = []
const {nowNs} = clockFrom(monotonicOrigin())

afterEach(async () => {
  for (const close of cleanUp.splice(0).toReversed()) await close()
})

interface Asked {
  readonly frame: Buffer
  readonly offset: number
  readonly socket: Socket
}

class Desk {
  readonly asked: Asked[] = []
  readonly #waiting: ((asked: Asked) => void)[] = []
  #taken = 0

  add(asked: Asked): void {
    this.asked.push(asked)
    this.#waiting.shift()?.(asked)
  }

  /** The next fetch, as soon as it is there. */
  next(): Promise<Asked> {
    this.#taken += 1
    const there = this.asked[this.#taken - 1]
    return there === undefined ? new Promise((resolve) => this.#waiting.push(resolve)) : Promise.resolve(there)
  }
}

async function open(): Promise<{desk: Desk; consumer: Consumer; offsets: number[]}> {
  const desk = new Desk()
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.setNoDelay(true)
    socket.on('error', () => {})
    const splitter = new FrameSplitter(REQUEST_BYTES_MIN)
    socket.on('data', (chunk: Buffer) => {
      splitter.push(chunk)
      while (splitter.next() === 'frame') {
        const frame = Buffer.from(splitter.contiguous())
        if (frame[TYPE_AT] !== RequestType.fetch) socket.write(encodeHealthResponse(requestIdOf(frame), 'healthy', 1))
        else desk.add({frame, offset: Number(frame.readBigInt64BE(frame.length - 16)), socket})
      }
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  cleanUp.push(() => {
    for (const socket of sockets) socket.destroy()
    return new Promise((resolve) => server.close(resolve))
  })
  const {port} = server.address() as AddressInfo
  const options = {host: '127.0.0.1', port, nowNs, connectTimeoutMs: 1000, requestTimeoutMs: 5000}
  const session = await streambusDriver.connect(options)
  cleanUp.push(() => session.close())
  const offsets: number[] = []
  const onBatch = ({baseOffset, count}: IncomingBatch) => {
    for (let index = 0; index < count; index += 1) offsets.push(baseOffset + index)
  }
  const consumer = await session.openConsumer({topic: 't', partitions: [0], startOffset: 0, onBatch})
  return {desk, consumer, offsets}
}

function answerTo({frame}: Asked, offsets: readonly number[], highWaterMark: number): Buffer {
  const records = encodeRecords(offsets.map((offset) => ({offset, value: `value ${offset}`})))
  const response = Buffer.alloc(FETCH_RECORDS_AT + records.length + 4)
  records.copy(response, FETCH_RECORDS_AT)
  writeFetchResponse(response, requestIdOf(frame), highWaterMark, offsets.length)
  return response
}

function range(from: number, to: number): number[] {
  return Array.from({length: to - from}, (_, index) => from + index)
}

async function eventually(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5))
}

test('the next fetch is sent when the head of an answer is there, and its messages come once', async () => {
  const {desk, consumer, offsets} = await open()
  const first = await desk.next()
  first.socket.write(answerTo(first, range(0, 4), 100))
  const second = await desk.next()
  const answer = answerTo(second, range(4, 10), 100)
  second.socket.write(answer.subarray(0, HEAD_BYTES))
  const third = await desk.next() // would wait for ever, were it not asked for ahead
  expect([second.offset, third.offset]).toEqual([4, 10])
  expect(offsets).toEqual(range(0, 4))
  second.socket.write(answer.subarray(HEAD_BYTES))
  third.socket.write(answerTo(third, range(10, 12), 100))
  await eventually(() => consumer.positionOf(0) === 12)
  expect(offsets).toEqual(range(0, 12))
})

test('what was foreseen wrongly is thrown away and asked for again', async () => {
  const {desk, consumer, offsets} = await open()
  const first = await desk.next()
  first.socket.write(answerTo(first, range(0, 4), 100))
  const second = await desk.next()
  const withGap = answerTo(second, [4, 5, 8], 100)
  second.socket.write(withGap.subarray(0, HEAD_BYTES))
  const wrong = await desk.next()
  expect(wrong.offset).toBe(7)
  second.socket.write(withGap.subarray(HEAD_BYTES))
  const third = await desk.next()
  expect(third.offset).toBe(9)
  wrong.socket.write(answerTo(wrong, [8, 9], 100))
  third.socket.write(answerTo(third, [9, 10], 100))
  await eventually(() => consumer.positionOf(0) === 11)
  expect(offsets).toEqual([...range(0, 6), 8, 9, 10])
})

test('nothing is asked for ahead of the end of the log', async () => {
  const {desk, offsets} = await open()
  const first = await desk.next()
  first.socket.write(answerTo(first, range(0, 4), 100))
  const second = await desk.next()
  const last = answerTo(second, range(4, 10), 10)
  second.socket.write(last.subarray(0, HEAD_BYTES))
  await new Promise((resolve) => setTimeout(resolve, 50))
  expect(desk.asked).toHaveLength(2)
  second.socket.write(last.subarray(HEAD_BYTES))
  expect((await desk.next()).offset).toBe(10)
  expect(offsets).toEqual(range(0, 10))
})

test('a new place to read from makes both answers on their way stale', async () => {
  const {desk, consumer, offsets} = await open()
  const first = await desk.next()
  first.socket.write(answerTo(first, range(0, 4), 100))
  const second = await desk.next()
  const answer = answerTo(second, range(4, 10), 100)
  second.socket.write(answer.subarray(0, HEAD_BYTES))
  const third = await desk.next()
  consumer.readFrom(50)
  const fourth = await desk.next()
  expect(fourth.offset).toBe(50)
  second.socket.write(answer.subarray(HEAD_BYTES))
  third.socket.write(answerTo(third, range(10, 12), 100))
  fourth.socket.write(answerTo(fourth, range(50, 53), 100))
  await eventually(() => consumer.positionOf(0) === 53)
  expect(offsets).toEqual([...range(0, 4), ...range(50, 53)])
})
