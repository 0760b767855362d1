import {afterEach, expect, test} from 'vitest'
import {encodeFetch, encodeHealthCheck, encodeProduce} from '../../protocol/requests.ts'
import {decodeErrorText, decodeProduceResponse, decodeResponseHeader} from '../../protocol/responses.ts'
import {defaultBrokerSettings} from '../../settings/resolved.ts'
import {openStorage} from '../storage/open.ts'
import type {Storage} from '../storage/storage.ts'
import {SimulatedDisk, systemError} from '../storage/testing/simulated-disk.ts'
import {type RunningServer, startServer} from './server.ts'
import {startTestServer} from './testing/test-server.ts'
import {WireClient} from './testing/wire-client.ts'

const open: {close(): unknown}[] = []

afterEach(async () => {
  for (const resource of open.splice(0).toReversed()) await resource.close()
})

async function connect(server: {readonly port: number}): Promise<WireClient> {
  const client = await WireClient.connect(server.port)
  open.push(client)
  return client
}

test('a flood larger than the buffer of the log waits for room, and is taken whole and in order', async () => {
  const server = await startTestServer()
  open.push(server)
  const clients = await Promise.all([0, 1, 2, 3].map(() => connect(server)))
  const value = Buffer.alloc(1_000_000)
  for (const [partition, client] of clients.entries()) {
    for (let id = 0; id < 20; id += 1) client.send(encodeProduce(id, `t${partition}`, 0, [{value}]))
  }
  for (const client of clients) {
    for (let id = 0; id < 20; id += 1) {
      const frame = await client.answer()
      expect(decodeResponseHeader(frame!)).toEqual({id, status: 0, errorCode: 0})
      expect(decodeProduceResponse(frame!)).toMatchObject({baseOffset: id})
    }
  }
})

async function serverOn(disk: SimulatedDisk, isHealthy: () => boolean): Promise<RunningServer> {
  const {server, storage} = defaultBrokerSettings({server: {host: '127.0.0.1', port: 0}})
  const wal = {...storage.wal, segmentBytes: 16 * 1024 * 1024, fsyncPolicy: 'always' as const}
  const memtable = {maxBytes: 1_048_576, immutableMax: 1} // so that 2 MiB fill it
  const log: Storage = await openStorage({files: disk, dataDir: '/data', wal, memtable, retentionBytes: 0})
  const running = await startServer(server, log, isHealthy)
  open.push(log, running)
  return running
}

test('after a failed sync every produce is refused with code 7 and the reason, and what was kept is still read', async () => {
  const disk = new SimulatedDisk()
  let isHealthy = true
  const client = await connect(await serverOn(disk, () => isHealthy))
  expect(decodeResponseHeader((await client.ask(encodeProduce(1, 't', 0, [{value: 'kept'}])))!).errorCode).toBe(0)
  disk.fault = (call) => (call.kind === 'fdatasync' ? systemError('EIO', 'log') : undefined)
  for (const id of [2, 3]) {
    const answer = await client.ask(encodeProduce(id, 't', 0, [{value: 'lost'}]))
    expect(decodeResponseHeader(answer!)).toEqual({id, status: 1, errorCode: 7})
    expect(decodeErrorText(answer!)).toContain('The log takes no more writes')
  }
  disk.fault = () => undefined
  isHealthy = false
  expect((await client.ask(encodeFetch(4, 't', 0, 0, 100)))!.toString()).toContain('kept')
  expect((await client.ask(encodeHealthCheck(5)))!.toString()).toContain('unhealthy')
})

test.each(['write', 'fdatasync'] as const)(
  'when a %s fails under a flood, what is pending and what waits for room is answered with code 7',
  async (kind) => {
    const disk = new SimulatedDisk()
    const server = await serverOn(disk, () => true)
    const client = await connect(server)
    await client.ask(encodeProduce(0, 't', 0, [{value: 'kept'}]))
    disk.fault = (call) => (call.kind === kind ? systemError('EIO', 'log') : undefined)
    const value = Buffer.alloc(300_000)
    for (let id = 1; id <= 30; id += 1) client.send(encodeProduce(id, 't', 0, [{value}]))
    for (let id = 1; id <= 30; id += 1) {
      expect(decodeResponseHeader((await client.answer())!)).toEqual({id, status: 1, errorCode: 7})
    }
    if (kind === 'fdatasync') expect(server.stats.logWaits).toBeGreaterThan(0) // a write fails before any had to wait
    expect((await client.ask(encodeFetch(31, 't', 0, 0, 1)))!.toString()).toContain('kept')
  },
)
