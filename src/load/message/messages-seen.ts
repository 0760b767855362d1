import {CounterHash} from '../../base/counter-hash.ts'
import type {MessageShape} from '../../model/message-shape.ts'
import type {MessagesSeen, Warning} from '../../model/sample.ts'
import type {Flight} from '../flight.ts'
import {DeflateSums} from './compressibility.ts'
import {Purpose} from './purpose.ts'

const TWO_32 = 4_294_967_296
/** Values that are looked at, and bytes after which no more are: deflate takes about 30 ms a MiB. */
const VALUES_MAX = 512
const BYTES_MAX = 2 ** 20
const VALUES_MIN = 4

/**
 * Looks at values as they were sent, in the batches that the pool still holds: those that were sent
 * last. For after the drain: compressing takes time. Undefined when nothing was sent.
 */
export function lookAtMessages(flights: readonly Flight[], seed: number): MessagesSeen | undefined {
  const sent = flights.filter((flight) => flight.count > 0 && !Number.isNaN(flight.batch.sentNs))
  const total = sent.reduce((sum, flight) => sum + flight.count, 0)
  if (total === 0) return undefined
  const values = seededValues(sent, total, seed)
  const sums = new DeflateSums()
  let min = Number.POSITIVE_INFINITY
  let max = 0
  let looked = 0
  for (const value of values) {
    sums.add(value)
    min = Math.min(min, value.length)
    max = Math.max(max, value.length)
    looked += 1
    if (sums.plainBytes >= BYTES_MAX && looked >= VALUES_MIN) break
  }
  const valueBytesMean = sums.plainBytes / looked
  return {valueBytesMean, valueBytesMin: min, valueBytesMax: max, compressibility: sums.compressibility, looked}
}

/** One value of each of up to 512 equal parts of all that there are, in a shuffled order. */
function* seededValues(sent: readonly Flight[], total: number, seed: number): Generator<Buffer> {
  const places = new CounterHash(seed, Purpose.look)
  const parts = Math.min(VALUES_MAX, total)
  const order = Array.from({length: parts}, (_, part) => part).toSorted((a, b) => places.at(2 * a) - places.at(2 * b))
  for (const part of order) {
    const share = places.at(2 * part + 1) / TWO_32
    yield valueAt(sent, Math.floor(((part + share) * total) / parts))
  }
}

function valueAt(sent: readonly Flight[], place: number): Buffer {
  let left = place
  for (const {batch, count} of sent) {
    if (left < count) {
      const start = batch.valueStart[left]!
      return batch.bytes.subarray(start, start + batch.valueSizes[left]!)
    }
    left -= count
  }
  throw new RangeError(`there is no value ${place}`)
}

/** What was sent may compress so much more or less than what was asked for. */
const COMPRESSIBILITY_TOLERANCE = 0.05

/** None, or the one that says that values could not be made to compress as they should. */
export function compressionWarning({payload}: MessageShape, seen: MessagesSeen | undefined): Warning[] {
  if (payload?.source !== 'random' || payload.compressibility === 0 || seen === undefined) return []
  const {compressibility, valueBytesMean} = seen
  if (Math.abs(compressibility - payload.compressibility) <= COMPRESSIBILITY_TOLERANCE) return []
  const message = `Values of ${Math.round(valueBytesMean)} B compress by ${compressibility.toFixed(2)}, not by the ${payload.compressibility} asked for: their stamp and what deflate itself needs do not shrink.`
  return [{code: 'compressibility-missed', message}]
}

/** What several workers saw, as if one had looked. */
export function mergeMessagesSeen(seen: readonly MessagesSeen[]): MessagesSeen | undefined {
  if (seen.length === 0) return undefined
  const looked = seen.reduce((sum, each) => sum + each.looked, 0)
  const plainBytes = seen.reduce((sum, each) => sum + each.valueBytesMean * each.looked, 0)
  const savedBytes = seen.reduce((sum, each) => sum + each.compressibility * each.valueBytesMean * each.looked, 0)
  return {
    valueBytesMean: plainBytes / looked,
    valueBytesMin: Math.min(...seen.map((each) => each.valueBytesMin)),
    valueBytesMax: Math.max(...seen.map((each) => each.valueBytesMax)),
    compressibility: savedBytes / plainBytes,
    looked,
  }
}
