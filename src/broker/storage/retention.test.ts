import {expect, test} from 'vitest'
import type {StorageEvent} from './events.ts'
import type {StorageOptions} from './open.ts'
import {append, createTopic, type ReadBatch, read, readAll} from './testing/driving.ts'
import {openSmall} from './testing/open-small.ts'
import {SimulatedDisk, systemError} from './testing/simulated-disk.ts'

// Retention by time on a clock of the test's own, and what becomes of the files.

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const batchBytes = 2000
const textOf = (minute: number) => `<${minute}>`.padEnd(batchBytes, '.')

/** A clock, and what calls back by it. */
class Clock {
  nowMs = Date.UTC(2026, 10, 23)
  readonly #ticks: {everyMs: number; dueMs: number; tick: () => void}[] = []

  readonly every = (ms: number, tick: () => void) => {
    const each = {everyMs: ms, dueMs: this.nowMs + ms, tick}
    this.#ticks.push(each)
    return () => {
      this.#ticks.splice(this.#ticks.indexOf(each), 1)
    }
  }

  pass(ms: number): void {
    this.nowMs += ms
    for (const each of this.#ticks) {
      for (; each.dueMs <= this.nowMs; each.dueMs += each.everyMs) each.tick()
    }
  }
}

async function openAt(clock: Clock, disk: SimulatedDisk, options: Partial<StorageOptions> = {}) {
  const events: StorageEvent[] = []
  const storage = await openSmall(disk, {
    retentionTimeMs: 24 * hourMs,
    cleanupIntervalMs: 5 * minuteMs,
    nowMs: () => clock.nowMs,
    every: clock.every,
    onEvent: (event) => events.push(event),
    ...options,
  })
  const partition = storage.topics.get('orders')?.partitions[0] ?? (await createTopic(storage, 'orders')).partitions[0]!
  return {storage, partition, events}
}

const minuteOf = ({text}: ReadBatch) => Number(/^<(\d+)>/.exec(text)![1])
const rest = async () => {
  for (let turns = 0; turns < 300; turns += 1) await new Promise((resolve) => setImmediate(resolve))
}

test('over three days with a batch a minute, what is there is always the last 24 hours and less than a segment more', async () => {
  const clock = new Clock()
  const disk = new SimulatedDisk()
  let opened = await openAt(clock, disk)
  const perSegment = Math.ceil(32_768 / batchBytes)
  const counts: number[] = []
  for (let minute = 0; minute < 3 * 24 * 60; minute += 1) {
    await append(opened.storage, opened.partition, textOf(minute))
    clock.pass(minuteMs)
    if (minute % 97 !== 0) continue
    await rest()
    const held = await readAll(opened.storage, opened.partition)
    const oldest = minuteOf(held[0]!)
    const expired = minute + 1 - 24 * 60 // appended earlier than 24 h ago, up to the last round of cleaning, 5 minutes
    expect(oldest).toBeLessThanOrEqual(Math.max(0, expired))
    expect(oldest).toBeGreaterThan(expired - perSegment - 6)
    expect(held.map(minuteOf)).toEqual(Array.from({length: minute + 1 - oldest}, (_, index) => oldest + index))
    counts.push(disk.paths().filter((path) => path.endsWith('.seg')).length)
    if (minute % (97 * 5) !== 0) continue
    const {start, end} = opened.partition
    await opened.storage.close()
    opened = await openAt(clock, disk)
    expect([opened.partition.start, opened.partition.end]).toEqual([start, end])
  }
  expect(Math.max(...counts.slice(20))).toBeLessThanOrEqual(Math.min(...counts.slice(20)) + 4) // files are used again
  await opened.storage.close()
})

test('a log that nobody writes to any more is empty a day later, and goes on at its offset', async () => {
  const clock = new Clock()
  const disk = new SimulatedDisk()
  const {storage, partition, events} = await openAt(clock, disk)
  for (let index = 0; index < 60; index += 1) await append(storage, partition, textOf(index))
  clock.pass(24 * hourMs - minuteMs)
  await rest()
  expect([partition.start, partition.end]).toEqual([0, 60])
  clock.pass(hourMs)
  await rest()
  expect([partition.start, partition.end]).toEqual([60, 60])
  expect(await read(storage, partition, 59)).toEqual([])
  expect(events.filter((event) => event.kind === 'expired').length).toBeGreaterThan(3)
  await storage.close()

  const again = await openAt(clock, disk.afterKill())
  expect([again.partition.start, again.partition.end]).toEqual([60, 60])
  expect(await append(again.storage, again.partition, textOf(60))).toBe(60)
  await again.storage.close()
})

test('a clock that is set back expires nothing; one that jumps ahead a week expires all that is older', async () => {
  const clock = new Clock()
  const {storage, partition} = await openAt(clock, new SimulatedDisk())
  for (let index = 0; index < 60; index += 1) await append(storage, partition, textOf(index))
  clock.nowMs -= 7 * 24 * hourMs
  await storage.cleanUp()
  expect(partition.start).toBe(0)
  clock.nowMs += 14 * 24 * hourMs
  await append(storage, partition, textOf(60))
  await storage.cleanUp()
  expect(partition.start).toBeGreaterThan(60 - 32_768 / batchBytes)
  expect((await readAll(storage, partition)).at(-1)!.text).toBe(textOf(60))
  await storage.close()
})

test('a read under way while its segment is freed and used again never gets another record', async () => {
  const clock = new Clock()
  const disk = new SimulatedDisk()
  const before = await openAt(clock, disk)
  for (let index = 0; index < 100; index += 1) await append(before.storage, before.partition, textOf(index))
  await before.storage.close()
  const {storage, partition} = await openAt(clock, disk, {retentionBytes: 4 * 32_768}) // reads come from files
  let next = 100
  let answered = 0
  let gone = 0
  const held: (() => void)[] = []
  disk.hold = (call) => {
    if (call.kind !== 'read' || !call.path.startsWith('/data/log/')) return undefined
    return new Promise((resolve) => held.push(resolve))
  }
  for (let round = 0; round < 30; round += 1) {
    const offset = partition.start
    const reading = read(storage, partition, offset)
    for (let index = 0; index < 40; index += 1) {
      const appended = append(storage, partition, textOf(next))
      next += 1
      await Promise.race([appended, rest()]) // a new segment may have to wait for the reader to let go of its file
    }
    for (const release of held.splice(0)) release()
    await rest()
    for (const release of held.splice(0)) release()
    const batches = await reading
    if (batches.length === 0) gone += 1
    else answered += 1
    for (const batch of batches) expect(batch.text).toBe(textOf(batch.baseOffset))
    const [first] = batches // what follows, where the offset itself has expired
    if (first !== undefined && first.baseOffset !== offset) expect(offset).toBeLessThan(partition.start)
  }
  disk.hold = () => undefined
  for (const release of held.splice(0)) release()
  expect(answered + gone).toBe(30)
  expect(answered).toBeGreaterThan(0)
  expect(storage.stats().freedSegments).toBeGreaterThan(20)
  await storage.close()
})

test('tables that point to freed segments only go at the next start, where the process ended before it dropped them', async () => {
  const clock = new Clock()
  const disk = new SimulatedDisk()
  const compaction = {maxLevel: 3, level0CompactionTrigger: 100, level0SlowdownTrigger: 100, level0StopTrigger: 100}
  const {storage, partition} = await openAt(clock, disk, {compaction})
  for (let batch = 0; batch < 200; batch += 1) await append(storage, partition, textOf(batch))
  await storage.flush()
  clock.nowMs += 25 * hourMs
  await append(storage, partition, textOf(200))
  let edits = 0
  disk.fault = ({kind, path}) => {
    if (kind === 'rename' && path === '/data/MANIFEST.new') edits += 1
    return edits > 1 ? systemError('EIO', path) : undefined // the first edit frees the segments
  }
  await storage.cleanUp()
  await rest()
  disk.fault = () => undefined
  await storage.close()
  const tables = () => disk.paths().filter((path) => path.endsWith('.sbt')).length
  expect([edits, tables()]).toEqual([2, expect.toSatisfy((count: number) => count > 5)])
  const again = await openAt(clock, disk, {compaction})
  await rest()
  expect(again.partition.start).toBeGreaterThan(100)
  expect(tables()).toBeLessThan(5)
  await again.storage.close()
})
