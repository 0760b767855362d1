import {expect, test} from 'vitest'
import type {LogStorage} from './log-storage.ts'
import {openStorage, type StorageOptions} from './open.ts'
import type {Partition} from './storage.ts'
import {append, createTopic, read, readAll, tryAppend} from './testing/driving.ts'
import {SimulatedDisk} from './testing/simulated-disk.ts'

// A memtable of 1 MiB has chunks of 256 KiB, of which each takes two batches of 100 KB: eight batches a memtable.
const mebibyte = 1_048_576
const text = (index: number) => `<${index}>`.padEnd(100_000, '.')

async function opened(options: Partial<StorageOptions> = {}, disk = new SimulatedDisk()) {
  const storage = await openStorage({
    files: disk,
    dataDir: '/data',
    wal: {
      segmentBytes: 16 * mebibyte, // filled with zeros when it is made, so none of the syncs below is for that
      fsyncPolicy: 'never',
      fsyncIntervalMs: 5,
    },
    memtable: {maxBytes: mebibyte, immutableMax: 2},
    retentionBytes: 0,
    ...options,
  })
  const partitions = (await createTopic(storage, 'orders', 2)).partitions
  return {disk, storage, partitions}
}

/** Appends in one turn, while there is room; returns how many. */
function burst(storage: LogStorage, partition: Partition, from: number): number {
  let count = 0
  while (tryAppend(storage, partition, text(from + count)) !== undefined) count += 1
  return count
}

const turns = async (count: number) => {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setImmediate(resolve))
}

test('a burst fills the active memtable and the immutable ones; then writers wait for a flush, which is counted and timed', async () => {
  const {disk, storage, partitions} = await opened()
  const [partition] = partitions as [Partition]
  let release: (() => void) | undefined
  disk.hold = (call) => {
    if (call.kind !== 'fdatasync' || !call.path.startsWith('/data/log/')) return undefined
    return new Promise<void>((resolve) => {
      release = resolve
    })
  }
  // The topic's record is in the first chunk too, so one of the first memtable's has room for one batch of 100 KB and a bit.
  const count = burst(storage, partition, 0)
  expect(count).toBeGreaterThanOrEqual(3 * 8 - 1)
  expect(count).toBeLessThanOrEqual(3 * 8)
  expect(storage.stats().memtable).toMatchObject({immutables: 2, limitBytes: mebibyte, activeBytes: mebibyte})
  let isWritable = false
  storage.onWritable(() => {
    isWritable = true
  })
  await turns(50)
  expect(isWritable).toBe(false)
  expect(storage.stats().stalls.memtable.count).toBe(1)
  expect(partition.end).toBe(count) // written and acknowledged: what waits is memory, not the log
  disk.hold = () => undefined
  release!()
  while (!isWritable) await turns(1)
  const {stalls, memtable} = storage.stats()
  expect(stalls.memtable.ns).toBeGreaterThan(0)
  expect(memtable.flushes).toBeGreaterThanOrEqual(2)
  expect((await readAll(storage, partition)).map((batch) => batch.text)).toEqual(
    Array.from({length: count}, (_, index) => text(index)),
  )
  await storage.close()
})

test('the limit counts the partitions that hold data', async () => {
  const {storage, partitions} = await opened()
  const limit = () => storage.stats().memtable.limitBytes
  expect(limit()).toBe(mebibyte)
  await append(storage, partitions[0]!, 'a')
  expect(limit()).toBe(mebibyte)
  await append(storage, partitions[1]!, 'b')
  expect(limit()).toBe(2 * mebibyte)
  await append(storage, partitions[1]!, 'c')
  expect(limit()).toBe(2 * mebibyte)
  const other = await createTopic(storage, 'other')
  await append(storage, other.partitions[0]!, 'd')
  expect(limit()).toBe(3 * mebibyte)
  await new Promise<void>((resolve) => storage.deleteTopic(storage.topics.get('orders')!, () => resolve()))
  expect(limit()).toBe(mebibyte)
  await storage.close()
})

test('a memtable is let go only when its log, its table and the manifest are synced, in this order, under `never` too', async () => {
  const {disk, storage, partitions} = await opened()
  await append(storage, partitions[0]!, text(0))
  const from = disk.calls.length
  await storage.flush()
  const calls = disk.calls.slice(from).filter((call) => call.kind !== 'write' && call.kind !== 'read')
  expect(calls.map(({kind, path}) => `${kind} ${path}`)).toEqual([
    'fdatasync /data/log/000000000001.seg',
    'create /data/tables/000000000002.sbt', // 1 was for the start, when nothing had to be in one
    'fdatasync /data/tables/000000000002.sbt',
    'syncDirectory /data/tables',
    'create /data/MANIFEST.new',
    'fdatasync /data/MANIFEST.new',
    'rename /data/MANIFEST.new',
    'syncDirectory /data',
  ])
  expect(storage.stats()).toMatchObject({memtable: {immutables: 0, activeBytes: 0}})
  expect(storage.stats().levels[0]!.tables).toBe(1)
  await storage.close()
})

test('what was let go still answers readers from memory until its chunks are used again', async () => {
  const {disk, storage, partitions} = await opened()
  const [partition] = partitions as [Partition]
  for (let index = 0; index < 8; index += 1) await append(storage, partition, text(index))
  await storage.flush()
  const from = disk.calls.length
  // From the second chunk on: a sync mark may have begun the first one again.
  for (let offset = 2; offset < 8; offset += 1) {
    expect((await read(storage, partition, offset))[0]!.text).toBe(text(offset))
  }
  expect(disk.calls.slice(from).filter((call) => call.kind === 'read' && call.path.startsWith('/data/log/'))).toEqual(
    [],
  )
  await storage.close()
})

test('a frame larger than a chunk has one of its own, and more than the limit when it must', async () => {
  const {storage, partitions} = await opened()
  const large = 'x'.repeat(3 * mebibyte)
  expect(await append(storage, partitions[0]!, large)).toBe(0)
  expect(await append(storage, partitions[0]!, 'behind it')).toBe(1)
  expect((await readAll(storage, partitions[0]!)).map((batch) => batch.text.length)).toEqual([large.length, 9])
  await storage.close()
})

test('a full level 0 slows groups down, then stops writers, until merging has caught up', async () => {
  const {disk, storage, partitions} = await opened({
    compaction: {maxLevel: 3, level0CompactionTrigger: 2, level0SlowdownTrigger: 2, level0StopTrigger: 3},
  })
  const [partition, other] = partitions as [Partition, Partition]
  let release = () => {}
  let isHeld = true
  disk.hold = (call) => {
    const isMerge = call.kind === 'create' && call.path.endsWith('.sbt') && storage.stats().levels[0]!.tables >= 2
    if (!isHeld || !isMerge || call.path.endsWith('0005.sbt')) return undefined // 4 is the merge, 5 the flush behind it
    return new Promise<void>((resolve) => {
      release = resolve
    })
  }
  const flushUntil = async (tables: number) => {
    void storage.flush() // waits for the merge too
    while (storage.stats().levels[0]!.tables < tables) await turns(1)
  }
  for (let tables = 1; tables <= 2; tables += 1) {
    await append(storage, other, 'in both tables, so that they have to be merged')
    await append(storage, partition, text(tables))
    await flushUntil(tables)
  }
  await append(storage, partition, text(3))
  const {slowdown, stop} = storage.stats().stalls
  expect([slowdown.count > 0, slowdown.ns > 0, stop.count]).toEqual([true, true, 0])
  await flushUntil(3)
  expect(tryAppend(storage, partition, text(4))).toBeUndefined()
  await turns(50)
  expect(storage.stats().stalls.stop.count).toBe(1)
  isHeld = false
  release()
  await append(storage, partition, text(4))
  expect(storage.stats().stalls.stop.ns).toBeGreaterThan(0)
  expect((await readAll(storage, partition)).map((batch) => batch.text)).toEqual([1, 2, 3, 4].map(text))
  await storage.close()
})
