export const percentileNames = {p50Ns: 'p50', p95Ns: 'p95', p99Ns: 'p99'} as const
export type JudgedPercentile = keyof typeof percentileNames

/** Messages that must lie beyond a percentile for it to be shown, and so for it to be judged by. */
const BEYOND_MIN = 100

/** The highest percentile that so many messages may show, p99 at most: one hiccup of a short sample is no verdict. */
export function judgedPercentile(messages: number): JudgedPercentile {
  if (messages * 0.01 >= BEYOND_MIN) return 'p99Ns'
  return messages * 0.05 >= BEYOND_MIN ? 'p95Ns' : 'p50Ns'
}
