import {readlinkSync} from 'node:fs'
import type {MessagePort} from 'node:worker_threads'
import {DurationHistogram} from '../stats/histogram.ts'

/** What a thread of the meter is started with: two words, what to do and for how long to sleep, in us. */
export interface HiccupStart {
  readonly control: Int32Array<SharedArrayBuffer>
}

export const hiccupCommand = {rest: 0, measure: 1, end: 2} as const

export type FromHiccupThread =
  | {readonly kind: 'ready'; readonly tid: number | undefined}
  | {
      readonly kind: 'seen'
      readonly count: number
      readonly p50Ns: number
      readonly p99Ns: number
      readonly maxNs: number
    }

/** A sleep that took longer is a machine that stood still: recorded at the top. */
const TOP_NS = 600e9

/**
 * Sleeps, and records by how much longer each sleep was than the shortest ever seen: what any thread
 * that becomes ready on this core waits, with no work of its own. The idea is jHiccup's (Gil Tene).
 * The sleep is the operating system's (a futex), with no event loop that could be late by itself;
 * so nothing but the control words reaches this thread until it ends.
 */
export function serveHiccups({control}: HiccupStart, port: MessagePort): void {
  const post = (message: FromHiccupThread) => port.postMessage(message)
  const histogram = new DurationHistogram(TOP_NS)
  let floorNs = Number.POSITIVE_INFINITY // of what a sleep takes beyond what was asked for
  post({kind: 'ready', tid: threadId()})
  for (;;) {
    Atomics.wait(control, 0, hiccupCommand.rest)
    if (Atomics.load(control, 0) === hiccupCommand.end) break
    const sleepMs = control[1]! / 1000
    histogram.reset()
    let fromNs = performance.now() * 1e6
    while (Atomics.wait(control, 0, hiccupCommand.measure, sleepMs) === 'timed-out') {
      const nowNs = performance.now() * 1e6
      const excessNs = Math.max(0, Math.round(nowNs - fromNs - sleepMs * 1e6))
      floorNs = Math.min(floorNs, excessNs)
      histogram.record(excessNs, 1)
      fromNs = nowNs
    }
    const beyondFloor = (ns: number) => Math.max(0, ns - floorNs)
    post({
      kind: 'seen',
      count: histogram.count,
      p50Ns: beyondFloor(histogram.percentile(50)),
      p99Ns: beyondFloor(histogram.percentile(99)),
      maxNs: beyondFloor(histogram.maxNs),
    })
  }
  histogram.destroy()
  port.close()
}

/** The kernel's id of this thread; undefined where there is no /proc. */
function threadId(): number | undefined {
  try {
    return Number(readlinkSync('/proc/thread-self').split('/').at(-1))
  } catch {
    return undefined
  }
}
