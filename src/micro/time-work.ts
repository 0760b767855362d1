import {Bench, type FnReturnedObject} from 'tinybench'
import type {MicroWork} from './micro-case.ts'

/** A batch of ops is at least so long, beside which one reading of the clock (about 50 ns) is nothing: 0.005 %. */
export const BATCH_NS_MIN = 1e6

export interface Timing {
  readonly iterations: number
  readonly nsPerOp: number
  readonly batchNs: number
}

let consumed = 0

/** Whatever the timed ops gave: read once by the process, so that no result was for nothing. */
export function consumedSum(): number {
  return consumed
}

/**
 * Times the work for about `timeNs` after a warm-up of a quarter of it: batches of ops of at least
 * 1 ms, each between two readings of the clock, and the mean over all of them. The mean, because
 * garbage is collected in a few of the batches and was made in all.
 */
export async function timeWork(work: MicroWork, timeNs: number): Promise<Timing> {
  const count = await opsABatch(work)
  let batchNs = Number.POSITIVE_INFINITY
  const noted = (fromMs: number, sum: number): FnReturnedObject => {
    const durationMs = performance.now() - fromMs
    consumed = (consumed + sum) | 0
    batchNs = Math.min(batchNs, durationMs * 1e6)
    return {overriddenDuration: durationMs / count, overriddenIterationCost: durationMs}
  }
  const bench = new Bench({
    time: timeNs / 1e6,
    warmupTime: timeNs / 4e6,
    iterations: 1,
    warmupIterations: 1,
    throws: true,
  })
  const probe = work.run(1)
  const isAsync = typeof probe !== 'number'
  consumed = (consumed + (await probe)) | 0
  bench.add(
    'work',
    isAsync
      ? async () => {
          const fromMs = performance.now()
          return noted(fromMs, await work.run(count))
        }
      : () => noted(performance.now(), work.run(count) as number),
    {async: isAsync},
  )
  await bench.run()
  const result = bench.tasks[0]?.result
  if (result?.state !== 'completed') throw new Error(`the work was not timed: ${result?.state}`)
  const {mean, samplesCount} = result.latency
  return {iterations: samplesCount * count, nsPerOp: mean * 1e6, batchNs: Math.round(batchNs)}
}

/** New code becomes tens of times faster; by then it has. */
const SETTLING_MS = 60

/**
 * Doubles the ops until a batch is long enough, also once its code is compiled. The quickest of three
 * counts, because any may have been interrupted. A slow op is a batch by itself.
 */
async function opsABatch(work: MicroWork): Promise<number> {
  const fromMs = performance.now()
  let count = work.batchMin ?? 1
  for (;;) {
    const ns = [await batchNsOf(work, count), await batchNsOf(work, count), await batchNsOf(work, count)]
    if (Math.min(...ns) < 1.5 * BATCH_NS_MIN) count *= 2
    else if (performance.now() - fromMs > SETTLING_MS) return count
  }
}

async function batchNsOf(work: MicroWork, count: number): Promise<number> {
  const fromMs = performance.now()
  consumed = (consumed + (await work.run(count))) | 0
  return (performance.now() - fromMs) * 1e6
}

/** What one reading of the clock costs here: the mean over 100,000. */
export function clockCostNs(): number {
  const readings = 100_000
  let last = 0
  for (let index = 0; index < readings; index += 1) last = performance.now()
  const from = performance.now()
  for (let index = 0; index < readings; index += 1) last = performance.now()
  consumed = (consumed + last) | 0
  return ((performance.now() - from) * 1e6) / readings
}
