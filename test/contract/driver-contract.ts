import {randomBytes} from 'node:crypto'
import {afterEach, describe, expect, test} from 'vitest'
import {clockFrom, monotonicOrigin} from '../../src/base/clock.ts'
import type {StreambusError} from '../../src/base/errors.ts'
import {seededRandom} from '../../src/base/random.ts'
import type {ConnectOptions, Driver, IncomingBatch, OutgoingBatch, Producer, Session} from '../../src/drivers/driver.ts'

/** A target of the suite's own, and what the suite does to it. */
export interface ContractTarget {
  readonly driver: Driver
  readonly host: string
  readonly port: number
  /** Takes nothing and answers nothing. */
  stall(): void
  resume(): void
  /** Goes away, and is back with its messages after `restore`. */
  lose(): Promise<void> | void
  restore(): Promise<void> | void
  close(): Promise<void>
}

const {nowNs} = clockFrom(monotonicOrigin())

/** Every driver passes these. */
export function testDriver(name: string, startTarget: () => Promise<ContractTarget>): void {
  describe(`driver ${name}`, () => {
    const cleanUp: (() => Promise<void>)[] = []
    let topics = 0

    afterEach(async () => {
      for (const close of cleanUp.splice(0).toReversed()) await close()
    })

    async function start(): Promise<{target: ContractTarget; session: Session; topic: string}> {
      const target = await startTarget()
      cleanUp.push(() => target.close())
      const session = await target.driver.connect(optionsOf(target))
      cleanUp.push(() => session.close())
      topics += 1
      return {target, session, topic: `contract-${process.pid}-${topics}`}
    }

    async function startWithTopic(partitions = 1) {
      const started = await start()
      await started.session.createTopic(started.topic, partitions)
      return {...started, producer: await started.session.openProducer(started.topic, 0)}
    }

    test('a target that serves says so', async () => {
      const {session} = await start()
      const {status, uptimeSec} = await session.ping()
      expect(status).toBe('healthy')
      expect(uptimeSec).toBeGreaterThanOrEqual(0)
    })

    test('a topic is created once, and is gone when it was deleted', async () => {
      const {session, topic} = await start()
      await expect(session.offsetsOf(topic, 0)).rejects.toMatchObject({code: 'SB_REQUEST_REFUSED'})
      await session.createTopic(topic, 2)
      await expect(session.createTopic(topic, 2)).rejects.toMatchObject({code: 'SB_REQUEST_REFUSED'})
      expect(await session.offsetsOf(topic, 1)).toEqual({start: 0, end: 0})
      await expect(session.offsetsOf(topic, 2)).rejects.toMatchObject({code: 'SB_REQUEST_REFUSED'})
      await session.deleteTopic(topic)
      await expect(session.offsetsOf(topic, 0)).rejects.toMatchObject({code: 'SB_REQUEST_REFUSED'})
    })

    test('every value arrives once, in order, byte for byte, in batches of any size', async () => {
      const {session, topic, producer} = await startWithTopic()
      const received = new Collector()
      await session.openConsumer({topic, partitions: [0], startOffset: 0, onBatch: received.take})
      const batch = producer.allocate(20, 33)
      const sent: string[] = []
      for (const count of [20, 1, 7, 20, 2, 19, 20, 3]) {
        batch.count = count
        for (let index = 0; index < count; index += 1) sent.push(fillValue(batch, index, sent.length))
        await send(producer, batch)
      }
      await eventually(() => received.values.length >= sent.length)
      expect(received.values).toEqual(sent)
      expect(received.offsets).toEqual(sent.map((_, index) => index))
      expect(await session.offsetsOf(topic, 0)).toEqual({start: 0, end: sent.length})
    })

    test('keys arrive with their values, and a batch without keys has none', async () => {
      const {session, topic, producer} = await startWithTopic()
      const received = new Collector()
      await session.openConsumer({topic, partitions: [0], startOffset: 0, onBatch: received.take})
      const keyed = producer.allocate(5, 24, 8)
      const plain = producer.allocate(5, 24)
      const keys: string[] = []
      const values: string[] = []
      for (const [batch, count] of [
        [keyed, 5],
        [plain, 2],
        [keyed, 1],
        [keyed, 5],
        [plain, 5],
      ] as const) {
        batch.count = count
        for (let index = 0; index < count; index += 1) {
          values.push(fillValue(batch, index, values.length))
          keys.push(batch === keyed ? fillKey(batch, index, values.length) : '')
        }
        await send(producer, batch)
      }
      await eventually(() => received.values.length >= values.length)
      expect(received.values).toEqual(values)
      expect(received.keys).toEqual(keys)
    })

    test.each([0, 9])('values of mixed sizes arrive as they were laid out, with keys of %i B', async (keyBytes) => {
      const {session, topic, producer} = await startWithTopic()
      const received = new Collector()
      await session.openConsumer({topic, partitions: [0], startOffset: 0, onBatch: received.take})
      const batch = producer.allocate(9, 300, keyBytes)
      const random = seededRandom(20)
      const keys: string[] = []
      const values: string[] = []
      for (let round = 0; round < 60; round += 1) {
        const count = 1 + Math.floor(random() * 9)
        for (let index = 0; index < count; index += 1) batch.valueSizes[index] = Math.floor(random() * 301)
        batch.layOut(count)
        expect(batch.count).toBe(count)
        for (let index = 0; index < count; index += 1) {
          values.push(fillValue(batch, index, values.length))
          keys.push(fillKey(batch, index, values.length))
        }
        await send(producer, batch)
      }
      await eventually(() => received.values.length >= values.length)
      expect(received.values).toEqual(values)
      expect(received.keys).toEqual(keys)
      expect(await session.offsetsOf(topic, 0)).toEqual({start: 0, end: values.length})
    })

    test('nothing of an older layout is left between the values of a new one', async () => {
      const {session, topic, producer} = await startWithTopic()
      const received = new Collector()
      const batch = producer.allocate(8, 64, 4)
      const noise = '\u00ff'
      for (const sizes of [
        [64, 64, 64, 64, 64, 64, 64, 64],
        [0, 0, 0, 0, 0, 0, 0, 0],
        [1, 63, 17, 16, 64, 2, 33, 5],
        [64, 0, 64, 0, 64],
      ]) {
        batch.valueSizes.set(sizes)
        batch.layOut(sizes.length)
        for (let index = 0; index < sizes.length; index += 1) {
          batch.bytes.fill(noise, batch.keyStart[index]!, batch.keyStart[index]! + 4, 'latin1')
          batch.bytes.fill(noise, batch.valueStart[index]!, batch.valueStart[index]! + sizes[index]!, 'latin1')
        }
        await send(producer, batch)
      }
      await session.openConsumer({topic, partitions: [0], startOffset: 3, onBatch: received.take})
      await eventually(() => received.values.length >= 26)
      expect(received.values.map((value) => value.length)).toEqual([
        64, 64, 64, 64, 64, 0, 0, 0, 0, 0, 0, 0, 0, 1, 63, 17, 16, 64, 2, 33, 5, 64, 0, 64, 0, 64,
      ])
      expect(received.values.every((value) => value === noise.repeat(value.length))).toBe(true)
      expect(received.keys.every((key) => key === noise.repeat(4))).toBe(true)
      expect(received.offsets).toEqual(Array.from({length: 26}, (_, index) => index + 3))
    })

    test('many batches in flight are each answered once, in order, never inside the call', async () => {
      const {producer} = await startWithTopic()
      const batches = Array.from({length: 200}, () => producer.allocate(3, 16))
      const answered: OutgoingBatch[] = []
      for (const batch of batches) producer.sendBatch(batch, (done, error) => void answered.push(error ? batch : done))
      expect(answered).toHaveLength(0)
      await eventually(() => answered.length >= batches.length)
      await settle()
      expect(answered).toEqual(batches)
    })

    test('the stamps lie between the call and the answer', async () => {
      const {producer} = await startWithTopic()
      const batch = producer.allocate(100, 1024)
      for (let round = 0; round < 20; round += 1) {
        const beforeNs = nowNs()
        await send(producer, batch)
        expect(batch.sentNs).toBeGreaterThanOrEqual(beforeNs)
        expect(batch.ackedNs).toBeGreaterThanOrEqual(batch.sentNs)
        expect(batch.ackedNs).toBeLessThanOrEqual(nowNs())
      }
    })

    test('the tag is left alone', async () => {
      const {producer} = await startWithTopic()
      const batch = producer.allocate(1, 16)
      batch.tag = 4711
      await send(producer, batch)
      expect(batch.tag).toBe(4711)
    })

    test('a consumer begins where it is told to', async () => {
      const {session, topic, producer} = await startWithTopic()
      const sent = await sendNumbered(producer, 0, 50)
      const received = new Collector()
      const options = {topic, partitions: [0], startOffset: 37, onBatch: received.take}
      const consumer = await session.openConsumer(options)
      await eventually(() => received.values.length >= 13)
      expect(received.values).toEqual(sent.slice(37))
      expect(received.offsets[0]).toBe(37)
      expect(consumer.positionOf(0)).toBe(50)
    })

    test('one producer reaches several partitions, one consumer reads them', async () => {
      const {session, topic, producer} = await startWithTopic(3)
      const producers = [producer]
      for (const partition of [1, 2]) producers.push(await session.openProducer(topic, partition, producer))
      const sent = await Promise.all(producers.map((each, partition) => sendNumbered(each, partition * 1000, 40)))
      const received = [0, 1, 2].map(() => new Collector())
      const onBatch = (batch: IncomingBatch) => received[batch.partition]!.take(batch)
      await session.openConsumer({topic, partitions: [0, 2], startOffset: 0, onBatch})
      await session.openConsumer({topic, partitions: [1], startOffset: 0, onBatch})
      await eventually(() => received.every((collector) => collector.values.length >= 40))
      expect(received.map((collector) => collector.values)).toEqual(sent)
    })

    test('a consumer that was closed gets nothing more', async () => {
      const {session, topic, producer} = await startWithTopic()
      const received = new Collector()
      const consumer = await session.openConsumer({topic, partitions: [0], startOffset: 0, onBatch: received.take})
      await sendNumbered(producer, 0, 10)
      await eventually(() => received.values.length === 10)
      await consumer.close()
      await sendNumbered(producer, 10, 10)
      await settle()
      expect(received.values).toHaveLength(10)
    })

    test('a target that does not read is seen as back-pressure, and as the time a batch was held', async () => {
      const {target, producer} = await startWithTopic()
      await sendNumbered(producer, 0, 1)
      expect([producer.writable, producer.queuedBytes]).toEqual([true, 0])
      target.stall()
      const noise = randomBytes(65_536) // nothing that a driver could make small
      const batches = Array.from({length: 40}, () => {
        const batch = producer.allocate(16, 65_536)
        for (const start of batch.valueStart) noise.copy(batch.bytes, start)
        return batch
      })
      const answers = batches.map((batch) => send(producer, batch))
      await settle()
      expect(producer.writable).toBe(false)
      expect(producer.queuedBytes).toBeGreaterThan(0)
      expect(batches.at(-1)!.sentNs).toBeNaN()
      const resumedNs = nowNs()
      target.resume()
      await Promise.all(answers)
      expect(batches.at(-1)!.sentNs).toBeGreaterThanOrEqual(resumedNs)
      expect([producer.writable, producer.queuedBytes]).toEqual([true, 0])
    })

    test('close fails what is in flight, once, and may be called again', async () => {
      const {target, session, producer} = await startWithTopic()
      target.stall()
      const outcomes = Array.from({length: 5}, () => outcomeOf(producer, producer.allocate(2, 16)))
      await settle()
      await session.close()
      await session.close()
      for (const outcome of await Promise.all(outcomes)) expect(outcome?.code).toBe('SB_TARGET_LOST')
      await expect(session.ping()).rejects.toMatchObject({code: 'SB_TARGET_LOST'})
    })

    test('a loss fails what is in flight, then is told once', async () => {
      const {target, session, producer} = await startWithTopic()
      const told: string[] = []
      session.onLost((error) => told.push(error.code))
      target.stall()
      const outcomes = Array.from({length: 5}, () =>
        outcomeOf(producer, producer.allocate(2, 16)).then((error) => told.push(`failed ${error?.code}`)),
      )
      await settle()
      await target.lose()
      await Promise.all(outcomes)
      await eventually(() => told.includes('SB_TARGET_LOST'))
      await settle()
      expect(told.filter((entry) => entry === 'SB_TARGET_LOST')).toHaveLength(1)
      expect(told.filter((entry) => entry === 'failed SB_TARGET_LOST')).toHaveLength(5)
      expect((await outcomeOf(producer, producer.allocate(2, 16)))?.code).toBe('SB_TARGET_LOST')
    })

    test('after a reconnect producers send and consumers go on where they stopped', async () => {
      const {target, session, topic, producer} = await startWithTopic()
      const received = new Collector()
      const consumer = await session.openConsumer({topic, partitions: [0], startOffset: 0, onBatch: received.take})
      const before = await sendNumbered(producer, 0, 30)
      await eventually(() => received.values.length === 30)
      const lost = new Promise((resolve) => session.onLost(resolve))
      await target.lose()
      await lost
      await expect(session.reconnect()).rejects.toMatchObject({code: 'SB_TARGET_UNREACHABLE'})
      await target.restore()
      await session.reconnect()
      const after = await sendNumbered(producer, 30, 30)
      await eventually(() => received.values.length >= 60)
      await settle()
      expect(received.values).toEqual([...before, ...after])
      expect(consumer.positionOf(0)).toBe(60)
    })

    test('an idle consumer asks for nothing until it is told where to read, and reads again from there', async () => {
      const {session, topic, producer} = await startWithTopic()
      const sent = await sendNumbered(producer, 0, 40)
      const received = new Collector()
      const options = {topic, partitions: [0], startOffset: 0, isIdle: true, onBatch: received.take}
      const consumer = await session.openConsumer(options)
      await settle()
      expect(received.values).toEqual([])
      consumer.readFrom(10)
      await eventually(() => received.values.length >= 30)
      expect(received.values).toEqual(sent.slice(10))
      consumer.readFrom(0)
      consumer.readFrom(35) // what the first one asked for is not delivered
      await eventually(() => received.values.length >= 35)
      await settle()
      expect(received.values.slice(30)).toEqual(sent.slice(35))
      expect(received.offsets.slice(30)).toEqual([35, 36, 37, 38, 39])
      expect(consumer.positionOf(0)).toBe(40)
    })

    test('a target that is not there cannot be connected to', async () => {
      const target = await startTarget()
      cleanUp.push(() => target.close())
      await target.lose()
      await expect(target.driver.connect(optionsOf(target))).rejects.toMatchObject({code: 'SB_TARGET_UNREACHABLE'})
    })

    test('a batch beyond the abilities is a programmer error', async () => {
      const {target, producer} = await startWithTopic()
      const tooMany = Math.ceil(target.driver.abilities.batchBytesMax / 1024) + 1
      expect(() => producer.allocate(tooMany, 1024)).toThrow(RangeError)
      expect(() => producer.allocate(0, 1024)).toThrow(RangeError)
      const {messageBytesMax, batchBytesMax} = target.driver.abilities
      expect(() => producer.allocate(1, batchBytesMax, 1)).toThrow(RangeError)
      const large = Math.min(messageBytesMax, 8 * 2 ** 20)
      expect(producer.allocate(1, large).valueBytes).toBe(large)
      const batch = producer.allocate(3, 100)
      batch.valueSizes.set([100, 101, 100])
      expect(() => batch.layOut(3)).toThrow(RangeError)
      for (const count of [0, 4]) expect(() => batch.layOut(count)).toThrow(RangeError)
    })
  })
}

function optionsOf(target: ContractTarget): ConnectOptions {
  return {host: target.host, port: target.port, nowNs, connectTimeoutMs: 2_000, requestTimeoutMs: 10_000}
}

/** Keeps copies: an incoming batch is only valid during the callback. */
class Collector {
  readonly keys: string[] = []
  readonly values: string[] = []
  readonly offsets: number[] = []
  readonly take = (batch: IncomingBatch): void => {
    for (let index = 0; index < batch.count; index += 1) {
      const keyStart = batch.keyStart[index]!
      this.keys.push(batch.bytes.toString('latin1', keyStart, keyStart + batch.keyBytes[index]!))
      const start = batch.valueStart[index]!
      this.values.push(batch.bytes.toString('latin1', start, start + batch.valueBytes[index]!))
      this.offsets.push(batch.baseOffset + index)
    }
  }
}

function fillValue(batch: OutgoingBatch, index: number, number: number): string {
  const size = batch.valueSizes[index]!
  const text = `${number}`.padStart(size, String.fromCharCode(33 + (number % 90))).slice(0, size)
  batch.bytes.write(text, batch.valueStart[index]!, 'latin1')
  return text
}

function fillKey(batch: OutgoingBatch, index: number, number: number): string {
  const text = `${number}`.padStart(batch.keyBytes, 'k').slice(0, batch.keyBytes)
  batch.bytes.write(text, batch.keyStart[index]!, 'latin1')
  return text
}

/** Sends `count` values in batches of up to 7; gives the values. */
async function sendNumbered(producer: Producer, first: number, count: number): Promise<string[]> {
  const values: string[] = []
  while (values.length < count) {
    const batch = producer.allocate(7, 24)
    batch.count = Math.min(7, count - values.length)
    for (let index = 0; index < batch.count; index += 1) values.push(fillValue(batch, index, first + values.length))
    await send(producer, batch)
  }
  return values
}

function outcomeOf(producer: Producer, batch: OutgoingBatch): Promise<StreambusError | undefined> {
  return new Promise((resolve) => producer.sendBatch(batch, (_, error) => resolve(error)))
}

async function send(producer: Producer, batch: OutgoingBatch): Promise<void> {
  const error = await outcomeOf(producer, batch)
  if (error !== undefined) throw error
}

function settle(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 60))
}

async function eventually(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5))
}
