/** What one worker saw in one slot of the warm-up. */
export interface SlotSeen {
  readonly acked: number // messages
  readonly received: readonly number[] // by consumer group
  readonly p99Ns: number // of response time (service time in a closed loop) by intended send; NaN where nothing was recorded
}
