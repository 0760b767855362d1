import {expect, test} from 'vitest'
import {seededRandom} from '../../base/random.ts'
import {REQUEST_BYTES_MIN} from '../../protocol/constants.ts'
import {FrameSplitter} from '../../protocol/frames.ts'
import {encodeProduce} from '../../protocol/requests.ts'
import {ReadPages} from './read-pages.ts'

test('memory that is used again is never memory that is still needed', () => {
  const random = seededRandom(3)
  const pages = new ReadPages()
  const splitter = new FrameSplitter(REQUEST_BYTES_MIN)
  const sizes = [10, 100, 5000, 100_000, 300_000, 900_000]
  const frames = Array.from({length: 300}, (_, id) => {
    return encodeProduce(id, 't', 0, [{value: Buffer.alloc(sizes[Math.floor(random() * sizes.length)]!, id)}])
  })
  const stream = Buffer.concat(frames)
  let found = 0
  for (let at = 0; at < stream.length; ) {
    const room = pages.room()
    const size = Math.min(room.length, Math.ceil(random() * 200_000))
    const bytes = stream.copy(room, 0, at, at + size)
    at += bytes
    splitter.push(pages.take(bytes))
    while (splitter.next() === 'frame') {
      expect(splitter.contiguous().equals(frames[found]!)).toBe(true)
      found += 1
    }
    pages.keep(splitter.bufferedBytes)
  }
  expect(found).toBe(300)
})

test('requests that are handled at once are all read into the same place', () => {
  const pages = new ReadPages()
  const first = pages.room()
  for (let round = 0; round < 100; round += 1) {
    const room = pages.room()
    expect([room.buffer === first.buffer, room.byteOffset]).toEqual([true, first.byteOffset])
    pages.take(100_000)
    pages.keep(0)
  }
})
