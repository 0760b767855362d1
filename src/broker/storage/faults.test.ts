import {describe, expect, test} from 'vitest'
import type {StreambusError} from '../../base/errors.ts'
import type {StorageEvent} from './events.ts'
import {writeFully} from './files.ts'
import {openStorage, type StorageOptions} from './open.ts'
import {append, createTopic, readAll, tryAppend} from './testing/driving.ts'
import {type DiskCall, type DiskOptions, SimulatedDisk, systemError} from './testing/simulated-disk.ts'

function open(disk: SimulatedDisk, options: Partial<StorageOptions> = {}) {
  return openStorage({
    files: disk,
    dataDir: '/data',
    wal: {segmentBytes: 65_536, fsyncPolicy: 'always', fsyncIntervalMs: 5},
    retentionBytes: 0,
    ...options,
  })
}

async function openWithTopic(options: Partial<StorageOptions> = {}, diskOptions: DiskOptions = {}) {
  const events: StorageEvent[] = []
  const disk = new SimulatedDisk(diskOptions)
  const storage = await open(disk, {onEvent: (event) => events.push(event), ...options})
  const partition = (await createTopic(storage, 'orders')).partitions[0]!
  return {disk, storage, partition, events}
}

const failOn = (kind: DiskCall['kind'], code: string) => (call: DiskCall) =>
  call.kind === kind ? systemError(code, call.path) : undefined

describe.each([
  ['write', 'EIO', 'SB_STORAGE_FAILED'],
  ['fdatasync', 'EIO', 'SB_STORAGE_FAILED'],
  ['write', 'ENOSPC', 'SB_DISK_FULL'],
] as const)('a %s that fails with %s', (kind, systemCode, code) => {
  test('is final: this and every later append fail alike, reads work, the event tells what is synced', async () => {
    const {disk, storage, partition, events} = await openWithTopic()
    await append(storage, partition, 'kept')
    const synced = storage.stats().lastSyncedLsn
    disk.fault = failOn(kind, systemCode)
    await expect(append(storage, partition, 'lost')).rejects.toMatchObject({code})
    disk.fault = () => undefined
    await expect(append(storage, partition, 'later')).rejects.toMatchObject({code})
    await expect(createTopic(storage, 'other')).rejects.toMatchObject({code})
    expect((await readAll(storage, partition)).map((batch) => batch.text)).toEqual(['kept'])
    expect(events.filter((event) => event.kind === 'failed')).toMatchObject([{lastSyncedLsn: synced, error: {code}}])
    await storage.close()
  })

  test('leaves a log that opens again with what was acknowledged', async () => {
    const {disk, storage, partition} = await openWithTopic()
    await append(storage, partition, 'kept')
    disk.fault = failOn(kind, systemCode)
    await append(storage, partition, 'lost').catch(() => {})
    disk.fault = () => undefined
    await storage.close()
    const again = await open(disk)
    const held = await readAll(again, again.topics.get('orders')!.partitions[0]!)
    expect(held[0]!.text).toBe('kept')
    await again.close()
  })
})

test('a disk that fills up while the log grows says so, with the path and what is free', async () => {
  const {storage, partition} = await openWithTopic({}, {capacityBytes: 200_000})
  let failure: StreambusError | undefined
  for (let index = 0; index < 400 && failure === undefined; index += 1) {
    await append(storage, partition, 'x'.repeat(1000)).catch((error: StreambusError) => {
      failure = error
    })
  }
  expect(failure).toMatchObject({code: 'SB_DISK_FULL'})
  expect(failure!.message).toMatch(/\/data\/.* MiB free/)
  expect((await readAll(storage, partition)).length).toBe(partition.end)
  await storage.close()
})

test('after the disk filled up to the last byte, a lower retention makes room at the next start', async () => {
  const {disk, storage, partition} = await openWithTopic({}, {capacityBytes: 500_000})
  let count = 0
  for (let failed = false; !failed; ) {
    await append(storage, partition, `${count}:${'x'.repeat(1000)}`).then(
      () => (count += 1),
      () => (failed = true),
    )
  }
  await storage.close()
  const others = await disk.open('/others', 'create')
  await writeFully(disk, others, Buffer.alloc(await disk.freeBytes()), 0)
  const again = await open(disk, {retentionBytes: 3 * 65_536})
  const kept = again.topics.get('orders')!.partitions[0]!
  expect(kept.start).toBeGreaterThan(200)
  expect(kept.end).toBeGreaterThanOrEqual(count)
  for (let index = 0; index < 300; index += 1) await append(again, kept, 'x'.repeat(1000))
  expect((await readAll(again, kept)).at(-1)!.baseOffset).toBe(kept.end - 1)
  await again.close()
})

test('a disk too small for one segment is refused with both sizes, and nothing is left on it', async () => {
  const disk = new SimulatedDisk({capacityBytes: 12 * 2 ** 20})
  const wal = {segmentBytes: 16 * 2 ** 20, fsyncPolicy: 'always', fsyncIntervalMs: 5} as const
  await expect(open(disk, {wal})).rejects.toMatchObject({
    code: 'SB_DISK_FULL',
    message: 'The disk of /data has 12 MiB free, and one segment of the log takes 16 MiB.',
  })
  expect(disk.paths()).toEqual([])
})

test('what the log takes is what is written to the disk, not what its segments may become', async () => {
  const {disk, storage} = await openWithTopic({
    wal: {segmentBytes: 1_073_741_824, fsyncPolicy: 'always', fsyncIntervalMs: 5},
  })
  const bytes = () => disk.paths().reduce((sum, path) => sum + disk.contentOf(path).length, 0)
  expect(bytes()).toBeLessThan(100_000_000)
  expect(storage.stats().usedBytes).toBeLessThan(bytes())
  expect(storage.stats().usedBytes).toBeGreaterThan(bytes() / 2)
  await storage.close()
})

test('once its lock is gone, the log changes nothing any more and says why', async () => {
  const {disk, storage, partition, events} = await openWithTopic()
  await append(storage, partition, 'kept')
  disk.removeLock('/data/lock')
  await expect(append(storage, partition, 'lost')).rejects.toMatchObject({
    code: 'SB_STORAGE_FAILED',
    message: 'The log takes no more writes: /data/lock.db was removed, so another broker may write to /data too.',
  })
  const from = disk.calls.length
  await storage.flush()
  await storage.cleanUp()
  expect(disk.calls.slice(from).filter(({kind}) => kind !== 'read')).toEqual([])
  expect(events.filter(({kind}) => kind === 'failed')).toHaveLength(1)
  await storage.close()
})

test('a pool that does not fit is refused before anything is written', async () => {
  const disk = new SimulatedDisk({capacityBytes: 300_000})
  await expect(open(disk, {pool: {bytes: 8 * 65_536}})).rejects.toMatchObject({
    code: 'SB_DISK_FULL',
    message: expect.stringMatching(/needs .*524288 bytes.*300000 bytes/),
  })
  expect(disk.paths()).toEqual([])
})

test('a disk with no room for the first segment says so, and the directory is free again', async () => {
  const disk = new SimulatedDisk({capacityBytes: 10_000})
  for (let attempt = 0; attempt < 2; attempt += 1) {
    await expect(open(disk)).rejects.toMatchObject({code: 'SB_DISK_FULL'})
  }
})

test('a pool is filled before the log opens, and no append allocates afterwards', async () => {
  const disk = new SimulatedDisk()
  const storage = await open(disk, {pool: {bytes: 6 * 65_536}, retentionBytes: 6 * 65_536})
  const partition = (await createTopic(storage, 'orders')).partitions[0]!
  const files = disk.paths().filter((path) => path.endsWith('.seg'))
  expect(files.map((path) => disk.contentOf(path).length)).toEqual(new Array<number>(6).fill(65_536))
  const from = disk.calls.length
  for (let index = 0; index < 600; index += 1) await append(storage, partition, 'x'.repeat(1000))
  const made = disk.calls.slice(from).filter((call) => call.kind === 'create' && call.path.endsWith('.seg'))
  expect(made).toEqual([])
  expect(disk.paths().filter((path) => path.endsWith('.seg')).length).toBe(6)
  await storage.close()
})

test('writers wait while the disk is slower than they are, and nothing is dropped', async () => {
  const {disk, storage, partition} = await openWithTopic({
    wal: {segmentBytes: 268_435_456, fsyncPolicy: 'never', fsyncIntervalMs: 5},
  })
  const text = 'x'.repeat(500_000)
  const acks: Promise<number>[] = []
  for (let appended = tryAppend(storage, partition, text); appended !== undefined; ) {
    acks.push(appended)
    appended = tryAppend(storage, partition, text)
  }
  expect(acks.length * text.length).toBeLessThanOrEqual(33_554_432) // the buffer, and no more
  await new Promise<void>((resolve) => storage.onWritable(resolve))
  expect(await append(storage, partition, text)).toBe(acks.length)
  expect(await Promise.all(acks)).toEqual(acks.map((_, index) => index))
  expect(disk.calls.some((call) => call.kind === 'write')).toBe(true)
  await storage.close()
})

test('while one fdatasync runs the next group collects: many appends, few syncs', async () => {
  const disk = new SimulatedDisk({turns: () => 5})
  const storage = await open(disk)
  const partition = (await createTopic(storage, 'orders')).partitions[0]!
  const from = disk.calls.length
  const acks: (Promise<number> | undefined)[] = []
  for (let index = 0; index < 60; index += 1) {
    acks.push(tryAppend(storage, partition, `${index}`))
    await new Promise((resolve) => setImmediate(resolve))
  }
  await Promise.all(acks)
  const syncs = disk.calls.slice(from).filter((call) => call.kind === 'fdatasync').length
  expect(syncs).toBeGreaterThan(5)
  expect(syncs).toBeLessThanOrEqual(16)
  await storage.close()
})

test('a batch larger than a segment is refused by itself; the log goes on', async () => {
  const {storage, partition} = await openWithTopic()
  await expect(append(storage, partition, 'x'.repeat(70_000))).rejects.toMatchObject({code: 'SB_REQUEST_REFUSED'})
  expect(await append(storage, partition, 'small')).toBe(0)
  await storage.close()
  await expect(append(storage, partition, 'closed')).rejects.toMatchObject({code: 'SB_STORAGE_FAILED'})
})

test('a segment that a reader holds is not given away before the reader is done', async () => {
  const {disk, storage, partition} = await openWithTopic({
    retentionBytes: 3 * 65_536,
    wal: {segmentBytes: 65_536, fsyncPolicy: 'never', fsyncIntervalMs: 5},
  })
  await append(storage, partition, 'first'.padEnd(60_000, '1'))
  await storage.close()
  const again = await open(disk, {
    retentionBytes: 3 * 65_536,
    wal: {segmentBytes: 65_536, fsyncPolicy: 'never', fsyncIntervalMs: 5},
  })
  const held = again.topics.get('orders')!.partitions[0]!
  const order: string[] = []
  disk.fault = (call) => {
    if (call.kind === 'write' && call.bytes === 4096) order.push('segment header written')
    return undefined
  }
  const reading = new Promise<string>((resolve, reject) => {
    again.read(held, 0, 1, (error, batches) =>
      error === undefined ? resolve(batches[0]!.records.toString('utf8', 0, 5)) : reject(error),
    )
  })
  for (let index = 0; index < 5; index += 1) await append(again, held, 'later'.padEnd(60_000, '2'))
  expect(await reading).toBe('first')
  expect(order.length).toBeGreaterThan(0)
  expect(held.start).toBeGreaterThan(0)
  await again.close()
})

test('a retention that was lowered takes effect as the log goes on, and gives the files back', async () => {
  const disk = new SimulatedDisk()
  const wal = {segmentBytes: 65_536, fsyncPolicy: 'never', fsyncIntervalMs: 5} as const
  const wide = await open(disk, {wal})
  const before = (await createTopic(wide, 'orders')).partitions[0]!
  for (let index = 0; index < 10; index += 1) await append(wide, before, 'x'.repeat(60_000))
  await wide.close()
  expect(disk.paths().length).toBeGreaterThanOrEqual(10)
  const narrow = await open(disk, {wal, retentionBytes: 4 * 65_536})
  const after = narrow.topics.get('orders')!.partitions[0]!
  for (let index = 0; index < 3; index += 1) await append(narrow, after, 'x'.repeat(60_000))
  await narrow.close()
  expect(disk.paths().length).toBeLessThanOrEqual(5)
  expect(after.start).toBeGreaterThan(7)
})

test('a log that failed while a segment was being freed still closes', async () => {
  const {disk, storage, partition} = await openWithTopic({
    retentionBytes: 3 * 65_536,
    wal: {segmentBytes: 65_536, fsyncPolicy: 'never', fsyncIntervalMs: 5},
  })
  for (let index = 0; index < 4; index += 1) await append(storage, partition, 'x'.repeat(60_000))
  let writes = 0
  disk.fault = (call) => {
    writes += call.kind === 'write' && call.bytes > 50_000 ? 1 : 0
    return writes > 0 && call.kind === 'write' ? systemError('EIO', call.path) : undefined
  }
  const acks = await Promise.allSettled(Array.from({length: 6}, () => append(storage, partition, 'y'.repeat(60_000))))
  expect(acks.every((ack) => ack.status === 'rejected')).toBe(true)
  await storage.close()
})
