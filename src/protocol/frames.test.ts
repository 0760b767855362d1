import fc from 'fast-check'
import {expect, test} from 'vitest'
import {writeU32} from './bytes.ts'
import {FRAME_BYTES_MAX, REQUEST_BYTES_MIN} from './constants.ts'
import {FrameSplitter} from './frames.ts'
import {encodeFetch, encodeHealthCheck, encodeProduce} from './requests.ts'

const frames = [
  encodeHealthCheck(1),
  encodeProduce(2, 'orders', 0, [{value: Buffer.alloc(9000, 7)}]),
  encodeFetch(3, 'orders', 0, 0, 100),
  encodeHealthCheck(4),
]
const stream = Buffer.concat(frames)

/** Pushes the chunks and collects every frame, by each of the three ways to read one. */
function split(chunks: readonly Buffer[]): Buffer[] {
  const splitter = new FrameSplitter(REQUEST_BYTES_MIN)
  const found: Buffer[] = []
  for (const chunk of chunks) {
    splitter.push(chunk)
    while (splitter.next() === 'frame') {
      const copy = Buffer.alloc(splitter.frameBytes)
      splitter.copyTo(copy)
      expect(Buffer.concat(splitter.slices()).equals(copy)).toBe(true)
      expect(splitter.contiguous().equals(copy)).toBe(true)
      expect(splitter.byteAt(12)).toBe(copy[12])
      found.push(copy)
    }
  }
  expect(splitter.bufferedBytes).toBe(0)
  return found
}

test('a stream cut at any one place gives the same frames', () => {
  for (let at = 0; at <= stream.length; at += 1) {
    const found = split([stream.subarray(0, at), stream.subarray(at)])
    expect(found.length === frames.length && Buffer.concat(found).equals(stream)).toBe(true)
  }
})

test('a stream byte by byte gives the same frames', () => {
  expect(split([...stream].map((byte) => Buffer.from([byte])))).toEqual(frames)
})

test('a stream cut at random places gives the same frames', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({min: 0, max: stream.length}), {maxLength: 60}), (cuts) => {
      const places = [0, ...cuts.sort((a, b) => a - b), stream.length]
      expect(split(places.slice(1).map((end, index) => stream.subarray(places[index], end)))).toEqual(frames)
    }),
  )
})

function stateAfterLength(length: number): string {
  const splitter = new FrameSplitter(REQUEST_BYTES_MIN)
  const head = Buffer.alloc(4)
  writeU32(head, 0, length)
  splitter.push(head)
  return splitter.next()
}

test('a wrong length is announced at once, before anything follows it', () => {
  expect(stateAfterLength(FRAME_BYTES_MAX - 4)).toBe('partial')
  expect(stateAfterLength(FRAME_BYTES_MAX - 3)).toBe('too-large')
  expect(stateAfterLength(0xffffffff)).toBe('too-large')
  expect(stateAfterLength(16)).toBe('partial')
  expect(stateAfterLength(15)).toBe('too-short')
  expect(stateAfterLength(0)).toBe('too-short')
})

test('a fault is final, and lets go of what was held', () => {
  const splitter = new FrameSplitter(REQUEST_BYTES_MIN)
  splitter.push(Buffer.alloc(100))
  expect([splitter.next(), splitter.next(), splitter.bufferedBytes]).toEqual(['too-short', 'too-short', 0])
})

test('what is left of a chunk is moved, and goes on where the memory before it ends', () => {
  const splitter = new FrameSplitter(REQUEST_BYTES_MIN)
  const [first, second] = [encodeHealthCheck(1), encodeHealthCheck(2)] // 20 bytes each
  const shared = Buffer.alloc(25)
  const own = Buffer.alloc(40)
  let used = 0
  const place = (bytes: number) => {
    used += bytes
    return own.subarray(used - bytes, used)
  }
  for (const bytes of [Buffer.concat([first, second.subarray(0, 5)]), second.subarray(5, 9), second.subarray(9)]) {
    bytes.copy(shared)
    splitter.push(shared.subarray(0, bytes.length))
    if (bytes.length === 25) expect(splitter.next()).toBe('frame')
    if (splitter.next() === 'frame') break
    splitter.moveLast(place)
    shared.fill(0xff)
  }
  expect(splitter.contiguous().equals(second)).toBe(true)
  expect([used, splitter.bufferedBytes]).toEqual([9, 20])
  expect(splitter.next()).toBe('partial')
  splitter.moveLast(place) // nothing is held
  expect(used).toBe(9)
})
