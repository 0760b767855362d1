import {Session} from 'node:inspector/promises'
import type {MicroWork} from './micro-case.ts'

/** How V8 must be started for the count to be exact: else it makes one allocation of several neighbours. */
export const COUNTING_EXEC_ARGV = ['--no-turbo-allocation-folding']

/**
 * Objects that one op allocates, by V8's own tracking of every allocation: what `count` ops left
 * beyond what no op leaves. Exact to 0.1 % once V8 has compiled the ops for good, which is the
 * caller's to see to. Tracking makes an op 1 to 3 µs slower an object, so nothing is timed here.
 */
export async function allocationsPerOp(work: MicroWork, count: number): Promise<number> {
  const none = await trackedAllocations(work, 0)
  return Math.max(0, ((await trackedAllocations(work, count)) - none) / count)
}

async function trackedAllocations(work: MicroWork, count: number): Promise<number> {
  const session = new Session()
  session.connect()
  const chunks: string[] = []
  session.on('HeapProfiler.addHeapSnapshotChunk', ({params}) => chunks.push(params.chunk))
  try {
    await session.post('HeapProfiler.enable')
    await session.post('HeapProfiler.startTrackingHeapObjects', {trackAllocations: true})
    if (count > 0) await work.run(count)
    await session.post('HeapProfiler.stopTrackingHeapObjects', {reportProgress: false})
  } finally {
    session.disconnect()
  }
  return countOf(JSON.parse(chunks.join('')))
}

const NODE_FIELDS = 5 // id, function, count, size, children

/** Over the whole tree: where a caller's frame was optimised away its objects hang elsewhere in it. */
function countOf(snapshot: unknown): number {
  if (typeof snapshot !== 'object' || snapshot === null || !('trace_tree' in snapshot)) return 0
  let count = 0
  const waiting: unknown[] = [snapshot.trace_tree]
  while (waiting.length > 0) {
    const nodes = waiting.pop()
    if (!Array.isArray(nodes)) continue
    for (let at = 0; at < nodes.length; at += NODE_FIELDS) {
      count += Number(nodes[at + 2])
      waiting.push(nodes[at + 4])
    }
  }
  return count
}
