/**
 * The monotonic clock. `nowNs` is nanoseconds since `originNs` as a double: exact for 104 days
 * (2^53 ns). Threads and processes of one machine that are handed the same origin agree, because
 * the source is CLOCK_MONOTONIC. Wall time is never used to measure.
 */
export interface Clock {
  nowNs(): number
}

/** Nanoseconds of CLOCK_MONOTONIC now; pass it to other threads as their origin. */
export function monotonicOrigin(): bigint {
  return process.hrtime.bigint()
}

/** A clock whose zero is `origin`. One reading costs about 50 ns. */
export function clockFrom(origin: bigint): Clock {
  return {nowNs: () => Number(process.hrtime.bigint() - origin)}
}
