import {deflateRawSync} from 'node:zlib'
import {CounterHash} from '../../base/counter-hash.ts'
import {writeStamp} from '../message-stamp.ts'
import {type PayloadSource, runsPayload} from './payload-source.ts'
import {Purpose} from './purpose.ts'

/** Level of deflate that every figure of compressibility speaks of. */
const LEVEL = 6
/** What a calibration looks at: enough for a hundredth, little enough for a start-up. */
const VALUES_MAX = 64
const BYTES_MAX = 192 * 1024
const STEPS = 10

/** Bytes and deflated bytes of values, each compressed alone. */
export class DeflateSums {
  plainBytes = 0
  deflatedBytes = 0

  add(value: Uint8Array): void {
    this.plainBytes += value.length
    this.deflatedBytes += deflateRawSync(value, {level: LEVEL}).length
  }

  /** 1 - deflated / plain: below 0 where deflate adds. */
  get compressibility(): number {
    return this.plainBytes === 0 ? 0 : 1 - this.deflatedBytes / this.plainBytes
  }
}

/**
 * A source from which stamped values of these sizes compress by `compressibility` on the whole, each
 * alone: found by bisection of the share that lies in runs, measured on values as they are sent.
 * Where the sizes do not allow it (the stamp's 16 bytes and deflate's own do not shrink: nothing of
 * 64 B compresses by 0.9), it comes as close as it can; what was sent is measured and reported.
 */
export function compressiblePayload(seed: number, compressibility: number, sizes: readonly number[]): PayloadSource {
  if (compressibility <= 0) return runsPayload(seed, 0)
  let low = 0
  let high = 1
  for (let step = 0; step < STEPS; step += 1) {
    const middle = (low + high) / 2
    if (compressibilityOf(runsPayload(seed, middle, BYTES_MAX), seed, sizes) < compressibility) low = middle
    else high = middle
  }
  return runsPayload(seed, (low + high) / 2)
}

function compressibilityOf(source: PayloadSource, seed: number, sizes: readonly number[]): number {
  const places = new CounterHash(seed, Purpose.calibration)
  const sums = new DeflateSums()
  for (let index = 0; index < VALUES_MAX && sums.plainBytes < BYTES_MAX; index += 1) {
    const size = Math.min(sizes[index % sizes.length]!, BYTES_MAX)
    const value = Buffer.alloc(size)
    source.copyTo(value, 0, size, places.at(2 * index))
    writeStamp(new DataView(value.buffer, value.byteOffset, size), 0, 0, index, places.at(2 * index + 1))
    sums.add(value)
  }
  return sums.compressibility
}
