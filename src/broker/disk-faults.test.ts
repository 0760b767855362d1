import {afterEach, expect, test} from 'vitest'
import {
  encodeCreateTopic,
  encodeFetch,
  encodeHealthCheck,
  encodeListTopics,
  encodeProduce,
} from '../protocol/requests.ts'
import {decodeErrorText, decodeResponseHeader} from '../protocol/responses.ts'
import {defaultBrokerSettings} from '../settings/resolved.ts'
import {type RunningBroker, startBroker} from './broker.ts'
import {WireClient} from './server/testing/wire-client.ts'
import type {StorageEvent} from './storage/events.ts'
import {type DiskCall, SimulatedDisk, systemError} from './storage/testing/simulated-disk.ts'

// A real server on a disk that fails: what its clients and its operator are told.

const open: {close(): unknown}[] = []
afterEach(async () => {
  for (const resource of open.splice(0).toReversed()) await resource.close()
})

async function startOn(disk: SimulatedDisk) {
  const events: StorageEvent[] = []
  const broker = await startBroker(
    defaultBrokerSettings({
      server: {host: '127.0.0.1', port: 0, httpPort: 0},
      storage: {dataDir: '/data', wal: {segmentBytes: 1_048_576, fsyncPolicy: 'always', fsyncIntervalMs: 1000}},
    }),
    {files: disk, onEvent: (event) => events.push(event)},
  )
  open.push(broker)
  const client = await WireClient.connect(broker.port)
  open.push(client)
  expect(await statusOf(client, encodeCreateTopic(1, 't', 1))).toEqual('ok')
  expect(await statusOf(client, produce(2, 'kept'))).toEqual('ok')
  return {broker, client, events}
}

const produce = (id: number, value: string) => encodeProduce(id, 't', 0, [{value}])

/** `ok`, or the code and text of the refusal. */
async function statusOf(client: WireClient, request: Buffer): Promise<string> {
  const answer = await client.ask(request)
  if (answer === null) return 'closed'
  const {status, errorCode} = decodeResponseHeader(answer)
  return status === 0 ? 'ok' : `${errorCode}: ${decodeErrorText(answer)}`
}

async function health(broker: RunningBroker, path: string) {
  const response = await fetch(`http://127.0.0.1:${broker.httpPort}${path}`)
  return {status: response.status, body: (await response.json()) as Record<string, unknown>}
}

const failing = (kind: DiskCall['kind'], code: string) => (call: DiskCall) =>
  call.kind === kind ? systemError(code, call.path) : undefined

test.each([
  ['fdatasync', 'EIO', 'SB_STORAGE_FAILED', /takes no more writes: cannot sync .*EIO/],
  ['write', 'ENOSPC', 'SB_DISK_FULL', /The disk is full: cannot write to .*MiB free/],
] as const)(
  'a %s that fails with %s: produce answers 7 from then on, the rest serves',
  async (kind, system, code, text) => {
    const disk = new SimulatedDisk()
    const {broker, client, events} = await startOn(disk)
    disk.fault = failing(kind, system)
    const refused = await statusOf(client, produce(3, 'lost'))
    disk.fault = () => undefined // too late: a failed sync is final
    expect(refused).toMatch(/^7: /)
    expect(await statusOf(client, produce(4, 'later'))).toBe(refused)
    expect(await statusOf(client, encodeCreateTopic(5, 'other', 1))).toMatch(/^9: failed to create topic: The /)
    expect(await statusOf(client, encodeFetch(6, 't', 0, 0, 1000))).toBe('ok')
    expect(await statusOf(client, encodeListTopics(7))).toBe('ok')

    const ready = await health(broker, '/health/ready')
    expect(ready.status).toBe(503)
    const failed = events.find((event) => event.kind === 'failed')!
    expect(failed).toMatchObject({error: {code, message: expect.stringMatching(text)}})
    expect(failed.lastSyncedLsn).toBeGreaterThanOrEqual(3) // snapshot, topic, the first batch
    expect(ready.body).toMatchObject({
      checks: {storage: {status: 'unhealthy', code, last_synced_record: failed.lastSyncedLsn}},
    })
    expect((await health(broker, '/health/live')).status).toBe(200)
  },
)

test('while a sync takes its time the produce waits, everything else is answered, and then it is acknowledged', async () => {
  const disk = new SimulatedDisk()
  const {broker, client, events} = await startOn(disk)
  const {promise: slow, resolve: finish} = Promise.withResolvers<void>()
  disk.hold = (call) => (call.kind === 'fdatasync' ? slow : undefined)
  client.send(produce(3, 'waits'))
  const other = await WireClient.connect(broker.port)
  open.push(other)
  expect(await statusOf(other, encodeHealthCheck(4))).toBe('ok')
  expect(await statusOf(other, encodeFetch(5, 't', 0, 0, 1000))).toBe('ok')
  expect((await health(broker, '/health/ready')).status).toBe(200)
  const answer = client.answer()
  expect(await Promise.race([answer, health(broker, '/health/live')])).toMatchObject({status: 200}) // no answer yet
  finish()
  expect(decodeResponseHeader((await answer)!)).toMatchObject({status: 0})
  expect(events.filter((event) => event.kind === 'failed')).toEqual([])
})
