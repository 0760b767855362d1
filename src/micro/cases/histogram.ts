import {seededRandom} from '../../base/random.ts'
import {LastSecondHistogram} from '../../load/last-second-histogram.ts'
import {DurationHistogram} from '../../stats/histogram.ts'
import {type MicroCase, repeat} from '../micro-case.ts'

const TOP_NS = 60e9
/** As many as fit the caches of a small core, from 1 µs to 1 s, evenly over the decades. */
const DURATIONS = 4096

/** What the ledger pays for each message of an open loop, some of them several times. */
export const recordDuration: MicroCase = {
  name: 'Histogram_Record',
  summary: 'record one duration, 3 significant digits',
  suites: ['micro'],
  prepare() {
    const histogram = new DurationHistogram(TOP_NS)
    const durations = someDurations()
    let next = 0
    const work = repeat(() => {
      histogram.record(durations[next]!, 1)
      next = (next + 1) % DURATIONS
      return next
    })
    return {...work, close: async () => histogram.destroy()}
  },
}

/** What watching pays for each message. */
export const recordLastSecond: MicroCase = {
  name: 'LastSecondHistogram_Record',
  summary: 'record one duration for the live view, 1/32 wide buckets',
  suites: ['micro'],
  prepare() {
    const histogram = new LastSecondHistogram()
    const durations = someDurations()
    let next = 0
    return repeat(() => {
      histogram.record(durations[next]!, 1)
      next = (next + 1) % DURATIONS
      return next
    })
  },
}

/** What watching pays once a second. */
export const readLastSecond: MicroCase = {
  name: 'LastSecondHistogram_Read',
  summary: 'p50, p99 and p99.9 of the last second, and empty it',
  suites: ['micro'],
  prepare() {
    const histogram = new LastSecondHistogram()
    return repeat(() => {
      histogram.record(1e9, 1)
      return histogram.takeSecond()!.p99Ns
    })
  },
}

/** Once a second and a sample: the histograms that a results file holds. */
export const encodeHistogram: MicroCase = {
  name: 'Histogram_Encode',
  summary: 'a histogram of 4,096 durations as HdrHistogram V2, deflated, base64',
  suites: ['micro'],
  prepare() {
    const histogram = filledHistogram()
    const work = repeat(() => histogram.encode().length)
    return {...work, close: async () => histogram.destroy()}
  },
}

export function filledHistogram(): DurationHistogram {
  const histogram = new DurationHistogram(TOP_NS)
  for (const duration of someDurations()) histogram.record(duration, 1)
  return histogram
}

function someDurations(): Float64Array {
  const random = seededRandom(1)
  return Float64Array.from({length: DURATIONS}, () => Math.round(10 ** (3 + 6 * random())))
}
