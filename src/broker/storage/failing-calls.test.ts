import {afterEach, beforeEach, describe, expect, test, vi} from 'vitest'
import type {StreambusError} from '../../base/errors.ts'
import type {StorageEvent} from './events.ts'
import {writeFully} from './files.ts'
import type {LogStorage} from './log-storage.ts'
import type {StorageOptions} from './open.ts'
import type {Partition} from './storage.ts'
import {append, createTopic, readAll, tryCommit} from './testing/driving.ts'
import {openSmall} from './testing/open-small.ts'
import {type DiskCall, SimulatedDisk, systemError} from './testing/simulated-disk.ts'

// Every kind of call that can fail while a log grows: what is kept, and what the operator is told.

const textOf = (offset: number) => `<${offset}>`.padEnd(1000, '.')

async function openOn(disk: SimulatedDisk, options: Partial<StorageOptions> = {}) {
  const events: StorageEvent[] = []
  const storage = await openSmall(disk, {onEvent: (event) => events.push(event), ...options})
  const partition = storage.topics.get('orders')?.partitions[0] ?? (await createTopic(storage, 'orders')).partitions[0]!
  return {storage, partition, events}
}

/** Appends until one fails; all that were acknowledged are at their offsets. */
async function appendUntilFailure(storage: LogStorage, partition: Partition): Promise<StreambusError> {
  for (let count = 0; count < 500; count += 1) {
    const failure = await append(storage, partition, textOf(partition.end)).then(
      () => undefined,
      (error: StreambusError) => error,
    )
    if (failure !== undefined) return failure
  }
  return expect.fail('no append failed')
}

async function expectHeld(storage: LogStorage, partition: Partition, count: number): Promise<void> {
  const held = (await readAll(storage, partition)).slice(0, count)
  expect(held.map((batch) => batch.text)).toEqual(Array.from({length: count}, (_, offset) => textOf(offset)))
}

const at = (kind: DiskCall['kind'], path: RegExp) => (call: DiskCall) => call.kind === kind && path.test(call.path)
const segment = /^\/data\/log\/.*seg$/
const poolFile = /^\/data\/pool\/.*seg$/ // where the next segment is filled and gets its header
const table = /^\/data\/tables\/.*sbt$/
const newManifest = /^\/data\/MANIFEST\.new$/

const calls: readonly (readonly [string, (call: DiskCall) => boolean, RegExp])[] = [
  ['the write of a group', at('write', segment), /write to .*seg/],
  ['the sync of a group', at('fdatasync', segment), /sync .*seg/],
  ['the file of the next segment', at('create', poolFile), /make the next segment/],
  ['zeros and header of the next segment', at('write', poolFile), /make the next segment/],
  ['the sync of its header', at('fdatasync', poolFile), /make the next segment/],
  ['its rename into the log', at('rename', poolFile), /make the next segment/],
  ['the sync of the directory of the log', at('syncDirectory', /^\/data\/log$/), /make the next segment/],
  ['the sync of the directory of the pool', at('syncDirectory', /^\/data\/pool$/), /make the next segment/],
  ['the file of a table', at('create', table), /flush a memtable to \/data\/tables/],
  ['the write of a table', at('write', table), /flush a memtable to \/data\/tables/],
  ['the sync of a table', at('fdatasync', table), /flush a memtable to \/data\/tables/],
  [
    'the sync of the directory of the tables',
    at('syncDirectory', /^\/data\/tables$/),
    /flush a memtable to \/data\/tables/,
  ],
  ['the file of the manifest', at('create', newManifest), /MANIFEST/],
  ['the write of the manifest', at('write', newManifest), /MANIFEST/],
  ['the sync of the manifest', at('fdatasync', newManifest), /MANIFEST/],
  ['its rename', at('rename', newManifest), /MANIFEST/],
  ['the sync of the data directory', at('syncDirectory', /^\/data$/), /MANIFEST/],
]

describe.each(calls)('%s', (_, matches, doing) => {
  test.each([
    ['ENOSPC', 'SB_DISK_FULL', /^The disk is full: cannot .*MiB free/],
    ['EIO', 'SB_STORAGE_FAILED', /^The log takes no more writes: cannot .*EIO/],
  ] as const)(
    'that fails with %s ends all appends; reads go on, a start has what was acknowledged',
    async (system, code, text) => {
      const disk = new SimulatedDisk()
      const {storage, partition, events} = await openOn(disk, {compaction: unmerged})
      for (let offset = 0; offset < 40; offset += 1) await append(storage, partition, textOf(offset))
      disk.fault = (call) => (matches(call) ? systemError(system, call.path) : undefined)
      const failure = await appendUntilFailure(storage, partition)
      expect(failure).toMatchObject({code, message: expect.stringMatching(text)})
      expect(failure.message).toMatch(doing)
      const {lastSyncedLsn} = storage.stats()
      expect(events.filter((event) => event.kind === 'failed')).toEqual([
        {kind: 'failed', error: failure, lastSyncedLsn},
      ])
      const {end} = partition
      expect(end).toBeGreaterThanOrEqual(40)
      await expectHeld(storage, partition, end)
      disk.fault = () => undefined
      await expect(append(storage, partition, 'later')).rejects.toBe(failure)
      await storage.close()

      const again = await openOn(disk)
      await expectHeld(again.storage, again.partition, end)
      expect(await append(again.storage, again.partition, 'after')).toBeGreaterThanOrEqual(end)
      await again.storage.close()
    },
  )
})

const unmerged = {maxLevel: 2, level0CompactionTrigger: 100, level0SlowdownTrigger: 100, level0StopTrigger: 100}
const merged = {...unmerged, level0CompactionTrigger: 2}

describe('a merge of tables that fails for want of space', () => {
  beforeEach(() => vi.useFakeTimers({toFake: ['setTimeout', 'clearTimeout']}))
  afterEach(() => vi.useRealTimers())

  test.each(['create', 'write', 'fdatasync', 'syncDirectory'] as const)(
    'at %s is told, and tried again later; appends and reads go on meanwhile',
    async (kind) => {
      const disk = new SimulatedDisk()
      const before = await openOn(disk, {compaction: unmerged})
      for (let offset = 0; offset < 140; offset += 1) await append(before.storage, before.partition, textOf(offset))
      await before.storage.close()
      const matches = at(kind, kind === 'syncDirectory' ? /^\/data\/tables$/ : table)
      let isFlushed = false // what the start replayed; from then on only the merge writes tables
      disk.fault = (call) => {
        isFlushed ||= at('rename', newManifest)(call)
        return isFlushed && matches(call) ? systemError('ENOSPC', call.path) : undefined
      }
      const {storage, partition, events} = await openOn(disk, {compaction: merged})
      for (let turns = 0; turns < 200; turns += 1) await turn()
      const told = events.filter((event) => event.kind === 'compaction-failed')
      expect(told).toMatchObject([{error: {code: 'ENOSPC'}}])
      expect(storage.stats().compactions).toMatchObject({count: 0, failed: 1})
      await append(storage, partition, textOf(140))
      await expectHeld(storage, partition, 141)
      disk.fault = () => undefined
      vi.advanceTimersByTime(1000)
      for (let turns = 0; turns < 500; turns += 1) await turn()
      expect(storage.stats().compactions.count).toBeGreaterThan(0)
      await expectHeld(storage, partition, 141)
      await storage.close()
      expect(events.filter((event) => event.kind === 'failed')).toEqual([])
    },
  )
})

test('a disk that is full when a large segment is filled ahead ends all appends, before they get that far', async () => {
  const disk = new SimulatedDisk({capacityBytes: 66 * 2 ** 20})
  const wal = {segmentBytes: 64 * 2 ** 20, fsyncPolicy: 'always', fsyncIntervalMs: 10} as const
  const {storage, partition, events} = await openOn(disk, {wal})
  await writeFully(disk, await disk.open('/others', 'create'), Buffer.alloc(10 * 2 ** 20), 0)
  let failure: StreambusError | undefined
  for (let batch = 0; batch < 64 && failure === undefined; batch += 1) {
    await append(storage, partition, 'x'.repeat(1_000_000)).catch((error: StreambusError) => {
      failure = error
    })
  }
  expect(failure).toMatchObject({
    code: 'SB_DISK_FULL',
    message: expect.stringMatching(/cannot fill ahead in \/data\/log\/.*seg, \d+ MiB free/),
  })
  const {lastSyncedLsn} = storage.stats()
  expect(events.filter((event) => event.kind === 'failed')).toEqual([{kind: 'failed', error: failure, lastSyncedLsn}])
  expect(partition.end).toBeGreaterThan(10)
  expect((await readAll(storage, partition)).length).toBe(partition.end)
  await storage.close()
})

test('a sync that takes its time holds back its acknowledgements and nothing else', async () => {
  const disk = new SimulatedDisk()
  const {storage, partition, events} = await openOn(disk)
  await append(storage, partition, textOf(0))
  const {promise: slow, resolve: finish} = Promise.withResolvers<void>()
  disk.hold = (call) => (call.kind === 'fdatasync' ? slow : undefined)
  const told: string[] = []
  for (const acks of ['accepted', 'written', 'synced'] as const) {
    void tryCommit(storage, partition, textOf(1), 1, {acks})!.acked.then(() => told.push(acks))
  }
  for (let turns = 0; turns < 50; turns += 1) await turn()
  expect(told).toEqual(['accepted', 'written'])
  expect(partition.end).toBe(1)
  await expectHeld(storage, partition, 1)
  disk.hold = () => undefined
  finish()
  while (told.length < 3) await turn()
  expect(partition.end).toBe(4)
  await storage.close()
  expect(events.filter((event) => event.kind === 'failed')).toEqual([])
})

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
