import * as fc from 'fast-check'
import {expect, test} from 'vitest'
import {AlignedMemory} from './aligned-memory.ts'
import {BlockCache, CachedFile, cacheBlockBytes} from './block-cache.ts'
import {writeFully} from './files.ts'
import {SimulatedDisk} from './testing/simulated-disk.ts'

const kib64 = cacheBlockBytes

/** A file of `blocks` whole blocks and `rest` bytes more; byte i is i's block and place mixed. */
async function fileOf(blocks: number, rest = 0) {
  const disk = new SimulatedDisk()
  const handle = await disk.open('/file', 'create')
  const content = Buffer.from(Uint8Array.from({length: blocks * kib64 + rest}, (_, at) => (at >>> 16) * 31 + at * 7))
  await writeFully(disk, handle, content, 0)
  disk.calls.length = 0
  return {disk, handle, content}
}

function readFrom(cache: BlockCache, file: CachedFile, position: number, bytes: number): Promise<Buffer> {
  const target = Buffer.alloc(bytes)
  return new Promise((resolve, reject) =>
    cache.read(file, position, bytes, target, 0, (error, got) =>
      error === null ? resolve(target.subarray(0, got)) : reject(error),
    ),
  )
}

const reads = (disk: SimulatedDisk) =>
  disk.calls.filter((call) => call.kind === 'read').map((call) => call.bytes / kib64)

test('adjacent blocks that are missing come with one system call; then they are there within the call', async () => {
  const {disk, handle, content} = await fileOf(8)
  const cache = new BlockCache(disk, new AlignedMemory(), 8 * kib64)
  const file = new CachedFile(handle)
  expect(await readFrom(cache, file, 100, 3 * kib64)).toEqual(content.subarray(100, 100 + 3 * kib64))
  expect(reads(disk)).toEqual([4])
  let inCall = -1
  cache.read(file, kib64 - 1, 2, Buffer.alloc(2), 0, (_, bytes) => {
    inCall = bytes
  })
  expect(inCall).toBe(2)
  await readFrom(cache, file, 2 * kib64, 6 * kib64) // blocks 2 and 3 are there
  expect(reads(disk)).toEqual([4, 4])
  expect(cache.stats).toMatchObject({hits: 4, misses: 8, bytes: 8 * kib64, reads: 2, readBytes: 8 * kib64})
})

test('all who ask for a block on its way share one read', async () => {
  const {disk, handle, content} = await fileOf(2)
  const cache = new BlockCache(disk, new AlignedMemory(), 2 * kib64)
  const file = new CachedFile(handle)
  const three = await Promise.all([5, 10, 20].map((at) => readFrom(cache, file, at, 7)))
  expect(three).toEqual([5, 10, 20].map((at) => content.subarray(at, at + 7)))
  expect(reads(disk)).toEqual([1])
})

test('fewer bytes mean the end of the file', async () => {
  const {disk, handle, content} = await fileOf(1, 100)
  const cache = new BlockCache(disk, new AlignedMemory(), 4 * kib64)
  const file = new CachedFile(handle)
  for (let round = 0; round < 2; round += 1) {
    expect(await readFrom(cache, file, kib64 - 10, 200)).toEqual(content.subarray(kib64 - 10))
    expect(await readFrom(cache, file, 3 * kib64, 8)).toHaveLength(0)
  }
})

test('what may still change is read every time', async () => {
  const {disk, handle} = await fileOf(3)
  const cache = new BlockCache(disk, new AlignedMemory(), 8 * kib64)
  const file = new CachedFile(handle, 2 * kib64 + 100) // the third block grows
  await readFrom(cache, file, kib64, kib64 + 50)
  await writeFully(disk, handle, Buffer.from('new'), 2 * kib64)
  expect((await readFrom(cache, file, 2 * kib64, 3)).toString()).toBe('new')
  expect(cache.stats.bytes).toBe(kib64)
})

test('another use of the same file gets nothing of the former', async () => {
  const {disk, handle} = await fileOf(2)
  const cache = new BlockCache(disk, new AlignedMemory(), 8 * kib64)
  const former = new CachedFile(handle)
  await readFrom(cache, former, 0, 2 * kib64)
  const late = readFrom(cache, new CachedFile(handle), 0, 8) // under way while it is forgotten
  await late
  cache.forget(former)
  expect(cache.stats.bytes).toBe(kib64)
  await writeFully(disk, handle, Buffer.from('reused!!'), 0)
  expect((await readFrom(cache, new CachedFile(handle), 0, 8)).toString()).toBe('reused!!')
  expect((await readFrom(cache, former, 0, 8)).toString()).toBe('reused!!') // not kept, so it is what the file holds
})

test('a file forgotten while it is read leaves nothing behind', async () => {
  const {disk, handle, content} = await fileOf(2)
  const memory = new AlignedMemory()
  const cache = new BlockCache(disk, memory, 8 * kib64)
  const file = new CachedFile(handle)
  const reading = readFrom(cache, file, 0, 2 * kib64)
  cache.forget(file)
  expect(await reading).toEqual(content)
  expect(cache.stats.bytes).toBe(0)
  expect(memory.bytes).toBe(0)
})

test('capacity 0: the bytes come past the cache, and it holds no memory', async () => {
  const {disk, handle, content} = await fileOf(4)
  const memory = new AlignedMemory()
  const cache = new BlockCache(disk, memory, 0)
  const file = new CachedFile(handle)
  expect(cache.readAhead(file, 0, 4 * kib64)).toBe(0)
  for (let round = 0; round < 2; round += 1)
    expect(await readFrom(cache, file, 10, 100)).toEqual(content.subarray(10, 110))
  expect(disk.calls.map((call) => call.bytes)).toEqual([100, 100])
  expect(memory.cutBytes).toBe(0)
})

test('on a disk that does not answer, memory and calls under way stay bounded and the bytes come at last', async () => {
  const {disk, handle, content} = await fileOf(32)
  const memory = new AlignedMemory()
  const cache = new BlockCache(disk, memory, 4 * kib64)
  const file = new CachedFile(handle)
  const gate = Promise.withResolvers<void>()
  disk.hold = () => gate.promise
  const all = Array.from({length: 32}, (_, index) => readFrom(cache, file, index * kib64, kib64))
  cache.readAhead(file, 0, 32 * kib64)
  expect(memory.cutBytes).toBeLessThanOrEqual(4 * kib64)
  expect(disk.calls).toHaveLength(2)
  gate.resolve()
  expect(Buffer.concat(await Promise.all(all))).toEqual(content)
  expect(memory.cutBytes).toBeLessThanOrEqual(4 * kib64)
  await cache.idle()
})

test('a failed read is told to everyone who waits, and is tried again by the next one', async () => {
  const {disk, handle, content} = await fileOf(2)
  const memory = new AlignedMemory()
  const cache = new BlockCache(disk, memory, 8 * kib64)
  const file = new CachedFile(handle)
  disk.fault = (call) => (call.kind === 'read' ? new Error('EIO') : undefined)
  const both = await Promise.allSettled([readFrom(cache, file, 0, 8), readFrom(cache, file, 0, kib64 + 8)])
  expect(both.map((result) => result.status)).toEqual(['rejected', 'rejected'])
  expect(memory.bytes).toBe(0)
  disk.fault = () => undefined
  expect(await readFrom(cache, file, 0, 8)).toEqual(content.subarray(0, 8))
})

test('blocks read ahead are hits; those that nobody came for are counted as wasted', async () => {
  const {disk, handle} = await fileOf(64)
  const cache = new BlockCache(disk, new AlignedMemory(), 32 * kib64)
  const file = new CachedFile(handle)
  expect(cache.readAhead(file, 0, 64 * kib64)).toBe(4 * kib64) // an eighth of the cache
  await cache.idle()
  await readFrom(cache, file, 0, 2 * kib64)
  expect(cache.stats).toMatchObject({hits: 2, misses: 0, readAheadBytes: 4 * kib64, readAheadWastedBytes: 0})
  for (let index = 8; index < 64; index += 1) await readFrom(cache, file, index * kib64, 1)
  expect(cache.stats.readAheadWastedBytes).toBe(2 * kib64)
})

test('read-ahead passes by what is there', async () => {
  const {disk, handle, content} = await fileOf(32)
  const cache = new BlockCache(disk, new AlignedMemory(), 64 * kib64)
  const file = new CachedFile(handle)
  await readFrom(cache, file, 2 * kib64, kib64)
  expect(cache.readAhead(file, 0, 5 * kib64)).toBe(5 * kib64)
  await cache.idle()
  expect(reads(disk)).toEqual([1, 2, 2])
  expect(await readFrom(cache, file, 0, 32 * kib64)).toEqual(content)
  expect(cache.stats).toMatchObject({bytes: 32 * kib64, misses: 28, hits: 5})
})

// By hand: 8 blocks, FIFO share 2, 4 remembered. 0-7 fill it; 8-11 push 0-3 out; asking for 0-3 again makes them hot.
test('a long scan does not drive out what is asked for again and again', async () => {
  const {disk, handle} = await fileOf(200)
  const cache = new BlockCache(disk, new AlignedMemory(), 8 * kib64)
  const file = new CachedFile(handle)
  const ask = async (from: number, to: number) => {
    const missesBefore = cache.stats.misses
    for (let index = from; index < to; index += 1) await readFrom(cache, file, index * kib64, 1)
    return cache.stats.misses - missesBefore
  }
  expect(await ask(0, 12)).toBe(12)
  expect(await ask(0, 4)).toBe(4)
  expect(await ask(12, 200)).toBe(188)
  expect(await ask(0, 4)).toBe(0)
})

test('whatever is read, read ahead and forgotten, in any order: the right bytes, in memory that is bounded', async () => {
  const {disk, handle, content} = await fileOf(24, 5000)
  const place = {file: fc.nat(2), position: fc.nat(content.length), bytes: fc.integer({min: 1, max: 6 * kib64})}
  const operation = fc.oneof(
    fc.record({kind: fc.constant('read' as const), ...place}),
    fc.record({kind: fc.constant('ahead' as const), ...place}),
    fc.record({kind: fc.constant('forget' as const), ...place}),
    fc.record({kind: fc.constant('wait' as const), ...place}),
  )
  await fc.assert(
    fc.asyncProperty(
      fc.integer({min: 0, max: 20}),
      fc.array(operation, {maxLength: 80}),
      async (blocks, operations) => {
        const memory = new AlignedMemory()
        const cache = new BlockCache(disk, memory, blocks * kib64)
        const files = Array.from({length: 3}, () => new CachedFile(handle))
        const pending: Promise<unknown>[] = []
        for (const {kind, file, position, bytes} of operations) {
          if (kind === 'wait') await new Promise(setImmediate)
          else if (kind === 'ahead') cache.readAhead(files[file]!, position, bytes)
          else if (kind === 'forget') {
            cache.forget(files[file]!)
            files[file] = new CachedFile(handle)
          } else {
            const expected = content.subarray(position, position + bytes)
            pending.push(
              readFrom(cache, files[file]!, position, bytes).then((got) => expect(got.equals(expected)).toBe(true)),
            )
          }
          expect(memory.bytes).toBe(cache.stats.bytes)
          expect(memory.bytes).toBeLessThanOrEqual(blocks * kib64)
        }
        await Promise.all(pending)
        await cache.close()
        expect(memory.bytes).toBe(0)
        expect(files.every((file) => file.blocks.size === 0)).toBe(true)
      },
    ),
    {numRuns: Number(process.env.STREAMBUS_MODEL_RUNS ?? 60)},
  )
})
