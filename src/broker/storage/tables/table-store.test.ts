import {expect, test} from 'vitest'
import {AlignedMemory} from '../aligned-memory.ts'
import {BlockCache} from '../block-cache.ts'
import {type DiskCall, SimulatedDisk, systemError} from '../testing/simulated-disk.ts'
import {generationOf, type PlacedRun, runsAsSource} from './testing/naive-index.ts'
import {directory, OpenTables} from './testing/open-tables.ts'

/** `count` runs of one partition from offset `from` on, ten offsets each. */
function runsOf(topicId: number, partition: number, from: number, count: number, segment = 1): PlacedRun[] {
  return Array.from({length: count}, (_, index) => ({
    topicId,
    partition,
    baseOffset: from + index * 10,
    segment,
    generation: generationOf(segment),
    position: 4096 + index * 1024,
    bytes: 1000 + index,
  }))
}

const asRuns = (runs: readonly PlacedRun[]) => runs.map(({topicId: _topic, partition: _partition, ...run}) => run)

async function opened(disk = new SimulatedDisk()) {
  const tables = new OpenTables(disk)
  await tables.open()
  return {disk, tables, store: tables.store}
}

test('a run is found by any offset from its first to the next one', async () => {
  const {tables, store} = await opened()
  const runs = runsOf(1, 0, 100, 1000)
  await tables.flush([...runs, ...runsOf(1, 1, 0, 5)])
  expect(await store.find(1, 0, 100, 1)).toEqual(asRuns(runs.slice(0, 1)))
  expect(await store.find(1, 0, 109, 2)).toEqual(asRuns(runs.slice(0, 2)))
  expect(await store.find(1, 0, 5105, 300)).toEqual(asRuns(runs.slice(500, 800)))
  expect(await store.find(1, 0, 999_999, 9)).toEqual(asRuns(runs.slice(-1)))
  await store.close()
})

test('an offset below all gets the first run; an unknown partition gets none', async () => {
  const {tables, store} = await opened()
  const runs = runsOf(2, 3, 100, 3)
  await tables.flush([...runs, ...runsOf(4, 0, 0, 1)])
  expect(await store.find(2, 3, 0, 2)).toEqual(asRuns(runs.slice(0, 2)))
  expect(await store.find(2, 2, 0, 9)).toEqual([])
  expect(await store.find(2, 4, 0, 9)).toEqual([])
  expect(await store.find(3, 0, 0, 9)).toEqual([])
  expect(await store.find(5, 0, 0, 9)).toEqual([])
  await store.close()
})

test('a table of three levels of fences finds as one of none does', async () => {
  const {tables, store} = await opened()
  const partitions = Array.from({length: 400}, (_, partition) => runsOf(7, partition, 0, 100)).flat()
  await tables.flush(partitions) // 40,000 entries are 274 blocks: two blocks of fences, and one above them
  for (const partition of [0, 1, 199, 398, 399]) {
    expect(await store.find(7, partition, 555, 100)).toEqual(asRuns(runsOf(7, partition, 0, 100).slice(55)))
  }
  await store.close()
})

test('offsets up to 2^53 and generations of 48 bits come back exactly', async () => {
  const {tables, store} = await opened()
  const run = {...runsOf(4_000_000_000, 4_000_000_001, Number.MAX_SAFE_INTEGER - 1, 1)[0]!, segment: 4_294_967_295}
  const generation = 2 ** 48 - 1
  const source = {...runsAsSource([run]), generationOf: () => generation}
  const meta = await store.writeLevel0(source)
  tables.commit({add: [meta!], remove: []})
  store.install(meta!)
  expect(await store.find(run.topicId, run.partition, Number.MAX_SAFE_INTEGER, 1)).toEqual(
    asRuns([{...run, generation}]),
  )
  await store.close()
})

test('the fourth flush starts a merge into one table of level 1, and the old files go', async () => {
  const {disk, tables, store} = await opened()
  for (let flush = 0; flush < 4; flush += 1) await tables.flush(runsOf(1, 0, flush * 1000, 100, flush + 1))
  expect(store.level0Count).toBe(4)
  await store.settled()
  expect(store.level0Count).toBe(0)
  expect(store.levels.slice(0, 2)).toEqual([
    {tables: 0, bytes: 0},
    {tables: 1, bytes: 6 * 4096},
  ])
  expect(store.compactions).toEqual({count: 1, failed: 0, readBytes: 4 * 4096, writtenBytes: 6 * 4096})
  expect(disk.paths()).toEqual([`${directory}/000000000005.sbt`])
  expect((await store.find(1, 0, 0, 1000)).length).toBe(400)
  expect(tables.tables).toMatchObject([{number: 5, level: 1, entries: 400, lowestSegment: 1, highestSegment: 4}])
  await store.close()
})

test('a flush without a run leaves no table', async () => {
  const {disk, tables, store} = await opened()
  expect(await store.writeLevel0({partitions: [], generationOf})).toBeUndefined()
  expect(disk.paths()).toEqual([])
  expect(tables.changes).toBe(0)
  await store.close()
})

test('a table is durable, its name too, before it is given to the manifest', async () => {
  const {disk, store} = await opened()
  await store.writeLevel0({partitions: [{topicId: 1, partition: 0, runs: runColumns(5)}], generationOf})
  const kinds = disk.calls.map((call) => call.kind)
  expect(kinds.slice(-3)).toEqual(['write', 'fdatasync', 'syncDirectory'])
  await store.close()
})

const runColumns = (length: number) => ({
  length,
  baseOffsetAt: (run: number) => run,
  segmentAt: () => 1,
  positionAt: (run: number) => 4096 + run * 8,
  bytesAt: () => 8,
})

test('after a restart the named tables answer, and others are removed', async () => {
  const {disk, tables, store} = await opened()
  const runs = runsOf(1, 0, 0, 300)
  await tables.flush(runs)
  await store.writeLevel0({partitions: [{topicId: 1, partition: 0, runs: runColumns(5)}], generationOf})
  await store.close()
  expect(disk.paths().length).toBe(2)
  const again = await tables.open()
  expect(disk.paths()).toEqual([`${directory}/000000000001.sbt`])
  expect(await again.find(1, 0, 0, 300)).toEqual(asRuns(runs))
  await tables.flush(runsOf(1, 0, 3000, 1))
  expect(tables.tables.map((meta) => meta.number)).toEqual([1, 3])
  await again.close()
})

test('merging drops deleted topics and freed segments; when nothing is left there is no table', async () => {
  const {disk, tables} = await opened()
  const dead = new Set<number>()
  let firstLive = 0
  const store = await tables.open({
    isTopicLive: (topicId) => !dead.has(topicId),
    isSegmentLive: (segment, generation) => segment >= firstLive && generation === generationOf(segment),
  })
  for (let flush = 1; flush <= 3; flush += 1) {
    await tables.flush([...runsOf(1, 0, flush * 1000, 10, flush), ...runsOf(2, 0, flush * 1000, 10, flush)])
  }
  dead.add(1)
  firstLive = 3
  await tables.flush(runsOf(1, 0, 9000, 1, 3))
  await store.settled()
  expect(await store.find(1, 0, 0, 99)).toEqual([])
  expect(await store.find(2, 0, 0, 99)).toEqual(asRuns(runsOf(2, 0, 3000, 10, 3)))
  expect(store.metas).toMatchObject([{entries: 10, lowestSegment: 3}])
  firstLive = 4
  store.dropBefore(4)
  await store.settled()
  expect([disk.paths(), tables.tables]).toEqual([[], []])
  await store.close()
})

test('all dead: the merge leaves no file', async () => {
  const {disk, tables} = await opened()
  const store = await tables.open({isTopicLive: () => false})
  for (let flush = 0; flush < 4; flush += 1) await tables.flush(runsOf(1, 0, flush * 1000, 10))
  await store.settled()
  expect([disk.paths(), tables.tables]).toEqual([[], []])
  await store.close()
})

const failOn = (kind: DiskCall['kind'], code: string) => (call: DiskCall) =>
  call.kind === kind && call.path.startsWith(directory) ? systemError(code, call.path) : undefined

test.each(['create', 'write', 'read', 'fdatasync', 'syncDirectory'] as const)(
  'a %s that fails in a merge leaves the old tables in force; it is told and tried again',
  async (kind) => {
    const {disk, tables, store} = await opened()
    for (let flush = 0; flush < 3; flush += 1) await tables.flush(runsOf(1, 0, flush * 1000, 100))
    await tables.flush(runsOf(1, 0, 3000, 100))
    disk.fault = failOn(kind, 'ENOSPC')
    await store.settled()
    expect(tables.failures).toMatchObject([{code: 'ENOSPC'}])
    expect(store.compactions).toMatchObject({count: 0, failed: 1})
    expect([store.level0Count, store.canMerge]).toEqual([4, false])
    disk.fault = () => undefined
    expect((await store.find(1, 0, 0, 1000)).length).toBe(400)
    expect(disk.paths().length).toBe(4)
    await until(() => store.level0Count === 0)
    await store.settled()
    expect(store.canMerge).toBe(true)
    expect((await store.find(1, 0, 0, 1000)).length).toBe(400)
    expect(disk.paths().length).toBe(1)
    await store.close()
  },
)

test('a failed edit of the manifest ends all merges and leaves old and new files, for it may name either', async () => {
  const {disk, tables, store} = await opened()
  for (let flush = 0; flush < 4; flush += 1) await tables.flush(runsOf(1, 0, flush * 1000, 100))
  tables.beforeCommit = () => {
    throw systemError('EIO', 'MANIFEST')
  }
  await store.settled()
  expect([disk.paths().length, tables.failures.length, store.canMerge]).toEqual([5, 1, false])
  expect((await store.find(1, 0, 0, 1000)).length).toBe(400)
  await store.close()
  tables.beforeCommit = () => {}
  const again = await tables.open()
  expect(disk.paths().length).toBe(4)
  again.maybeCompact()
  await again.settled()
  expect((await again.find(1, 0, 0, 1000)).length).toBe(400)
  expect([disk.paths().length, again.level0Count]).toEqual([1, 0])
  await again.close()
})

test.each(['create', 'write', 'fdatasync', 'syncDirectory'] as const)(
  'a flush whose %s fails leaves no file',
  async (kind) => {
    const {disk, store} = await opened()
    disk.fault = failOn(kind, 'EIO')
    const flushed = store.writeLevel0({partitions: [{topicId: 1, partition: 0, runs: runColumns(5)}], generationOf})
    await expect(flushed).rejects.toMatchObject({code: 'EIO'})
    expect(disk.paths()).toEqual([])
    await store.close()
  },
)

/** Gives nothing before `goOn`. */
class HeldUpCache extends BlockCache {
  readonly #gate = Promise.withResolvers<void>()
  readonly goOn = this.#gate.resolve

  override read(...args: Parameters<BlockCache['read']>): void {
    this.#gate.promise.then(() => super.read(...args))
  }
}

test('a find that is under way finishes on the tables it began with', async () => {
  const {disk, tables} = await opened()
  const blocks = new HeldUpCache(disk, new AlignedMemory(), 0)
  const store = await tables.open({blocks})
  for (let flush = 0; flush < 3; flush += 1) await tables.flush(runsOf(1, 0, flush * 1000, 100))
  const found = store.find(1, 0, 0, 1000)
  await tables.flush(runsOf(1, 0, 3000, 100))
  await store.settled()
  expect(store.level0Count).toBe(0)
  expect(disk.paths().map((path) => path.slice(directory.length + 10))).toEqual([
    '001.sbt',
    '002.sbt',
    '003.sbt',
    '005.sbt',
  ])
  blocks.goOn()
  expect((await found).length).toBe(300)
  await store.settled()
  expect(disk.paths()).toEqual([`${directory}/000000000005.sbt`])
  await store.close()
})

test('closing gives up a merge and keeps what is in force', async () => {
  const {disk, tables, store} = await opened()
  for (let flush = 0; flush < 4; flush += 1) await tables.flush(runsOf(1, 0, flush * 1000, 100))
  await store.close()
  expect(tables.failures).toEqual([])
  const again = await tables.open()
  expect((await again.find(1, 0, 0, 1000)).length).toBe(400)
  again.maybeCompact()
  await again.settled()
  expect(disk.paths().length).toBe(1)
  await again.close()
})

async function withDamagedBlock() {
  const {disk, tables, store} = await opened()
  for (let flush = 0; flush < 3; flush += 1) await tables.flush(runsOf(1, 0, flush * 10_000, 300))
  const path = `${directory}/000000000002.sbt`
  disk.contentOf(path).writeUInt8(0xff, 4096 + 100)
  return {disk, tables, store, path}
}

test('a damaged block fails the finds that need it, with file and byte; the next start makes the tables anew', async () => {
  const {disk, tables, store, path} = await withDamagedBlock()
  await expect(store.find(1, 0, 10_000 + 2000, 1)).rejects.toMatchObject({name: 'TableDamage', path, position: 4096})
  expect((await store.find(1, 0, 10_000, 1))[0]!.baseOffset).toBe(10_000)
  expect((await store.find(1, 0, 20_000, 1))[0]!.baseOffset).toBe(20_000)
  await store.close()
  expect(disk.paths().includes(path)).toBe(false)
  await expect(tables.open()).rejects.toThrow(/the table is missing/)
})

test('a merge that meets damage is told once, and writers need not wait for it', async () => {
  const {disk, tables, store, path} = await withDamagedBlock()
  await tables.flush(runsOf(1, 0, 30_000, 1))
  await store.settled()
  expect(tables.failures).toMatchObject([{name: 'TableDamage', path, position: 4096}])
  expect([store.canMerge, store.level0Count, store.compactions.failed]).toEqual([false, 4, 1])
  for (let flush = 0; flush < 3; flush += 1) await tables.flush(runsOf(1, 0, 40_000 + flush * 1000, 1))
  expect([store.level0Count, tables.failures.length]).toEqual([7, 1])
  expect((await store.find(1, 0, 30_000, 9)).length).toBe(4)
  expect((await store.find(1, 0, 0, 9)).length).toBe(9)
  await store.close()
  expect(disk.paths().length).toBe(6)
})

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setTimeout(resolve, 1))
}
