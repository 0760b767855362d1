import {afterEach, expect, test} from 'vitest'
import {encodeFetch, encodeHealthCheck, encodeProduce} from '../../protocol/requests.ts'
import {startTestServer} from './testing/test-server.ts'
import {WireClient} from './testing/wire-client.ts'

const open: {close(): unknown}[] = []

afterEach(async () => {
  for (const resource of open.splice(0).toReversed()) await resource.close()
})

/** Counts turns of the event loop, which client and server share here, until `promise` is settled. */
async function turnsUntil(promise: Promise<unknown>): Promise<number> {
  let isSettled = false
  void promise.then(() => {
    isSettled = true
  })
  let turns = 0
  for (; !isSettled; turns += 1) await new Promise((resolve) => setImmediate(resolve))
  return turns
}

const floods: [name: string, request: Buffer, count: number][] = [
  ['health checks', encodeHealthCheck(1), 100_000],
  ['small produce requests', encodeProduce(1, 't', 0, [{value: 'x'}]), 30_000],
  ['fetches of a megabyte', encodeFetch(1, 'big', 0, 0, 1_000_000), 1000],
]

test.each(floods)(
  'while one connection pipelines %s, another is answered within a few turns',
  async (_, request, count) => {
    const server = await startTestServer()
    open.push(server)
    const [flooding, other] = [await WireClient.connect(server.port), await WireClient.connect(server.port)]
    open.push(flooding, other)
    await other.ask(encodeProduce(1, 'big', 0, [{value: Buffer.alloc(1_000_000)}]))
    const before = server.stats().requests
    flooding.send(Buffer.concat(Array<Buffer>(count).fill(request)))
    while (server.stats().requests === before) await new Promise((resolve) => setImmediate(resolve))
    const turns: number[] = []
    for (let asked = 0; asked < 10; asked += 1) turns.push(await turnsUntil(other.ask(encodeHealthCheck(asked))))
    expect(server.stats().requests - before).toBeLessThan(count) // it was still at it
    expect(Math.max(...turns)).toBeLessThan(20)
    expect(server.stats().requests - before).toBeLessThan(257 * turns.reduce((sum, count) => sum + count, 10))
  },
)

test('a connection that used up its share goes on in the next turn, and every request is answered', async () => {
  const server = await startTestServer()
  open.push(server)
  const client = await WireClient.connect(server.port)
  open.push(client)
  client.send(Buffer.concat(Array.from({length: 3000}, (_, id) => encodeHealthCheck(id))))
  for (let id = 0; id < 3000; id += 1) expect((await client.answer())!.readUInt32BE(8)).toBe(id)
  expect(server.stats().turnWaits).toBeGreaterThanOrEqual(10) // 3,000 / 256
})
