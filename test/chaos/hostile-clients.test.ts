import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {WireClient} from '../../src/broker/server/testing/wire-client.ts'
import {processUsageOf} from '../../src/host/process-usage.ts'
import {encodeFetch, encodeHealthCheck, encodeProduce} from '../../src/protocol/requests.ts'
import {decodeResponseHeader} from '../../src/protocol/responses.ts'
import {defaultBrokerSettings} from '../../src/settings/resolved.ts'
import {type EmbeddedTarget, startEmbedded} from '../../src/targets/embedded/embedded-target.ts'

/*
 * A broker process under three attacks at once, as the system sees it: what it ever held in memory. The bounds
 * of the server are 256 MiB of unfinished requests and 320 MiB of unread answers; without them it would be
 * 900 MB and 30 GB.
 */
const MIB = 1_048_576
const SLACK_BYTES = 160 * MIB // for what is under way, what the heap and its collector make of it, and the log
const ENTRY = new URL('../../src/app/broker-process.ts', import.meta.url)

async function start(dataDir: string): Promise<EmbeddedTarget> {
  const settings = defaultBrokerSettings({
    server: {host: '127.0.0.1', port: 0, httpPort: -1, maxConnections: 4000},
    storage: {dataDir, wal: {segmentBytes: 64 * MIB}},
  })
  return startEmbedded({entry: ENTRY, settings, startTimeoutMs: 60_000})
}

async function connect(port: number, count: number): Promise<WireClient[]> {
  const clients: WireClient[] = []
  while (clients.length < count) {
    clients.push(...(await Promise.all(Array.from({length: 100}, () => WireClient.connect(port)))))
  }
  return clients
}

async function attack(port: number): Promise<WireClient[]> {
  const large = encodeProduce(1, 't', 0, [{value: Buffer.alloc(10_000_000)}])
  const [dribblers, readers, halves] = [await connect(port, 100), await connect(port, 100), await connect(port, 2000)]
  for (const client of dribblers) client.send(large.subarray(0, 9_000_000))
  for (const client of readers) {
    client.socket.pause()
    client.send(Buffer.concat(Array<Buffer>(30).fill(encodeFetch(2, 'large', 0, 0, 0xffffffff))))
  }
  for (const client of halves) client.send(large.subarray(0, 700))
  return [...dribblers, ...readers, ...halves]
}

test('a process under hostile clients stays within its bounds, serves others, and recovers', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'streambus-hostile-'))
  const broker = await start(dataDir)
  const {port, pid} = broker
  const good = await WireClient.connect(port)
  await good.ask(encodeProduce(1, 'large', 0, [{value: Buffer.alloc(10_000_000)}]))
  const {rssBytes: before = 0} = (await processUsageOf(pid)) ?? {}
  const clients = await attack(port)
  for (let round = 0; round < 30; round += 1) {
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(decodeResponseHeader((await good.ask(encodeHealthCheck(round)))!).status).toBe(0)
    expect(decodeResponseHeader((await good.ask(encodeProduce(99, 't', 0, [{value: 'x'}])))!).status).toBe(0)
  }
  const {rssBytesMax = 0} = (await processUsageOf(pid)) ?? {}
  expect(rssBytesMax - before).toBeGreaterThan(256 * MIB) // the attack was one
  expect(rssBytesMax - before).toBeLessThan((256 + 320) * MIB + SLACK_BYTES)
  for (const client of clients) client.close()
  const answer = await good.ask(encodeFetch(5, 'large', 0, 0, 100))
  expect(answer!.length).toBeGreaterThan(10_000_000)
  good.close()
  await broker.stop()
  await rm(dataDir, {recursive: true, force: true})
}, 120_000)
