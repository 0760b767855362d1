import {beforeAll, describe, expect, test} from 'vitest'
import type {StreambusError} from '../../base/errors.ts'
import {seededRandom} from '../../base/random.ts'
import type {StorageEvent} from './events.ts'
import type {LogStorage} from './log-storage.ts'
import type {StorageOptions} from './open.ts'
import type {Partition} from './storage.ts'
import {append, createTopic, read, readAll} from './testing/driving.ts'
import {openSmall} from './testing/open-small.ts'
import {SimulatedDisk} from './testing/simulated-disk.ts'

// What is kept, and what the operator is told, when files of a stopped broker are damaged or gone. The log here has
// about ten segments and as many tables as merging leaves.

const batches = 300
const textOf = (index: number) => `<${index}>`.padEnd(1000, '.')
let pristine: SimulatedDisk // after a clean stop, when all of it is in tables
let killed: SimulatedDisk // after a kill, when the last segment is not

beforeAll(async () => {
  pristine = new SimulatedDisk()
  const storage = await openSmall(pristine)
  const topic = await createTopic(storage, 'orders', 2)
  for (let index = 0; index < batches; index += 1) {
    await append(storage, topic.partitions[index % 2]!, textOf(index))
  }
  const {memtable, compactions} = storage.stats()
  expect(memtable.flushes).toBeGreaterThan(5)
  expect(compactions.count).toBeGreaterThan(0)
  killed = pristine.afterKill()
  await storage.close()
})

async function openWith(disk: SimulatedDisk, options: Partial<StorageOptions> = {}) {
  const events: StorageEvent[] = []
  const storage = await openSmall(disk, {onEvent: (event) => events.push(event), ...options})
  const partitions = storage.topics.get('orders')!.partitions
  return {storage, partitions, events}
}

function flip(disk: SimulatedDisk, path: string, position: number, bit = 4): void {
  disk.contentOf(path)[position]! ^= 1 << bit
}

/** Where the text of a batch lies in the log. */
function find(disk: SimulatedDisk, index: number): {path: string; position: number} {
  for (const path of disk.paths()) {
    if (!path.startsWith('/data/log/')) continue
    const position = disk.contentOf(path).indexOf(textOf(index))
    if (position >= 0) return {path, position}
  }
  throw new Error(`batch ${index} is in no segment`)
}

const pathsIn = (disk: SimulatedDisk, folder: string) =>
  disk.paths().filter((path) => path.startsWith(`/data/${folder}/`))

async function expectAllHeld(partitions: readonly Partition[], storage: LogStorage): Promise<void> {
  for (const [index, partition] of partitions.entries()) {
    const texts = (await readAll(storage, partition)).map((batch) => batch.text)
    expect(texts).toEqual(Array.from({length: batches / 2}, (_, at) => textOf(at * 2 + index)))
  }
}

async function refusal(opening: Promise<unknown>): Promise<StreambusError> {
  return opening.then(
    () => expect.fail('the log opened'),
    (error: StreambusError) => error,
  )
}

describe('manifest and tables are derived: without them the log is read and they are made anew', () => {
  const rebuilt = async (disk: SimulatedDisk, why: RegExp) => {
    const {storage, partitions, events} = await openWith(disk)
    expect(events.filter((event) => event.kind === 'index-rebuilt')).toEqual([
      {kind: 'index-rebuilt', why: expect.stringMatching(why)},
    ])
    await expectAllHeld(partitions, storage)
    await storage.close()
    const again = await openWith(disk) // and the new ones hold
    expect(again.events.filter((event) => event.kind === 'index-rebuilt')).toEqual([])
    await expectAllHeld(again.partitions, again.storage)
    await again.storage.close()
  }

  test('a missing manifest', async () => {
    const disk = pristine.afterKill()
    await disk.unlink('/data/MANIFEST')
    await rebuilt(disk, /^\/data\/MANIFEST: it is missing/)
  })

  test.each([3, 25, 40, 200])('a manifest with a flipped bit in byte %i', async (position) => {
    const disk = pristine.afterKill()
    flip(disk, '/data/MANIFEST', position)
    await rebuilt(disk, /^\/data\/MANIFEST: (its checksum is wrong|it is not a manifest)/)
  })

  test('an empty manifest', async () => {
    const disk = pristine.afterKill()
    await disk.truncate(await disk.open('/data/MANIFEST', 'existing'), 0)
    await rebuilt(disk, /^\/data\/MANIFEST: it is not a manifest/)
  })

  test('a missing table', async () => {
    const disk = pristine.afterKill()
    const table = pathsIn(disk, 'tables')[0]!
    await disk.unlink(table)
    await rebuilt(disk, new RegExp(`^${table} .*missing`))
  })

  test('a table with a damaged end', async () => {
    const disk = pristine.afterKill()
    const table = pathsIn(disk, 'tables')[0]!
    flip(disk, table, disk.contentOf(table).length - 4000)
    await rebuilt(disk, new RegExp(`^${table} .*damaged`))
  })

  test('a damaged table is told by those who read it, with what to do', async () => {
    const disk = pristine.afterKill()
    const [table] = pathsIn(disk, 'tables')
    flip(disk, table!, 100)
    const {storage, partitions, events} = await openWith(disk)
    const error = await refusal(read(storage, partitions[0]!, 0))
    expect(error.code).toBe('SB_LOG_CORRUPT')
    expect(error.message).toContain('topic "orders" partition 0 offset 0')
    expect(error.message).toContain(`${table} at byte 0`)
    expect(error.hint).toMatch(/Nothing is lost: start the broker again/)
    expect(await append(storage, partitions[0]!, 'goes on')).toBe(batches / 2)
    await storage.close()
    expect(events.filter((event) => event.kind === 'failed')).toEqual([])
    const again = await openWith(disk)
    expect(again.events).toContainEqual({kind: 'index-rebuilt', why: expect.stringContaining(`${table} at byte 0`)})
    expect((await readAll(again.storage, again.partitions[0]!)).length).toBe(batches / 2 + 1)
    await again.storage.close()
  })
})

describe('the log', () => {
  test('damaged where it is in tables: the start does not read it, the fetch names it, other offsets go on', async () => {
    const disk = pristine.afterKill()
    const {path, position} = find(disk, 8) // partition 0, offset 4
    flip(disk, path, position + 500)
    const {storage, partitions} = await openWith(disk)
    const error = await refusal(read(storage, partitions[0]!, 4))
    expect(error.code).toBe('SB_LOG_CORRUPT')
    expect(error.message).toContain(
      `${path}: topic "orders" partition 0 offset 4 is damaged at byte ${position - 29 - 80}`,
    )
    expect((await read(storage, partitions[0]!, 3))[0]!.text).toBe(textOf(6))
    expect((await read(storage, partitions[0]!, 5))[0]!.text).toBe(textOf(10))
    expect((await readAll(storage, partitions[1]!)).length).toBe(batches / 2)
    await storage.close()
  })

  test('damaged behind what is in tables, and below what is known synced, is refused at the start', async () => {
    const disk = killed.afterKill()
    const index = batches - 10
    const {path, position} = find(disk, index)
    flip(disk, path, position + 500)
    const error = await refusal(openWith(disk))
    expect(error.code).toBe('SB_LOG_CORRUPT')
    expect(error.message).toContain(`topic "orders" partition 0 offsets ${index / 2}-${index / 2}`)
    expect(error.message).toContain(`${path} at byte ${position - 29 - 80}`)
    const {storage, partitions, events} = await openWith(disk, {acceptLoss: true})
    expect(events.filter((event) => event.kind === 'loss-accepted').length).toBe(1)
    expect((await readAll(storage, partitions[1]!)).length).toBe(batches / 2)
    expect(partitions[0]!.end).toBe(batches / 2)
    await storage.close()
  })

  test.each(['the oldest', 'one in the middle', 'the last but one'])(
    'without a segment, %s, is refused',
    async (which) => {
      const disk = pristine.afterKill()
      const paths = pathsIn(disk, 'log')
      const index = {'the oldest': 0, 'one in the middle': 4, 'the last but one': paths.length - 2}[which]!
      await disk.unlink(paths[index]!)
      const error = await refusal(openWith(disk))
      expect(error.code).toBe('SB_LOG_CORRUPT')
      expect(error.message).toContain(`${paths[index]}: the segment is missing`)
    },
  )
})

test('any single flipped bit anywhere is harmless, refused or told: never another answer', {
  timeout: 120_000,
}, async () => {
  const random = seededRandom(17)
  const seen = {harmless: 0, refused: 0, told: 0, rebuilt: 0}
  for (let round = 0; round < 250; round += 1) {
    const disk = (random() < 0.5 ? pristine : killed).afterKill()
    const folder = ['log', 'tables', 'MANIFEST'][Math.floor(random() * 3)]!
    const paths = folder === 'MANIFEST' ? ['/data/MANIFEST'] : pathsIn(disk, folder)
    const path = paths[Math.floor(random() * paths.length)]!
    const position = Math.floor(random() * disk.contentOf(path).length)
    flip(disk, path, position, Math.floor(random() * 8))
    const what = await observe(disk).catch((error: unknown) => {
      throw new Error(`round ${round}: ${path} byte ${position}`, {cause: error})
    })
    seen[what] += 1
  }
  expect(
    Object.values(seen).every((count) => count > 0),
    JSON.stringify(seen),
  ).toBe(true)
})

/** Opens, and reads every offset by itself. */
async function observe(disk: SimulatedDisk): Promise<'harmless' | 'refused' | 'told' | 'rebuilt'> {
  const events: StorageEvent[] = []
  const storage = await openSmall(disk, {onEvent: (event) => events.push(event)}).catch((error: StreambusError) => {
    expect(error.code).toBe('SB_LOG_CORRUPT')
  })
  if (storage === undefined) return 'refused'
  let told = 0
  for (const [index, partition] of storage.topics.get('orders')!.partitions.entries()) {
    const isCut = events.some((event) => event.kind === 'cut') // above the last mark: looks like a torn tail
    expect(partition.start).toBe(0)
    if (!isCut) expect(partition.end).toBe(batches / 2)
    for (let offset = 0; offset < partition.end; offset += 1) {
      const got = await read(storage, partition, offset).catch((error: StreambusError) => {
        expect(error.code).toBe('SB_LOG_CORRUPT')
        told += 1
      })
      if (got !== undefined) expect([got[0]!.baseOffset, got[0]!.text]).toEqual([offset, textOf(offset * 2 + index)])
    }
  }
  await storage.close()
  if (events.some((event) => event.kind === 'index-rebuilt')) return 'rebuilt'
  return told > 0 ? 'told' : 'harmless'
}
