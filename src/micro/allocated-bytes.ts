import {GCProfiler, getHeapStatistics, setFlagsFromString} from 'node:v8'
import {runInNewContext} from 'node:vm'
import type {MicroWork} from './micro-case.ts'

/**
 * Bytes of the JavaScript heap that one op allocates, garbage included: the sums of what the heap
 * grew by between collections. Counting and its own objects are the same for any number of ops, so
 * the difference between twice `count` ops and `count` has none of them. Within 1 % of known shapes
 * for a count of 10,000; everything that this process does meanwhile is in it.
 */
export async function heapBytesPerOp(work: MicroWork, count: number): Promise<number> {
  await grownBytes(work, count) // compiles what counts
  const once = await grownBytes(work, count)
  const twice = await grownBytes(work, 2 * count)
  return Math.max(0, (twice - once) / count)
}

async function grownBytes(work: MicroWork, count: number): Promise<number> {
  const profiler = new GCProfiler()
  profiler.start()
  let before = getHeapStatistics().used_heap_size
  const running = work.run(count)
  if (typeof running !== 'number') await running
  const end = getHeapStatistics().used_heap_size
  let grown = 0
  for (const {beforeGC, afterGC} of profiler.stop().statistics) {
    grown += beforeGC.heapStatistics.usedHeapSize - before
    before = afterGC.heapStatistics.usedHeapSize
  }
  return grown + end - before
}

const ROUNDS = 5
const ATTEMPTS_MAX = 60
/** Attempts that a collection may come into when there is nothing left to make shorter. */
const SPOILED_MAX = 5
const OPS_MAX = 65_536
/** Enough that the pool which small Buffers are cut from was renewed many times. */
const GROWN_BYTES_ENOUGH = 2 ** 22

/**
 * Bytes of Buffer memory that one op allocates, which lies outside the JavaScript heap: what
 * `arrayBuffers` grew by over ops between which nothing was collected, the median of some rounds.
 * Undefined where even one op does not pass without a collection.
 */
export async function bufferBytesPerOp(work: MicroWork): Promise<number | undefined> {
  const collect = garbageCollector()
  const rounds: number[] = []
  const least = work.batchMin ?? 1
  let count = least
  let spoiled = 0
  let isSettled = false
  for (let attempt = 0; attempt < ATTEMPTS_MAX && rounds.length < ROUNDS; attempt += 1) {
    const grown = await grownBuffers(work, count, collect)
    if (grown === undefined) {
      if (count === least) spoiled += 1
      if (spoiled >= SPOILED_MAX) return undefined
      count = Math.max(least, count >> 2)
      isSettled = true
      rounds.length = 0
    } else if (!isSettled && grown < GROWN_BYTES_ENOUGH && count < OPS_MAX) count *= 2
    else rounds.push(grown / count)
  }
  return rounds.length === ROUNDS ? Math.max(0, rounds.toSorted((a, b) => a - b)[ROUNDS >> 1]!) : undefined
}

/** Undefined when something was collected meanwhile. */
async function grownBuffers(work: MicroWork, count: number, collect: () => void): Promise<number | undefined> {
  collect()
  collect() // the first one may only find what the second one frees
  const profiler = new GCProfiler()
  profiler.start()
  const before = process.memoryUsage().arrayBuffers
  const running = work.run(count)
  if (typeof running !== 'number') await running
  const grown = process.memoryUsage().arrayBuffers - before
  return profiler.stop().statistics.length === 0 ? grown : undefined
}

function garbageCollector(): () => void {
  setFlagsFromString('--expose-gc')
  const collect: unknown = runInNewContext('gc')
  if (typeof collect !== 'function') throw new Error('V8 gives no way to collect garbage')
  return () => void collect()
}
