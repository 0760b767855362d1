import {fork} from 'node:child_process'
import {fileURLToPath} from 'node:url'
import {expect, test} from 'vitest'
import {bufferBytesPerOp, heapBytesPerOp} from './allocated-bytes.ts'
import {COUNTING_EXEC_ARGV} from './count-allocations.ts'
import {repeat} from './micro-case.ts'
import {type Shape, shapes} from './testing/shapes.ts'

/*
 * What these shapes take is known from V8's object layout: a header of 24 bytes and 8 a field; an
 * array's own 32 bytes and 16 + 8 a slot for its elements. The tolerance is what the method reaches.
 */
const known: Record<Shape, {readonly bytes: number; readonly objects: number}> = {
  pair: {bytes: 40, objects: 1},
  'array of two': {bytes: 64, objects: 2},
  'array of 100 slots': {bytes: 848, objects: 2},
  mix: {bytes: 252, objects: 1.5},
  nothing: {bytes: 0, objects: 0},
}

test.each(Object.entries(known))('%s: bytes within 1 %%', async (name, {bytes}) => {
  const measured = await heapBytesPerOp(shapes[name as Shape](), 100_000)
  expect(Math.abs(measured - bytes)).toBeLessThanOrEqual(bytes * 0.01 + 0.1)
})

/** V8 counts exactly only in a process started for it. */
function countIn(process: readonly string[]): Promise<Record<Shape, number>> {
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(new URL('./testing/count-shapes.ts', import.meta.url)), {execArgv: [...process]})
    child.once('message', (counts) => resolve(counts as Record<Shape, number>))
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`ended with ${code}`)))
  })
}

test('objects within 2 %, in a process that folds no allocations', async () => {
  const counts = await countIn(COUNTING_EXEC_ARGV)
  for (const [name, {objects}] of Object.entries(known)) {
    expect(Math.abs(counts[name as Shape] - objects), `${name}: ${counts[name as Shape]}`).toBeLessThanOrEqual(
      objects * 0.02 + 0.01,
    )
  }
})

test('memory of Buffers is no part of the heap, and counted by itself', async () => {
  const slow = repeat(() => Buffer.allocUnsafeSlow(16_384).length)
  expect(await bufferBytesPerOp(slow)).toBe(16_384)
  expect(await heapBytesPerOp(slow, 2_000)).toBeLessThan(400)
  expect(await bufferBytesPerOp(repeat(() => 1))).toBe(0)
})

test('a Buffer cut from the pool costs its share of the pool', async () => {
  const pooled = await bufferBytesPerOp(repeat(() => Buffer.allocUnsafe(100).length))
  expect(pooled).toBeGreaterThan(95)
  expect(pooled).toBeLessThan(120) // offsets are rounded up to 8, and what does not fit any more is left
})
