import {once} from 'node:events'
import {mkdtemp, rm} from 'node:fs/promises'
import {createServer} from 'node:net'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, expect, test} from 'vitest'
import {encodeProduce} from '../protocol/requests.ts'
import {startBroker} from './broker.ts'
import {testSettings} from './server/testing/test-server.ts'
import {WireClient} from './server/testing/wire-client.ts'
import type {Files} from './storage/files.ts'
import {nodeFiles} from './storage/node-files.ts'

let dataDir: string
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'streambus-health-'))
})
afterEach(() => rm(dataDir, {recursive: true, force: true}))

/** A port that nothing has: the broker's own is known only once it serves. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address !== null ? address.port : 0
}

async function readiness(httpPort: number): Promise<[status: number, why: string | undefined]> {
  const response = await fetch(`http://127.0.0.1:${httpPort}/health/ready`)
  const {checks} = (await response.json()) as {checks: {data_port: {message?: string}}}
  return [response.status, checks.data_port.message]
}

test('while the log recovers the broker is alive, not ready, and counts as starting', async () => {
  const httpPort = await freePort()
  const gate = Promise.withResolvers<void>()
  const asked = Promise.withResolvers<void>()
  const files = {
    ...nodeFiles,
    async mkdir(directory: string) {
      asked.resolve()
      await gate.promise
      await nodeFiles.mkdir(directory)
    },
  }
  const starting = startBroker(testSettings(dataDir, {httpPort}), {files})
  await asked.promise
  expect(await readiness(httpPort)).toEqual([503, 'the log recovers; the data port is not open yet'])
  expect((await fetch(`http://127.0.0.1:${httpPort}/health/live`)).status).toBe(200)
  expect(await (await fetch(`http://127.0.0.1:${httpPort}/metrics`)).text()).toContain('\nstreambus_broker_status 1\n')
  gate.resolve()
  const broker = await starting
  expect(await readiness(httpPort)).toEqual([200, undefined])
  await broker.close()
})

test('producers that wait for room in the log are seen to wait, and no longer once it has room', async () => {
  let mayWrite = Promise.resolve()
  const files: Files = {
    ...nodeFiles,
    write(handle, buffer, offset, length, position, done) {
      void mayWrite.then(() => nodeFiles.write(handle, buffer, offset, length, position, done))
    },
  }
  const {server, storage} = testSettings(dataDir, {httpPort: 0})
  const memtable = {maxBytes: 1_048_576, immutableMax: 1}
  const broker = await startBroker({server, storage: {...storage, memtable}}, {files})
  const stuck = Promise.withResolvers<void>()
  mayWrite = stuck.promise
  const waitingSec = async () => {
    const text = await (await fetch(`http://127.0.0.1:${broker.httpPort}/metrics`)).text()
    return Number(/^streambus_writers_waiting_seconds (.*)$/m.exec(text)?.[1])
  }
  const client = await WireClient.connect(broker.port)
  const value = Buffer.alloc(2_000_000) // more than is written within a turn
  for (let id = 0; id < 6; id += 1) client.send(encodeProduce(id, 't', 0, [{value}]))
  while (!((await waitingSec()) > 0));
  stuck.resolve()
  for (let id = 0; id < 6; id += 1) expect(await client.answer()).not.toBeNull()
  expect(await waitingSec()).toBe(0)
  client.close()
  await broker.close()
})
