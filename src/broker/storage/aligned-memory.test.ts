import {readFileSync} from 'node:fs'
import {expect, test} from 'vitest'
import {AlignedMemory, alignToPage} from './aligned-memory.ts'

const mib = 1_048_576

test('blocks are whole pages at page boundaries of their memory, and words and bytes are the same memory', () => {
  const memory = new AlignedMemory(mib)
  const blocks = [1, 4096, 4097, 65_000].map((bytes) => memory.allocate(bytes))
  expect(blocks.map((block) => block.bytes.length)).toEqual([4096, 4096, 8192, 65_536])
  expect(blocks.map((block) => block.bytes.byteOffset)).toEqual([0, 4096, 8192, 16_384])
  blocks[2]!.words[1] = 0x04030201
  expect([...blocks[2]!.bytes.subarray(4, 8)]).toEqual([1, 2, 3, 4])
  expect(memory.bytes).toBe(4096 + 4096 + 8192 + 65_536)
})

test('the place of a block that is given back is lent again, for one of about its size', () => {
  const memory = new AlignedMemory(mib)
  const block = memory.allocate(12_288) // in a place of 16,384
  memory.release(block)
  expect(memory.bytes).toBe(0)
  expect(memory.allocate(8192).bytes.byteOffset).toBe(16_384)
  const next = memory.allocate(16_000)
  expect([next.bytes.byteOffset, next.bytes.length, next.words.length]).toEqual([0, 16_384, 4096])
  memory.release(next)
  expect(memory.allocate(16_384)).toBe(next)
  expect(memory.cutBytes).toBe(24_576)
})

test('a slab that is full is followed by another; a large block has a memory of its own', () => {
  const memory = new AlignedMemory(65_536)
  const blocks = Array.from({length: 5}, () => memory.allocate(16_384))
  expect(blocks[3]!.bytes.buffer).toBe(blocks[0]!.bytes.buffer)
  expect(blocks[4]!.bytes.buffer).not.toBe(blocks[0]!.bytes.buffer)
  const large = memory.allocate(100_000)
  expect(large.bytes.length).toBe(102_400)
  memory.release(large)
  expect(memory.allocate(100_000)).not.toBe(large)
})

test('what is not used takes no memory', () => {
  const residentKib = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))![1])
  const before = residentKib()
  const memory = new AlignedMemory()
  const blocks = Array.from({length: 64}, () => memory.allocate(4 * mib))
  expect(residentKib() - before).toBeLessThan(64 * 1024) // of 256 MiB
  for (const block of blocks.slice(0, 32)) block.bytes.fill(1)
  expect(residentKib() - before).toBeGreaterThan(96 * 1024)
})

test('rounding up to pages', () => {
  expect([0, 1, 4096, 4097].map(alignToPage)).toEqual([0, 4096, 4096, 8192])
})
