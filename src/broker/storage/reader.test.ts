import * as fc from 'fast-check'
import {expect, test} from 'vitest'
import {cacheBlockBytes} from './block-cache.ts'
import {recordHeaderBytes} from './record.ts'
import {TableDamage} from './tables/table-damage.ts'
import {WrittenLog} from './testing/written-log.ts'

const kib = 1024
const mib = 1_048_576

/** `count` batches of `bytes` bytes each; what they say is their own. */
async function fill(log: WrittenLog, count: number, bytes: number, partitions = 1): Promise<void> {
  for (let index = 0; index < count; index += 1) {
    await log.append(
      log.partition(index % partitions),
      `${index}:`.padEnd(bytes, String.fromCharCode(97 + (index % 26))),
    )
  }
}

test('any offset of any partition gets what a naive reader gets, whatever the cache holds', async () => {
  const append = fc.record({
    partition: fc.nat(2),
    count: fc.integer({min: 1, max: 9}),
    bytes: fc.oneof(fc.nat(300), fc.nat(40_000), fc.constant(150_000)),
    flush: fc.nat(9).map((draw) => draw === 0),
  })
  const wanted = fc.record({
    partition: fc.nat(2),
    at: fc.double({min: 0, max: 1, noNaN: true}),
    bytesMax: fc.nat(300_000),
  })
  const cacheBlocks = fc.constantFrom(0, 1, 3, 16, 100)
  await fc.assert(
    fc.asyncProperty(
      fc.array(append, {minLength: 1, maxLength: 120}),
      fc.array(wanted, {maxLength: 40}),
      cacheBlocks,
      async (appends, reads, blocks) => {
        const log = new WrittenLog({partitions: 3, cacheBytes: blocks * cacheBlockBytes, segmentBytes: 400_000})
        for (const {partition, count, bytes, flush} of appends) {
          await log.append(log.partition(partition), `${log.batches.length}:`.padEnd(bytes, 'x'), count)
          if (flush) await log.flush()
        }
        await Promise.all(
          reads.map(async ({partition: index, at, bytesMax}) => {
            const partition = log.partition(index)
            const offset = Math.floor(at * partition.end)
            const got = await log.read(partition, offset, bytesMax)
            const all = offset < partition.end ? log.expected(partition, offset, bytesMax) : []
            expect(got).toEqual(all.slice(0, got.length))
            expect(got.length > 0).toBe(all.length > 0)
          }),
        )
        await log.reader.idle()
        expect(log.memory.bytes).toBe(log.cache.stats.bytes) // nothing but the cache keeps memory
      },
    ),
    {numRuns: Number(process.env.STREAMBUS_MODEL_RUNS ?? 60)},
  )
})

test('what memory holds is given within the call', async () => {
  const log = new WrittenLog({cacheBytes: mib})
  await fill(log, 10, 100)
  let inCall = 0
  log.reader.read(log.partition(), 3, 1000, (_, batches) => {
    inCall = batches.length
  })
  expect(inCall).toBe(7)
  expect(log.finds).toBe(0)
})

test('memory that was let go answers while it still holds the bytes; then the files do', async () => {
  const log = new WrittenLog({cacheBytes: mib})
  await fill(log, 100, 4000)
  await log.flush()
  log.keepsClean = true
  expect(await log.read(log.partition(), 50, 40_000)).toEqual(log.expected(log.partition(), 50, 40_000))
  expect(log.disk.calls).toHaveLength(0)
  log.keepsClean = false
  const rest = await log.read(log.partition(), 59, 40_000) // where the first ended
  expect(rest).toEqual(log.expected(log.partition(), 59, 40_000).slice(0, rest.length))
  expect(log.finds).toBe(1)
  expect(log.disk.calls.length).toBeGreaterThan(0)
})

test.for([1, 0.6])(
  'one who reads on hardly looks places up, and finds its blocks read ahead (%s of each answer used)',
  async (used) => {
    const log = new WrittenLog({cacheBytes: 16 * mib})
    await fill(log, 800, 4000) // 3.3 MB in 50 runs
    await log.flush()
    const partition = log.partition()
    let offset = 0
    let inCall = 0
    while (offset < 800) {
      let isSync = true
      const before = offset
      await new Promise<void>((resolve) =>
        log.reader.read(partition, offset, 50_000, (_, batches) => {
          offset += Math.ceil(batches.length * used)
          if (isSync) inCall += Math.ceil(batches.length * used)
          resolve()
        }),
      )
      isSync = false
      expect(offset).toBeGreaterThan(before)
      await log.cache.idle()
    }
    expect(log.finds).toBe(2) // the second time for as many runs as one call gives
    expect(inCall).toBeGreaterThan(700)
    const {hits, misses, reads, readAheadBytes, readAheadWastedBytes} = log.cache.stats
    expect(misses).toBeLessThan(12) // of 55 blocks and more
    expect(hits).toBeGreaterThan(50)
    expect(reads).toBeLessThan(20)
    expect(readAheadBytes).toBeLessThan(3.5 * mib)
    expect(readAheadWastedBytes).toBe(0)
  },
)

test('reads at random read nothing ahead', async () => {
  const log = new WrittenLog({cacheBytes: 16 * mib})
  await fill(log, 400, 4000)
  await log.flush()
  for (let step = 0; step < 50; step += 1) await log.read(log.partition(), (step * 7919) % 400, 4000)
  expect(log.cache.stats.readAheadBytes).toBe(0)
})

test('a damaged batch is an error for its own offsets only, with topic, partition, offset, file and byte', async () => {
  for (const byte of [5, recordHeaderBytes + 40]) {
    // in the header, in the frame
    const log = new WrittenLog({cacheBytes: mib})
    await fill(log, 30, 500)
    await log.flush()
    const damaged = log.batches[11]!
    await log.damage(damaged, byte)
    const partition = log.partition()
    expect(await log.read(partition, 9, 10_000)).toEqual(log.expected(partition, 9, 10_000).slice(0, 2))
    await expect(log.read(partition, 11, 10_000)).rejects.toMatchObject({
      code: 'SB_LOG_CORRUPT',
      message: `/log/1.seg: topic "orders" partition 0 offset 11 is damaged at byte ${damaged.position}.`,
    })
    expect(await log.read(partition, 12, 10_000)).toEqual(log.expected(partition, 12, 10_000))
  }
})

test('a disk that fails is told to that read, and the next one tries again', async () => {
  const log = new WrittenLog({cacheBytes: mib})
  await fill(log, 10, 500)
  await log.flush()
  log.disk.fault = () => new Error('EIO: i/o error')
  await expect(log.read(log.partition(), 2, 100)).rejects.toMatchObject({
    code: 'SB_STORAGE_FAILED',
    message: expect.stringContaining('/log/1.seg'),
  })
  log.disk.fault = () => undefined
  expect(await log.read(log.partition(), 2, 100)).toHaveLength(1)
})

test('a damaged table is told to the fetches that need it', async () => {
  const log = new WrittenLog({cacheBytes: mib})
  await fill(log, 10, 500)
  await log.flush()
  log.holdFind = () =>
    Promise.reject(new TableDamage('/tables/000000000003.sbt', 8192, 'block 2 of the table is damaged'))
  await expect(log.read(log.partition(), 2, 100)).rejects.toMatchObject({
    code: 'SB_LOG_CORRUPT',
    message: expect.stringMatching(/"orders" partition 0 offset 2 .*000000000003\.sbt at byte 8192/),
  })
  log.holdFind = async () => {}
  expect(await log.read(log.partition(), 2, 100)).toHaveLength(1)
})

test('an offset in a gap is answered with what follows, from the files or from memory', async () => {
  const log = new WrittenLog({partitions: 2, cacheBytes: mib})
  for (let index = 0; index < 6; index += 1) await log.append(log.partition(index % 2), `batch ${index}`)
  await log.flush()
  log.lose(log.batches[2]!) // offset 1 of partition 0: runs of one batch each
  log.lose(log.batches[5]!) // offset 2 of partition 1, its last
  await log.append(log.partition(1), 'in memory')
  expect((await log.read(log.partition(0), 1, 1)).map((batch) => batch.text)).toEqual(['batch 4'])
  expect((await log.read(log.partition(1), 2, 1)).map((batch) => batch.text)).toEqual(['in memory'])
})

test('what goes from memory to a table while it is looked up is not taken for a gap', async () => {
  const log = new WrittenLog({cacheBytes: mib})
  await fill(log, 4, 100)
  await log.flush()
  const gap = log.partition()
  gap.next += 2 // offsets 4 and 5 were lost
  await fill(log, 3, 100) // 6, 7, 8 in memory
  const gate = Promise.withResolvers<void>()
  log.holdFind = () => gate.promise
  const reading = log.read(gap, 5, 1)
  await log.flush()
  log.holdFind = async () => {}
  await log.append(gap, 'offset 9')
  gate.resolve()
  expect((await reading)[0]!.baseOffset).toBe(6)
})

test('a freed segment stays until it is read, and then answers for nothing more', async () => {
  const log = new WrittenLog({cacheBytes: mib, segmentBytes: 65_536})
  await fill(log, 30, 4000) // 15 a segment
  await log.flush()
  const partition = log.partition()
  const gate = Promise.withResolvers<void>()
  log.disk.hold = () => gate.promise
  const reading = log.read(partition, 3, 4000)
  await new Promise(setImmediate)
  log.disk.hold = () => undefined
  partition.start = 15
  let isReused = false
  const freed = log.free(1).then(() => {
    isReused = true
  })
  await new Promise(setImmediate)
  expect(isReused).toBe(false)
  gate.resolve()
  expect(await reading).toEqual(log.expected(partition, 3, 4000).slice(0, 1))
  await freed
  expect(await log.read(partition, 3, 4000)).toEqual([])
  partition.start = 0 // as between the freeing and the move of the start
  expect((await log.read(partition, 3, 4000))[0]!.baseOffset).toBe(
    log.batches.findIndex((each) => each.segment.number === 2),
  )
})

test('a topic deleted while it is read gets nothing', async () => {
  const log = new WrittenLog({cacheBytes: 0})
  await fill(log, 10, 500)
  await log.flush()
  const reading = log.read(log.partition(), 2, 100)
  log.topic.deleted = true
  expect(await reading).toEqual([])
  expect(await log.read(log.partition(), 2, 100)).toEqual([])
})

test('on a disk that does not answer, memory stays bounded, and every read is answered at last', async () => {
  const log = new WrittenLog({partitions: 8, cacheBytes: 16 * cacheBlockBytes})
  await fill(log, 800, 4 * kib, 8)
  await log.flush()
  const gate = Promise.withResolvers<void>()
  log.disk.hold = () => gate.promise
  const all = Array.from({length: 200}, (_, index) => log.read(log.partition(index % 8), index % 100, 64 * kib))
  await new Promise(setImmediate)
  expect(log.memory.cutBytes).toBeLessThan(16 * cacheBlockBytes + 8 * 2 * mib)
  gate.resolve()
  const answers = await Promise.all(all)
  answers.forEach((batches, index) => {
    expect(batches[0]!.baseOffset).toBe(index % 100)
  })
})

test('a batch larger than what a read brings at most comes whole, and a large fetch in parts', async () => {
  const log = new WrittenLog({cacheBytes: mib, segmentBytes: 12 * mib})
  await log.append(log.partition(), 'a'.repeat(3 * mib))
  for (let index = 0; index < 40; index += 1) await log.append(log.partition(), `${index}`.padEnd(100_000, 'b'))
  await log.flush()
  const [large] = await log.read(log.partition(), 0, 1)
  expect(large!.text === 'a'.repeat(3 * mib)).toBe(true)
  const part = await log.read(log.partition(), 1, 10 * mib)
  expect(part.length).toBeGreaterThan(15)
  expect(part.length).toBeLessThanOrEqual(21) // of 100,080 bytes, within 2 MiB
  await log.reader.idle()
  expect(log.memory.bytes).toBe(log.cache.stats.bytes)
})
