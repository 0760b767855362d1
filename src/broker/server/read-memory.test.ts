import {expect, test} from 'vitest'
import {seededRandom} from '../../base/random.ts'
import {REQUEST_BYTES_MIN} from '../../protocol/constants.ts'
import {FrameSplitter} from '../../protocol/frames.ts'
import {encodeHealthCheck, encodeProduce} from '../../protocol/requests.ts'
import {BufferPool} from './buffer-pool.ts'
import {ReadBuffers, ReadMemory} from './read-memory.ts'

function buffersOf(readBytes: number) {
  return new ReadBuffers(readBytes, new BufferPool(1024, 0)) // keeps none, so that none is used again
}

/** A connection that reads `bytes`, at most so many at once as it has room for, and takes every whole request. */
function reads(memory: ReadMemory, splitter: FrameSplitter, bytes: Buffer, onFrame: (frame: Buffer) => void): void {
  for (let at = 0; at < bytes.length; ) {
    const size = bytes.copy(memory.room(), 0, at)
    at += size
    splitter.push(memory.take(size))
    while (splitter.next() === 'frame') onFrame(splitter.contiguous())
    memory.settle(splitter)
  }
}

test.each([1024, 32_768, 65_536])(
  'two connections that share reads of %i bytes keep their requests apart',
  (readBytes) => {
    const random = seededRandom(3)
    const buffers = buffersOf(readBytes)
    const sizes = [10, 100, 5000, 20_000, 100_000, 900_000]
    const connections = [1, 2].map((fill) => {
      const frames = Array.from({length: 60}, (_, id) =>
        encodeProduce(id, 't', 0, [{value: Buffer.alloc(sizes[Math.floor(random() * sizes.length)]!, fill)}]),
      )
      return {
        frames,
        stream: Buffer.concat(frames),
        at: 0,
        found: 0,
        memory: new ReadMemory(buffers),
        splitter: new FrameSplitter(REQUEST_BYTES_MIN),
      }
    })
    while (connections.some(({stream, at}) => at < stream.length)) {
      for (const connection of connections) {
        const bytes = connection.stream.subarray(connection.at, connection.at + Math.ceil(random() * 200_000))
        connection.at += bytes.length
        reads(connection.memory, connection.splitter, bytes, (frame) => {
          expect(frame.equals(connection.frames[connection.found]!)).toBe(true)
          connection.found += 1
        })
      }
    }
    expect(connections.map(({found}) => found)).toEqual([60, 60])
    for (const {memory} of connections) memory.close()
    expect(buffers.pool.lentBytes).toBe(0)
  },
)

test('a connection without an unfinished request holds nothing, one with a few bytes of one little', () => {
  const memory = new ReadMemory(buffersOf(32_768))
  const splitter = new FrameSplitter(REQUEST_BYTES_MIN)
  const request = encodeProduce(1, 't', 0, [{value: Buffer.alloc(10_000_000)}])
  const held = (from: number, to: number) => {
    reads(memory, splitter, request.subarray(from, to), () => {})
    return memory.heldBytes
  }
  expect(memory.heldBytes).toBe(0)
  expect(held(0, 100)).toBe(1024)
  expect(held(100, 1000)).toBe(1024)
  expect(held(1000, 1100)).toBe(2048)
  expect(held(1100, 9_000_000)).toBeLessThan(9_000_000 + 2 * 262_144)
  expect(held(9_000_000, request.length)).toBe(262_144) // it may well send another large one
  reads(memory, splitter, encodeHealthCheck(2), () => {})
  expect(memory.heldBytes).toBe(0)
})

test('sixteen connections that send large requests keep a page, and pass their place on', () => {
  const buffers = buffersOf(32_768)
  const request = encodeProduce(1, 't', 0, [{value: Buffer.alloc(100_000)}])
  const connections = Array.from({length: 20}, () => {
    const [memory, splitter] = [new ReadMemory(buffers), new FrameSplitter(REQUEST_BYTES_MIN)]
    return {memory, send: (bytes: Buffer) => reads(memory, splitter, bytes, () => {})}
  })
  for (const {send} of connections) send(request)
  const keepers = () => connections.flatMap(({memory}, index) => (memory.heldBytes > 0 ? [index] : []))
  expect(keepers()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15])
  connections[3]!.memory.close()
  connections[4]!.send(encodeHealthCheck(2))
  for (const index of [18, 19]) connections[index]!.send(request)
  expect(keepers()).toEqual([0, 1, 2, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 18, 19])
})

test('a request that dribbles in byte by byte lies in few pieces', () => {
  const memory = new ReadMemory(buffersOf(32_768))
  const splitter = new FrameSplitter(REQUEST_BYTES_MIN)
  const request = encodeProduce(1, 't', 0, [{value: Buffer.alloc(20_000)}])
  for (let at = 0; at < request.length - 1; at += 1) reads(memory, splitter, request.subarray(at, at + 1), () => {})
  splitter.push(request.subarray(-1))
  expect(splitter.next()).toBe('frame')
  expect(splitter.slices().length).toBeLessThan(8)
})
