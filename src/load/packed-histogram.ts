import {DurationHistogram} from '../stats/histogram.ts'

/** A histogram on its way between threads: the buckets encoded, and the figures that they would round. */
export interface PackedHistogram {
  readonly encoded: string // HdrHistogram V2, deflated, base64; empty where nothing was recorded
  readonly count: number
  readonly overflowCount: number
  readonly minNs: number
  readonly maxNs: number
  readonly sumNs: number
}

export const emptyHistogram: PackedHistogram = {
  encoded: '',
  count: 0,
  overflowCount: 0,
  minNs: 0,
  maxNs: 0,
  sumNs: 0,
}

export function packHistogram(histogram: DurationHistogram): PackedHistogram {
  const {count, overflowCount, minNs, maxNs, sumNs} = histogram
  if (count === 0) return emptyHistogram
  return {encoded: histogram.encode(), count, overflowCount, minNs, maxNs, sumNs}
}

/** Adds every record of `packed`; count, smallest, largest and sum stay exact. Both reach to the same top. */
export function addPacked(into: DurationHistogram, packed: PackedHistogram): void {
  if (packed.count === 0) return
  const decoded = DurationHistogram.decode(packed.encoded, {...packed, meanNs: packed.sumNs / packed.count})
  decoded.sumNs = packed.sumNs // the mean's product would be a rounded one
  into.add(decoded)
  decoded.destroy()
}

/** The sum of all parts, the caller's to destroy. */
export function mergePacked(topNs: number, parts: readonly PackedHistogram[]): DurationHistogram {
  const total = new DurationHistogram(topNs)
  for (const part of parts) addPacked(total, part)
  return total
}
