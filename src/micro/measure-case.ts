import type {MicroPlace, MicroTimed} from '../model/micro-messages.ts'
import {bufferBytesPerOp, heapBytesPerOp} from './allocated-bytes.ts'
import {allocationsPerOp} from './count-allocations.ts'
import type {MicroCase, MicroWork} from './micro-case.ts'
import {clockCostNs, timeWork} from './time-work.ts'

/** Ops between two readings of the heap: as many as fit the time, for the longer the closer. */
const HEAP_OPS_MAX = 500_000
/** Tracked ops are slow and leave a line each in V8's own memory. */
const COUNTED_OPS_MAX = 20_000
/** By then V8 has compiled for good what it will compile. */
const SETTLED_OPS = 500_000
const SETTLED_NS = 150e6

/** Times the case, then reads what its ops allocate, in this process. */
export async function timeCase(microCase: MicroCase, place: MicroPlace, timeNs: number): Promise<MicroTimed> {
  return withWork(microCase, place, async (work) => {
    const timing = await timeWork(work, timeNs)
    const heapOps = Math.max(work.batchMin ?? 1, opsWithin(timing.nsPerOp, timeNs / 4, HEAP_OPS_MAX))
    const heapBytes = await heapBytesPerOp(work, heapOps)
    const bufferBytes = await bufferBytesPerOp(work)
    return {
      ...timing,
      heapBytesPerOp: heapBytes,
      ...(bufferBytes !== undefined && {bufferBytesPerOp: bufferBytes}),
      clockNs: clockCostNs(),
    }
  })
}

/** Counts what the case's ops allocate; to be called in a process started with `COUNTING_EXEC_ARGV`. */
export async function countCase(microCase: MicroCase, place: MicroPlace): Promise<number> {
  return withWork(microCase, place, async (work) => {
    const opsInTime = await settle(work)
    return allocationsPerOp(work, Math.max(1, Math.min(COUNTED_OPS_MAX, opsInTime)))
  })
}

/** Runs the ops until their code is settled; gives how many that were. */
async function settle(work: MicroWork): Promise<number> {
  const fromMs = performance.now()
  let done = 0
  for (
    let count = work.batchMin ?? 1;
    done < SETTLED_OPS && (performance.now() - fromMs) * 1e6 < SETTLED_NS;
    count *= 2
  ) {
    await work.run(count)
    done += count
  }
  return done
}

async function withWork<T>(microCase: MicroCase, place: MicroPlace, use: (work: MicroWork) => Promise<T>): Promise<T> {
  const work = await microCase.prepare(place)
  try {
    return await use(work)
  } finally {
    await work.close?.()
  }
}

function opsWithin(nsPerOp: number, ns: number, opsMax: number): number {
  return Math.max(1, Math.min(opsMax, Math.ceil(ns / nsPerOp)))
}
