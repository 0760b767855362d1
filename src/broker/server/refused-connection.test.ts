import {afterEach, expect, test} from 'vitest'
import {encodeHealthCheck, encodeProduce} from '../../protocol/requests.ts'
import {decodeErrorText, decodeResponseHeader} from '../../protocol/responses.ts'
import type {RunningBroker} from '../broker.ts'
import {startTestServer} from './testing/test-server.ts'
import {WireClient} from './testing/wire-client.ts'

const open: {close(): unknown}[] = []

afterEach(async () => {
  for (const resource of open.splice(0).toReversed()) await resource.close()
})

/** A broker whose one place is taken. */
async function fullBroker(): Promise<{server: RunningBroker; served: WireClient}> {
  const server = await startTestServer({maxConnections: 1})
  open.push(server)
  const served = await WireClient.connect(server.port)
  open.push(served)
  await served.ask(encodeHealthCheck(1))
  return {server, served}
}

async function connect({port}: RunningBroker): Promise<WireClient> {
  const client = await WireClient.connect(port)
  open.push(client)
  return client
}

const refusal = 'the broker has its 1 connections (server.max_connections)'

test('a client over the limit is refused as the answer to its first request, then closed; others are served', async () => {
  const {server, served} = await fullBroker()
  const client = await connect(server)
  const answer = await client.ask(encodeHealthCheck(77))
  expect(decodeResponseHeader(answer!)).toEqual({id: 77, status: 1, errorCode: 1100})
  expect(decodeErrorText(answer!)).toBe(refusal)
  client.socket.end()
  expect(await client.answer()).toBeNull()
  expect(await served.ask(encodeHealthCheck(2))).not.toBeNull()
  expect([server.stats().connectionsRefused, server.stats().connections]).toEqual([1, 1])
})

test('one that asks nothing is refused with id 0', async () => {
  const {server} = await fullBroker()
  const client = await connect(server)
  const answer = await client.answer()
  expect(decodeResponseHeader(answer!)).toEqual({id: 0, status: 1, errorCode: 1100})
  expect(decodeErrorText(answer!)).toBe(refusal)
})

test('one that sends 10 MiB in pieces is refused after its first 12 bytes, and can read why', async () => {
  const {server} = await fullBroker()
  const client = await connect(server)
  const request = encodeProduce(5, 't', 0, [{value: Buffer.alloc(10_000_000)}])
  client.send(request.subarray(0, 7))
  client.send(request.subarray(7))
  expect(decodeResponseHeader((await client.answer())!)).toEqual({id: 5, status: 1, errorCode: 1100})
})

test('of a flood over the limit at most 64 are refused in words at a time, the others at once; then there is a place again', async () => {
  const {server, served} = await fullBroker()
  const flood = await Promise.all(Array.from({length: 300}, () => connect(server)))
  const answers = await Promise.all(flood.map((client) => client.answer()))
  const told = answers.filter((answer) => answer !== null)
  expect(told.length).toBeGreaterThanOrEqual(64)
  expect(server.stats().connectionsRefused).toBe(300)
  expect(server.stats().requestBytesHeld).toBe(0)
  for (const client of flood) client.close()
  served.close()
  while (server.stats().connections > 0) await new Promise((resolve) => setTimeout(resolve, 5))
  const next = await connect(server)
  expect(decodeResponseHeader((await next.ask(encodeHealthCheck(3)))!).status).toBe(0)
})
