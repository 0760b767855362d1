import {expect, test} from 'vitest'
import {openStorage, type StorageOptions} from './open.ts'
import type {AcksLevel, Partition, Storage} from './storage.ts'
import {append, createTopic, deleteTopic} from './testing/driving.ts'
import {frameRecordsStart, produceFrame} from './testing/frames.ts'
import {SimulatedDisk} from './testing/simulated-disk.ts'

type Policy = StorageOptions['wal']['fsyncPolicy']

async function opened(fsyncPolicy: Policy) {
  const disk = new SimulatedDisk()
  const wal = {segmentBytes: 65_536, fsyncPolicy, fsyncIntervalMs: 60_000}
  const storage = await openStorage({files: disk, dataDir: '/data', wal, retentionBytes: 0})
  const partition = (await createTopic(storage, 'orders')).partitions[0]!
  return {disk, storage, partition}
}

function send(storage: Storage, partition: Partition, acks?: AcksLevel, attributes?: number): Promise<number> {
  const frame = produceFrame(Buffer.from('text'), partition.index, 1)
  frame.copy(storage.reserve(frame.length)!)
  const batch = {partition, count: 1, recordsStart: frameRecordsStart, recordsEnd: frame.length - 4}
  return new Promise((resolve, reject) => {
    storage.commit(
      {...batch, ...(acks !== undefined && {acks}), ...(attributes !== undefined && {attributes})},
      (error, base) => (error === undefined ? resolve(base) : reject(error)),
    )
  })
}

test.each([
  ['always', 'accepted', []],
  ['always', 'written', ['write']],
  ['always', 'synced', ['write', 'fdatasync']],
  ['interval', 'synced', ['write', 'fdatasync']],
  ['never', 'accepted', []],
  ['never', 'written', ['write']],
  ['never', 'synced', ['write', 'fdatasync']],
] as const)('under `%s` a batch that wants `%s` is acknowledged after %j', async (policy, acks, kinds) => {
  const {disk, storage, partition} = await opened(policy)
  await new Promise((resolve) => setTimeout(resolve, 5))
  const done: string[][] = []
  const from = disk.calls.length
  const ack = send(storage, partition, acks).then(() => done.push(disk.calls.slice(from).map((call) => call.kind)))
  expect(done).toEqual([]) // never inside the call
  await ack
  expect(done[0]!.filter((kind) => kinds.includes(kind as never))).toEqual(kinds)
  if (acks === 'accepted') expect(done).toEqual([[]])
  await storage.close()
})

test('readers see a batch when the policy says, whatever its producer waits for', async () => {
  const {storage, partition} = await opened('always')
  await send(storage, partition, 'written')
  expect(partition.end).toBe(0)
  await append(storage, partition, 'later')
  expect(partition.end).toBe(2)
  await storage.close()
})

test('a batch that was accepted only is not told of the failure of its write; the next one is', async () => {
  const {disk, storage, partition} = await opened('interval')
  disk.fault = (call) => (call.kind === 'write' ? new Error('EIO') : undefined)
  expect(await send(storage, partition, 'accepted')).toBe(0)
  await expect(send(storage, partition)).rejects.toMatchObject({code: 'SB_STORAGE_FAILED'})
  await expect(send(storage, partition, 'accepted')).rejects.toMatchObject({code: 'SB_STORAGE_FAILED'})
  await storage.close()
})

test('attributes come back with the batch, before and after a restart', async () => {
  const {disk, storage, partition} = await opened('always')
  const sent = [0, 1, 0x83, 255]
  for (const attributes of sent) await send(storage, partition, undefined, attributes)
  const attributesOf = (from: Storage, held: Partition) =>
    new Promise((resolve) => {
      from.read(held, 0, 65_536, (_, batches) => resolve(batches.map((batch) => batch.attributes)))
    })
  expect(await attributesOf(storage, partition)).toEqual(sent)
  await storage.close()
  const wal = {segmentBytes: 65_536, fsyncPolicy: 'always', fsyncIntervalMs: 5} as const
  const again = await openStorage({files: disk, dataDir: '/data', wal, retentionBytes: 0})
  expect(await attributesOf(again, again.topics.get('orders')!.partitions[0]!)).toEqual(sent)
  await again.close()
})

test('whoever waits for a partition to grow is told once, with the end moved, and when its topic goes', async () => {
  const {storage, partition} = await opened('interval')
  const told: number[] = []
  const listen = () => storage.onGrown(partition, () => told.push(partition.end))
  listen()
  const stop = listen()
  stop()
  await Promise.all([append(storage, partition, 'a'), append(storage, partition, 'b')])
  expect(told).toEqual([2]) // one group: told when all of it is there
  await append(storage, partition, 'c')
  expect(told).toEqual([2])
  listen()
  await deleteTopic(storage, storage.topics.get('orders')!)
  expect(told).toEqual([2, 3])
  await storage.close()
})
