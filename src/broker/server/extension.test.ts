import {gzipSync} from 'node:zlib'
import {afterEach, expect, test} from 'vitest'
import {codecNames, codecOf, pack} from '../../protocol/codecs.ts'
import {isMalformed} from '../../protocol/decoded.ts'
import {Feature, fetchedTailAt, type ProduceTail} from '../../protocol/extension.ts'
import {packedFrame, sealPacked} from '../../protocol/produce-frame.ts'
import {decodeRecords, encodeRecords, recordsEnd, type WireRecord} from '../../protocol/records.ts'
import {
  encodeCreateTopic,
  encodeDeleteTopic,
  encodeFeatureCheck,
  encodeFetch,
  encodeGetOffset,
  encodeHealthCheck,
  encodeProduce,
} from '../../protocol/requests.ts'
import {
  decodeErrorText,
  decodeFetchResponse,
  decodeHealthResponse,
  decodeProduceResponse,
  decodeResponseHeader,
} from '../../protocol/responses.ts'
import {startTestServer} from './testing/test-server.ts'
import {WireClient} from './testing/wire-client.ts'

const open: {close(): unknown}[] = []
afterEach(async () => {
  for (const each of open.splice(0).toReversed()) await each.close()
})

async function serverAndClients(count = 1): Promise<WireClient[]> {
  const server = await startTestServer()
  open.push(server)
  const clients = await Promise.all(Array.from({length: count}, () => WireClient.connect(server.port)))
  open.push(...clients)
  return clients
}

const messages: WireRecord[] = Array.from({length: 10}, (_, index) => ({
  key: `k${index}`,
  value: `${index}`.repeat(200),
  timestampNs: 5n,
  headers: [['h', 'v']],
}))

/** Ten messages as one block; `lie` overrides what the tail says of it. */
function packedRequest(id: number, codec: number, lie: Partial<ProduceTail> = {}, block?: Buffer): Buffer {
  const raw = encodeRecords(messages)
  const known = codec > 0 && codec < codecNames.length ? pack(codec, raw) : raw
  const frame = packedFrame('t', 0, block ?? known, {acks: 'policy', codec, count: 10, rawBytes: raw.length, ...lie})
  sealPacked(frame, id)
  return frame
}

function fetched(frame: Buffer | null): {records: WireRecord[]; hwm: number; rest: Buffer} {
  const response = decodeFetchResponse(frame!)
  if (isMalformed(response)) throw new Error(response.malformed)
  const {recordsStart, recordsEnd: end, count, highWaterMark} = response
  const last = recordsEnd(frame!, recordsStart, end, count)
  return {
    records: decodeRecords(frame!, recordsStart, last, count)!,
    hwm: highWaterMark,
    rest: frame!.subarray(last, end),
  }
}

test('features are told to who asks, and everybody else gets the protocol’s own answer', async () => {
  const [client] = await serverAndClients()
  const told = decodeHealthResponse((await client!.ask(encodeFeatureCheck(1)))!)
  const untold = (await client!.ask(encodeHealthCheck(2)))!
  expect(told).toMatchObject({status: 'healthy', features: 0x1e_0000 | 15})
  expect(Feature.acks | Feature.compression | Feature.longPoll | Feature.timestamps).toBe(15)
  expect(untold.length).toBe(38) // 19 around it, 4 + 7 for `healthy`, 8 of uptime
})

test.each([1, 2, 3, 4])(
  'a batch packed with codec %i counts as its messages, and is unpacked for who cannot',
  async (codec) => {
    const [client] = await serverAndClients()
    const before = encodeProduce(1, 't', 0, [{value: 'before'}])
    expect(decodeProduceResponse((await client!.ask(before))!)).toMatchObject({baseOffset: 0, count: 1})
    const answer = decodeProduceResponse((await client!.ask(packedRequest(2, codec)))!)
    expect(answer).toMatchObject({baseOffset: 1, count: 10, highWaterMark: 11})
    await client!.ask(encodeProduce(3, 't', 0, [{value: 'behind'}]))

    const {records, rest} = fetched(await client!.ask(encodeFetch(4, 't', 0, 0, 1 << 20)))
    expect(rest.length).toBe(0)
    expect(records.map(({offset}) => offset)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11])
    expect(records[3]).toEqual({...messages[2], key: Buffer.from('k2'), value: Buffer.from('2'.repeat(200)), offset: 3})
    const midst = fetched(await client!.ask(encodeFetch(5, 't', 0, 6, 300)))
    expect(midst.records.map(({offset}) => offset)).toEqual([6, 7]) // 202 bytes each: the second overshoots
  },
)

test('who unpacks gets the block as it was sent, whole, also from its midst', async () => {
  const [client] = await serverAndClients()
  const codec = codecOf('gzip')
  await client!.ask(encodeProduce(1, 't', 0, [{value: 'before'}]))
  await client!.ask(packedRequest(2, codec))
  const tail = {bytesMin: 1, waitMsMax: 0, unpacks: true}
  const all = fetched(await client!.ask(encodeFetch(3, 't', 0, 0, 1 << 20, tail)))
  expect(all.records.map(({offset}) => offset)).toEqual([0, 1])
  expect(all.records[1]!.value).toEqual(pack(codec, encodeRecords(messages)))
  const rawBytes = encodeRecords(messages).length
  expect(fetchedTailAt(all.rest, 0, all.rest.length)).toEqual([{index: 1, codec, count: 10, rawBytes}])
  const midst = fetched(await client!.ask(encodeFetch(4, 't', 0, 7, 1 << 20, tail)))
  expect(midst.records.map(({offset}) => offset)).toEqual([1])
})

test('what does not unpack to what it says is refused, and nothing of it is stored', async () => {
  const [client] = await serverAndClients()
  const raw = encodeRecords(messages).length
  const bomb = gzipSync(Buffer.alloc(50_000_000))
  const lies: [string, Buffer][] = [
    ['a bomb', packedRequest(1, codecOf('gzip'), {rawBytes: raw}, bomb)],
    ['a bomb that says so', packedRequest(1, codecOf('gzip'), {rawBytes: 50_000_000}, bomb)],
    ['a Snappy block that announces 4 GiB', packedRequest(1, 2, {}, Buffer.from('ffffffff0f00', 'hex'))],
    ['an LZ4 block that announces 4 GiB', packedRequest(1, 3, {}, Buffer.from('ffffffff00', 'hex'))],
    ['too few messages', packedRequest(1, 2, {count: 9})],
    ['too many messages', packedRequest(1, 2, {count: 11})],
    ['no messages', packedRequest(1, 2, {count: 0})],
    ['a byte too many', packedRequest(1, 2, {rawBytes: raw + 1})],
    ['an unknown codec', packedRequest(1, 77)],
    ['two records', encodeProduce(1, 't', 0, messages, {acks: 'policy', codec: 2, count: 10, rawBytes: raw})],
  ]
  await client!.ask(encodeCreateTopic(0, 't', 1))
  for (const [name, frame] of lies) {
    const answer = (await client!.ask(frame))!
    expect([name, decodeResponseHeader(answer).errorCode]).toEqual([name, 2])
    expect(decodeErrorText(answer).length).toBeGreaterThan(10)
  }
  expect(fetched(await client!.ask(encodeFetch(2, 't', 0, 0, 100))).hwm).toBe(0)
})

test.each(['none', 'written', 'synced'] as const)('a batch with acks %s is answered and stored', async (acks) => {
  const [client] = await serverAndClients()
  const tail = {acks, codec: 0, count: 0, rawBytes: 0}
  const answer = decodeProduceResponse((await client!.ask(encodeProduce(1, 't', 0, messages, tail)))!)
  expect(answer).toMatchObject({baseOffset: 0, count: 10})
  await expect.poll(async () => fetched(await client!.ask(encodeFetch(2, 't', 0, 0, 1 << 20))).records.length).toBe(10)
})

const patient = (bytesMin: number, waitMsMax: number) => ({bytesMin, waitMsMax, unpacks: false})

test('a fetch waits until enough has come', async () => {
  const [reader, writer] = await serverAndClients(2)
  await writer!.ask(encodeCreateTopic(1, 't', 1))
  reader!.send(encodeFetch(7, 't', 0, 0, 1 << 20, patient(10, 60_000)))
  for (const value of ['aaaa', 'bbbb', 'cccc', 'dddd']) await writer!.ask(encodeProduce(2, 't', 0, [{value}]))
  const {records} = fetched(await reader!.answer())
  expect(records.map(({value}) => value.toString()).slice(0, 3)).toEqual(['aaaa', 'bbbb', 'cccc'])
})

test('a wait that is over ends with what there is', async () => {
  const [client] = await serverAndClients()
  await client!.ask(encodeProduce(1, 't', 0, [{value: 'one'}]))
  const beganMs = performance.now()
  expect(fetched(await client!.ask(encodeFetch(2, 't', 0, 0, 1 << 20, patient(100, 80)))).records.length).toBe(1)
  expect(fetched(await client!.ask(encodeFetch(3, 't', 0, 1, 1 << 20, patient(1, 80)))).records.length).toBe(0)
  expect(performance.now() - beganMs).toBeGreaterThanOrEqual(160)
})

test('a request behind it, the end of the stream and the end of the topic end a wait', async () => {
  const [a, b, c, d] = await serverAndClients(4)
  await a!.ask(encodeCreateTopic(1, 't', 1))
  const long = encodeFetch(2, 't', 0, 0, 1 << 20, patient(1, 60_000))
  a!.send(Buffer.concat([long, encodeGetOffset(3, 't', 0)])) // behind it from the start
  expect(decodeResponseHeader((await a!.answer())!).id).toBe(2)
  expect(decodeResponseHeader((await a!.answer())!).id).toBe(3)
  b!.send(long)
  await c!.ask(encodeHealthCheck(4)) // by then it waits
  b!.send(encodeHealthCheck(5))
  expect(decodeResponseHeader((await b!.answer())!).id).toBe(2)
  expect(decodeResponseHeader((await b!.answer())!).id).toBe(5)
  c!.send(long)
  c!.socket.end()
  expect(decodeResponseHeader((await c!.answer())!).id).toBe(2)
  d!.send(long)
  await a!.ask(encodeHealthCheck(6))
  await a!.ask(encodeDeleteTopic(7, 't'))
  expect(decodeResponseHeader((await d!.answer())!).id).toBe(2)
})

test('five hundred fetches wait with one timer, and the server stops at once', async () => {
  const server = await startTestServer()
  const writer = await WireClient.connect(server.port)
  await writer.ask(encodeCreateTopic(1, 't', 1))
  const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length
  const before = timers()
  const clients = await Promise.all(Array.from({length: 500}, () => WireClient.connect(server.port)))
  for (const client of clients) client.send(encodeFetch(2, 't', 0, 0, 1 << 20, patient(1, 60_000)))
  await writer.ask(encodeHealthCheck(3))
  expect(timers() - before).toBeLessThan(10)
  const beganMs = performance.now()
  await server.close()
  expect(performance.now() - beganMs).toBeLessThan(5_000)
  for (const client of [writer, ...clients]) client.close()
})
