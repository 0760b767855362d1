import {expect, test} from 'vitest'
import {type Random, seededRandom} from '../../base/random.ts'
import {sealFrame, writeU32} from '../../protocol/bytes.ts'
import {pack} from '../../protocol/codecs.ts'
import {CRC_BYTES, TYPE_AT} from '../../protocol/constants.ts'
import {encodeRecords} from '../../protocol/records.ts'
import {
  encodeCreateTopic,
  encodeDeleteTopic,
  encodeFeatureCheck,
  encodeFetch,
  encodeGetOffset,
  encodeHealthCheck,
  encodeListTopics,
  encodeProduce,
} from '../../protocol/requests.ts'
import {startTestServer} from './testing/test-server.ts'
import {WireClient} from './testing/wire-client.ts'

/** FUZZ_FRAMES=1000000 for the hardening run, about two minutes. */
const FRAMES = Number(process.env.FUZZ_FRAMES ?? 60_000)
const SEED = Number(process.env.STREAMBUS_FUZZ_SEED ?? 2026)
const PER_CONNECTION = 100
const CONNECTIONS = 8

const records = [{key: 'k', value: 'hello', headers: [['h', 'v'] as const]}, {value: Buffer.alloc(300)}]
const raw = encodeRecords(records)

function packedProduce(id: number, codec: number): Buffer {
  const tail = {acks: 'written', codec, count: records.length, rawBytes: raw.length} as const
  return encodeProduce(id, 'packed', 0, [{value: pack(codec, raw)}], tail)
}

/** Valid frames of every type, with and without what the extension adds. */
const good = [
  encodeProduce(1, 'orders', 0, records),
  encodeProduce(2, 'orders', 1, [{value: Buffer.alloc(500)}]),
  encodeProduce(3, 'orders', 0, records, {acks: 'none', codec: 0, count: 0, rawBytes: 0}),
  encodeProduce(4, 'orders', 0, records, {acks: 'synced', codec: 0, count: 0, rawBytes: 0}),
  packedProduce(5, 1),
  packedProduce(6, 4),
  encodeFetch(7, 'orders', 0, 0, 1000),
  encodeFetch(8, 'packed', 0, 1, 1000),
  encodeFetch(9, 'packed', 0, 0, 1000, {bytesMin: 1, waitMsMax: 5, unpacks: true}),
  encodeGetOffset(10, 'orders', 0),
  encodeCreateTopic(11, 'orders', 3),
  encodeDeleteTopic(12, 'other'),
  encodeListTopics(13),
  encodeHealthCheck(14),
  encodeFeatureCheck(15),
]

const below = (random: Random, limit: number) => Math.floor(random() * limit)
const randomBytes = (random: Random, length: number) => Buffer.from(Array.from({length}, () => below(random, 256)))
const oneOf = <T>(random: Random, items: readonly T[]) => items[below(random, items.length)]!
const interesting = [0, 1, 4, 16, 0x7f, 0xff, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff]

type Mutation = (random: Random, frame: Buffer) => Buffer

function flipBytes(random: Random, frame: Buffer): Buffer {
  for (let flips = 1 + below(random, 4); flips > 0; flips -= 1) frame[below(random, frame.length)] = below(random, 256)
  return frame
}

/** A count or a length within the payload, more often than not. */
function setInteger(random: Random, frame: Buffer): Buffer {
  writeU32(frame, 4 + below(random, frame.length - 8), oneOf(random, interesting))
  return frame
}

function cutPayload(random: Random, frame: Buffer): Buffer {
  return Buffer.concat([frame.subarray(0, 16 + below(random, frame.length - 19)), Buffer.alloc(CRC_BYTES)])
}

function growPayload(random: Random, frame: Buffer): Buffer {
  return Buffer.concat([frame.subarray(0, -CRC_BYTES), randomBytes(random, 1 + below(random, 40)), Buffer.alloc(4)])
}

function spliceTail(random: Random, frame: Buffer): Buffer {
  const other = oneOf(random, good)
  return Buffer.concat([frame.subarray(0, -CRC_BYTES), other.subarray(16 + below(random, other.length - 16))])
}

const mutations: readonly Mutation[] = [flipBytes, setInteger, cutPayload, growPayload, spliceTail]

/**
 * Most carry a right CRC, a right length and a known type, so that the payload is looked at and the connection
 * lives on; the others end it.
 */
function fuzzFrame(random: Random): Buffer {
  const fate = random()
  if (fate < 0.005) return randomBytes(random, below(random, 200))
  let frame: Buffer = Buffer.from(oneOf(random, good))
  for (let count = 1 + below(random, 2); count > 0; count -= 1) frame = oneOf(random, mutations)(random, frame)
  if (fate < 0.01) return frame.subarray(0, below(random, frame.length))
  if (fate < 0.015) return frame // a wrong CRC, as a rule
  if (fate > 0.01 && fate < 0.98) frame[TYPE_AT] = 1 + below(random, 7)
  sealFrame(frame)
  if (fate > 0.995) writeU32(frame, 0, oneOf(random, interesting)) // a wrong length
  return frame
}

/** Sends frames until the server ends the connection or all are out; then waits for its end. Gives how many. */
async function attack(port: number, random: Random): Promise<number> {
  const client = await WireClient.connect(port)
  let sent = 0
  for (; sent < PER_CONNECTION && !client.isClosed; sent += 1) {
    client.send(fuzzFrame(random))
    if (random() < 0.1) await new Promise((resolve) => setImmediate(resolve))
  }
  client.socket.end()
  await client.closed()
  return sent
}

test(`${FRAMES} mutated frames: it answers or closes, holds nothing of theirs, and serves the next client`, async () => {
  const server = await startTestServer()
  const random = seededRandom(SEED)
  const before = process.memoryUsage()
  const examined = () => server.stats().requests + server.stats().streamsRefused
  let peakBytes = 0
  while (examined() < FRAMES) {
    await Promise.all(Array.from({length: CONNECTIONS}, () => attack(server.port, random)))
    const {heapUsed, arrayBuffers} = process.memoryUsage()
    peakBytes = Math.max(peakBytes, heapUsed + arrayBuffers - before.heapUsed - before.arrayBuffers)
  }
  const stats = server.stats()
  expect(peakBytes).toBeLessThan(300_000_000)
  expect([stats.requestBytesHeld, stats.answerBytesUnsent, stats.answerBytesLent]).toEqual([0, 0, 0])
  expect(stats.streamsRefused).toBeGreaterThan(FRAMES / 200)
  expect(stats.errors).toBeGreaterThan(FRAMES / 10)
  expect(stats.requests - stats.errors).toBeGreaterThan(FRAMES / 10)
  const client = await WireClient.connect(server.port)
  expect(await client.ask(encodeHealthCheck(1))).not.toBeNull()
  expect(await client.ask(encodeProduce(2, 'after', 0, [{value: 'served'}]))).not.toBeNull()
  client.close()
  await server.close()
}, 1_800_000)
