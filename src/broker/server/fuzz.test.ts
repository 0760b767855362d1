import {expect, test} from 'vitest'
import {type Random, seededRandom} from '../../base/random.ts'
import {sealFrame} from '../../protocol/bytes.ts'
import {
  encodeCreateTopic,
  encodeDeleteTopic,
  encodeFetch,
  encodeGetOffset,
  encodeHealthCheck,
  encodeListTopics,
  encodeProduce,
} from '../../protocol/requests.ts'
import {startTestServer} from './testing/test-server.ts'
import {WireClient} from './testing/wire-client.ts'

/** STREAMBUS_FUZZ_FRAMES=100000 for the hardening run. */
const FRAMES = Number(process.env.STREAMBUS_FUZZ_FRAMES ?? 20_000)
const PER_CONNECTION = 40
const CONNECTIONS = 8

const good = [
  encodeProduce(1, 'orders', 0, [{key: 'k', value: 'hello', headers: [['h', 'v']]}, {value: 'x'}]),
  encodeProduce(2, 'orders', 1, [{value: Buffer.alloc(500)}]),
  encodeFetch(3, 'orders', 0, 0, 1000),
  encodeGetOffset(4, 'orders', 0),
  encodeCreateTopic(5, 'orders', 3),
  encodeDeleteTopic(6, 'other'),
  encodeListTopics(7),
  encodeHealthCheck(8),
]

const below = (random: Random, limit: number) => Math.floor(random() * limit)
const randomBytes = (random: Random, length: number) => Buffer.from(Array.from({length}, () => below(random, 256)))

/** Most carry a right CRC and a right length, so that the payload is looked at; the others end the connection. */
function fuzzFrame(random: Random): Buffer {
  if (random() < 0.02) return randomBytes(random, below(random, 200))
  const frame = Buffer.from(good[below(random, good.length)]!)
  for (let flips = 1 + below(random, 4); flips > 0; flips -= 1) frame[below(random, frame.length)] = below(random, 256)
  if (random() < 0.02) return frame.subarray(0, below(random, frame.length))
  if (random() < 0.1) return frame
  frame[12] = 1 + below(random, 7) // a known type, so that most connections live on
  return sealFrame(frame)
}

/** Sends frames until the server ends the connection or all are out; then waits for its end. */
async function attack(port: number, random: Random): Promise<void> {
  const client = await WireClient.connect(port)
  for (let count = 0; count < PER_CONNECTION && !client.isClosed; count += 1) {
    client.send(fuzzFrame(random))
    if (random() < 0.2) await new Promise((resolve) => setImmediate(resolve))
  }
  client.socket.end()
  await client.closed()
}

test(`${FRAMES} random and mutated frames: it answers or closes, stays small, and serves the next client`, async () => {
  const server = await startTestServer()
  const random = seededRandom(2026)
  const before = process.memoryUsage()
  const examined = () => server.stats().requests + server.stats().streamsRefused
  let peakBytes = 0
  while (examined() < FRAMES) {
    await Promise.all(Array.from({length: CONNECTIONS}, () => attack(server.port, random)))
    const {heapUsed, arrayBuffers} = process.memoryUsage()
    peakBytes = Math.max(peakBytes, heapUsed + arrayBuffers - before.heapUsed - before.arrayBuffers)
  }
  expect(peakBytes).toBeLessThan(300_000_000)
  const stats = server.stats()
  expect(stats.streamsRefused).toBeGreaterThan(FRAMES / 100)
  expect(stats.errors).toBeGreaterThan(FRAMES / 100)
  const client = await WireClient.connect(server.port)
  expect(await client.ask(encodeHealthCheck(1))).not.toBeNull()
  expect(await client.ask(encodeProduce(2, 'after', 0, [{value: 'served'}]))).not.toBeNull()
  client.close()
  await server.close()
}, 300_000)
