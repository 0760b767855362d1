import {expect, test} from 'vitest'
import {AlignedMemory} from './aligned-memory.ts'
import {type Chunk, WriteQueue} from './chunk.ts'
import {ChunkPool} from './chunk-pool.ts'
import {Segment} from './segment.ts'

const pageBytes = 4096
const chunkBytes = 16 * pageBytes

function segment(number: number): Segment {
  return new Segment(
    {handle: number, path: `/${number}.seg`, filledBytes: 1e6},
    {number, generation: number, bytesMax: 1e6},
  )
}

function fill(chunk: Chunk, bytes: number): void {
  chunk.tail += bytes
  chunk.segment!.tail += bytes
}

test('a chunk that is written and let go holds its segment no longer, even when it is the next one to begin', async () => {
  const pool = new ChunkPool(new AlignedMemory(1_048_576))
  const queue = new WriteQueue()
  const [first, second] = [segment(1), segment(2)]
  const chunk = queue.push(() => pool.take(first, chunkBytes, chunkBytes))
  fill(chunk, 100)
  expect(queue.first()).toBe(chunk)
  chunk.written = 100
  expect(queue.first()).toBeUndefined()
  pool.letGo([chunk], chunkBytes)
  expect(queue.push(() => pool.take(second, chunkBytes, chunkBytes))).toBe(chunk)
  await first.unpinned()
})

test('a clean chunk answers for its bytes until it begins again; the one let go first begins first', () => {
  const pool = new ChunkPool(new AlignedMemory(1_048_576))
  const log = segment(1)
  const chunks = [0, 1, 2].map(() => {
    const chunk = pool.take(log, chunkBytes, 3 * chunkBytes)
    fill(chunk, 1000)
    return chunk
  })
  const places = chunks.map(({position}) => position)
  expect(places.map((place) => pool.holding(log, place + 999))).toEqual(chunks)
  expect(pool.holding(log, places[2]! + 1000)).toBeUndefined()
  expect(pool.holding(segment(1), places[0]!)).toBeUndefined() // another use of the file
  pool.letGo(chunks, 3 * chunkBytes)
  expect(pool.take(segment(2), chunkBytes, 3 * chunkBytes)).toBe(chunks[0])
  expect(places.map((place) => pool.holding(log, place))).toEqual([undefined, chunks[1], chunks[2]])
})

test('clean chunks of another size make way for a large one, and memory stays within its bound', () => {
  const pool = new ChunkPool(new AlignedMemory(1_048_576))
  const chunks = [0, 1, 2, 3].map(() => pool.take(segment(1), chunkBytes, 4 * chunkBytes))
  expect(pool.bytes).toBe(4 * chunkBytes)
  pool.letGo(chunks, 4 * chunkBytes)
  const large = pool.take(segment(2), 3 * chunkBytes, 4 * chunkBytes)
  expect([large.capacity, pool.bytes]).toEqual([3 * chunkBytes, 4 * chunkBytes])
  pool.letGo([large], 2 * chunkBytes)
  expect(pool.bytes).toBe(0)
})
