import {expect, test} from 'vitest'
import {allocateBlock} from './block.ts'
import {Chunk, WriteQueue} from './chunk.ts'
import type {Files} from './files.ts'
import {GroupWriter} from './group-writer.ts'
import {Segment} from './segment.ts'
import {SimulatedDisk} from './testing/simulated-disk.ts'

test('a log that fails while it is being closed lets the close go on: a writer that stops is idle', async () => {
  const segment = new Segment(
    {handle: 1, path: '/1.seg', filledBytes: 8192},
    {number: 1, generation: 1, bytesMax: 8192},
  )
  const chunk = new Chunk(allocateBlock(4096))
  chunk.begin(segment)
  chunk.tail = 8
  const queue = new WriteQueue()
  queue.push(() => chunk)
  const disk = new SimulatedDisk()
  const nothing = () => {}
  const writer = new GroupWriter(disk, queue, {
    delayMs: () => 0,
    onDelayed: nothing,
    onStart: nothing,
    isDiskBusy: () => false,
    onWritten: nothing,
    onSettled: nothing,
    onFailed: nothing,
  })
  writer.schedule()
  const idle = writer.idle()
  writer.stop() // before the group that is scheduled
  await idle
  expect(disk.calls).toEqual([])
})

test('a larger group is written in the turn while a sync runs, until one was held up: then it goes through the pool', async () => {
  const mib = 1_048_576
  const segment = new Segment(
    {handle: 1, path: '/1.seg', filledBytes: 16 * mib},
    {number: 1, generation: 1, bytesMax: 16 * mib},
  )
  const queue = new WriteQueue()
  const chunk = new Chunk(allocateBlock(4 * mib))
  chunk.begin(segment)
  queue.push(() => chunk)
  const places: string[] = []
  let takesMs = 0
  const files = {
    writeNow: (_handle: number, _buffer: Buffer, _offset: number, length: number) => {
      places.push('turn')
      for (const from = performance.now(); performance.now() - from < takesMs; );
      return length
    },
    write: (...[, , , length, , done]: Parameters<Files['write']>) => {
      places.push('pool')
      setImmediate(done, null, length)
    },
  }
  const nothing = () => {}
  const writer = new GroupWriter(files, queue, {
    delayMs: () => 0,
    onDelayed: nothing,
    onStart: nothing,
    isDiskBusy: () => true,
    onWritten: nothing,
    onSettled: nothing,
    onFailed: nothing,
  })
  const group = async (bytes: number) => {
    chunk.tail += bytes
    writer.schedule()
    await writer.idle()
  }
  await group(mib / 2)
  takesMs = 5
  await group(mib / 2)
  takesMs = 0
  await group(mib / 2)
  await group(4096)
  expect(places).toEqual(['turn', 'turn', 'pool', 'turn'])
})
