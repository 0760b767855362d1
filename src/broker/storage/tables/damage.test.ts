import {expect, test} from 'vitest'
import {SimulatedDisk} from '../testing/simulated-disk.ts'
import {TableDamage} from './table-damage.ts'
import {generationOf, type PlacedRun} from './testing/naive-index.ts'
import {directory, OpenTables} from './testing/open-tables.ts'

const path = `${directory}/000000000001.sbt`

/** Two partitions, two segments, 150 entries: two blocks of entries, one of fences, one of segments, the footer. */
const runs: readonly PlacedRun[] = Array.from({length: 150}, (_, index) => {
  const segment = index % 75 < 40 ? 7 : 8
  return {
    topicId: 3,
    partition: index < 75 ? 0 : 1,
    baseOffset: (index % 75) * 1000,
    segment,
    generation: generationOf(segment),
    position: 4096 + index * 2048,
    bytes: 2000 + index,
  }
})

/** The disk with one table, its reads done within the call so that thousands of them take no time. */
async function diskWithTable() {
  const disk = new SimulatedDisk()
  const tables = new OpenTables(disk)
  await tables.open()
  await tables.flush(runs)
  await tables.store.close()
  const handleOf = new Map<number, string>()
  const open = disk.open.bind(disk)
  disk.open = async (opened, mode) => {
    const handle = await open(opened, mode)
    handleOf.set(handle, opened)
    return handle
  }
  disk.read = (handle, buffer, offset, length, position, done) => {
    const content = disk.contentOf(handleOf.get(handle)!)
    done(null, content.copy(buffer, offset, position, Math.min(position + length, content.length)))
  }
  disk.readInto = (handle, buffers, position, done) => {
    disk.read(handle, buffers[0]!, 0, buffers[0]!.length, position, done)
  }
  return {disk, tables}
}

/** All that a restart finds in the table, or the damage that it tells of. */
async function readEverything(tables: OpenTables): Promise<unknown> {
  try {
    const store = await tables.open()
    const found = [await store.find(3, 0, 0, 999), await store.find(3, 1, 0, 999)]
    await store.close()
    return found.flat()
  } catch (error) {
    return error
  }
}

test('a flipped bit in any byte of a table is noticed, by its start or by a find', async () => {
  const {disk, tables} = await diskWithTable()
  disk.unlink = async () => {} // a damaged table loses its name, and this one is mended again
  const content = disk.contentOf(path)
  expect(content.length).toBe(5 * 4096)
  for (let byte = 0; byte < content.length; byte += 1) {
    const bit = 1 << (byte % 8)
    content[byte]! ^= bit
    const outcome = await readEverything(tables)
    if (!(outcome instanceof TableDamage)) expect.fail(`byte ${byte}, bit ${bit}: ${outcome}`)
    content[byte]! ^= bit
  }
  expect(await readEverything(tables)).toEqual(runs.map(({topicId: _topic, partition: _partition, ...run}) => run))
}, 60_000)

test('a table cut off anywhere is noticed at the start', async () => {
  const {disk, tables} = await diskWithTable()
  const handle = await disk.open(path, 'existing')
  for (const bytes of [5 * 4096 - 1, 4 * 4096, 4096, 1, 0]) {
    await disk.truncate(handle, bytes)
    const outcome = await readEverything(tables)
    expect(outcome).toBeInstanceOf(TableDamage)
    expect(`${outcome}`).toContain(`${path} at byte ${bytes}: the table has ${bytes} bytes instead of 20480`)
  }
})

test('a missing table is noticed at the start', async () => {
  const {disk, tables} = await diskWithTable()
  await disk.unlink(path)
  expect(`${await readEverything(tables)}`).toBe(`TableDamage: ${path} at byte 0: the table is missing`)
})

test('a table of another version says which', async () => {
  const {disk, tables} = await diskWithTable()
  disk.contentOf(path).writeUInt32LE(2, 4 * 4096 + 4)
  expect(`${await readEverything(tables)}`).toBe(
    `TableDamage: ${path} at byte 16384: table version 2; this broker reads 1`,
  )
})

test('a whole table under the name of another is noticed', async () => {
  const {disk, tables} = await diskWithTable()
  await disk.rename(path, `${directory}/000000000002.sbt`)
  tables.tables = tables.tables.map((meta) => ({...meta, number: 2}))
  expect(`${await readEverything(tables)}`).toContain('the footer of the table is damaged')
})

test('a whole block in the place of another is noticed', async () => {
  const {disk, tables} = await diskWithTable()
  disk.contentOf(path).copyWithin(0, 4096, 8192)
  expect(`${await readEverything(tables)}`).toContain('at byte 0: block 0 of the table is damaged')
})
