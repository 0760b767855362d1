import {expect, test} from 'vitest'
import {allocateBlock} from './block.ts'
import {Chunk, WriteQueue} from './chunk.ts'
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
