/**
 * One overridable table; docs/validity.md prints it. Shares are 0..1, 1 being one core, one loop
 * without a pause, or the whole measured phase.
 */
export const judgeThresholds = {
  /** Below this nobody's response time is shaped by the generator. */
  latenessP99NsMin: 1e6,
  /** Lateness may be so much of the response time at p99: more, and the figure describes the generator. */
  latenessShareMax: 0.1,
  /** Share of the offered messages that may still be unbuilt when the window closes. */
  unbuiltShareMax: 0.01,
  /**
   * Share of the offered messages that had to wait because the target left all memory unanswered. From
   * here on lateness is its doing; fewer cannot explain a p99, nor 1 % that was not built.
   */
  heldShareMin: 0.01,
  /** Half of the messages left in clumps for which the schedule had so much time: a turn of a healthy loop builds for 0.5 ms at most. */
  clumpNsMin: 0.5e6,
  /** A clump may be so much of the response time at p50: more, and the target met bursts that nobody asked for. */
  clumpShareMax: 0.5,
  /** An event loop that is busy for so much of the time is at its limit. */
  loopBusyMin: 0.95,
  /** A target that uses so much of one core serves on one thread that is at its limit. */
  targetCpuMin: 0.9,
  /** A thread that has work and no core for so much of the time: the host is short of them. */
  cpuDeniedMax: 0.15,
  /** The same where only the slowest messages were late: 1 % of the time is all that a p99 needs. */
  cpuDeniedInTailMin: 0.01,
  /** Cores used by neither generator nor target, from which on they are in the way. */
  otherShareMin: 0.5,
  /** Part of all CPU time that the hypervisor gave to somebody else. */
  stealShareMin: 0.02,
  /** Part of the time in which the control group had used its quota. */
  throttledShareMin: 0.01,
  /** Time in which somebody waited for memory, where there was swapping. */
  pressureMemoryShareMin: 0.05,
  /** A sleeping thread woke so late on every core, at p99, that it may be what a response time shows... */
  hiccupP99NsMin: 1e6,
  /** ...and does from this part of its p99 on. */
  hiccupShareMin: 0.5,
  /** Part of a message's time in which the target did not even take the bytes. */
  blockedShareMin: 0.1,
  /** Acknowledged of offered: below, an open loop's target does not keep up. */
  keptUpMin: 0.99,
} as const
export type JudgeThresholds = {readonly [name in keyof typeof judgeThresholds]: number}
