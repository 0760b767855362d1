/*
 * Arithmetic on CRC-32 values (IEEE, as zlib): what the CRC of bytes becomes when others come behind them or some of them
 * change, without a look at the rest. A CRC is a polynomial over GF(2) modulo P, bit 31 the coefficient of x^0.
 * Source: M. Adler, crc32_combine of zlib 1.2.12 and later; R. N. Williams, A painless guide to CRC error
 * detection algorithms (1993).
 */

const P = 0xedb88320
const ONE = 0x80000000
const ORDER = 0xffffffff // of x modulo P, which is primitive: x^ORDER is 1
const POWERS_MAX = 256
const STEPS_MAX = 64

/** a(x) b(x) modulo P. */
function product(a: number, b: number): number {
  let sum = 0
  let factor = b
  for (let left = a; left !== 0; left <<= 1) {
    sum ^= factor & (left >> 31)
    factor = (factor >>> 1) ^ (P & -(factor & 1))
  }
  return sum >>> 0
}

/** x^(8 * 2^k) modulo P. */
const squares = buildSquares()

function buildSquares(): Uint32Array {
  const built = new Uint32Array(32)
  built[0] = ONE >>> 8
  for (let k = 1; k < 32; k += 1) built[k] = product(built[k - 1]!, built[k - 1]!)
  return built
}

const powers = new Map<number, number>()

/** x^(8 * bytes) modulo P; lengths repeat, so the last ones are kept. */
function powerOf(bytes: number): number {
  const known = powers.get(bytes)
  if (known !== undefined) return known
  let power = ONE
  for (let left = bytes, k = 0; left > 0; left >>>= 1, k += 1) if (left & 1) power = product(power, squares[k]!)
  if (powers.size === POWERS_MAX) powers.clear()
  powers.set(bytes, power)
  return power
}

/** CRC of A and then B, from the CRC of either and the length of B (below 2^31). */
export function crcOfBoth(crcA: number, crcB: number, bytesB: number): number {
  return (product(crcA, powerOf(bytesB)) ^ crcB) >>> 0
}

/** CRC of B, from that of A, that of A and then B, and the length of B. */
export function crcOfRest(crcA: number, crcBoth: number, bytesB: number): number {
  return crcOfBoth(crcA, crcBoth, bytesB) // the same equation
}

/** CRC of A, from that of A and then B, that of B, and the length of B. */
export function crcOfFirst(crcBoth: number, crcB: number, bytesB: number): number {
  return product((crcBoth ^ crcB) >>> 0, powerOf(ORDER - bytesB))
}

/** Products with one power of x by four look-ups, for every byte of a factor a table. */
class Step {
  readonly #tables = new Uint32Array(1024)

  constructor(bytes: number) {
    const power = powerOf(bytes)
    const tables = this.#tables
    for (let bit = 0; bit < 32; bit += 1) {
      const table = (bit >>> 3) * 256
      const single = 1 << (bit & 7)
      const value = product((1 << bit) >>> 0, power)
      for (let low = 0; low < single; low += 1) tables[table + single + low] = tables[table + low]! ^ value
    }
  }

  of(crc: number): number {
    const tables = this.#tables
    return (
      tables[crc & 0xff]! ^
      tables[256 + ((crc >>> 8) & 0xff)]! ^
      tables[512 + ((crc >>> 16) & 0xff)]! ^
      tables[768 + (crc >>> 24)]!
    )
  }
}

const steps = new Map<number, Step>()

function stepOf(bytes: number): Step {
  let step = steps.get(bytes)
  if (step !== undefined) return step
  if (steps.size === STEPS_MAX) steps.clear()
  step = new Step(bytes)
  steps.set(bytes, step)
  return step
}

const overWord = new Step(4)

/** Follows what changes at the start of each of many pieces of equal length do to the CRC over all of them. */
export class CrcChange {
  readonly #pieceBytes: number
  readonly #step: Step
  #sum = 0

  constructor(pieceBytes: number) {
    this.#pieceBytes = pieceBytes
    this.#step = stepOf(pieceBytes)
  }

  /** The next piece: which bits of its first eight bytes change, as two big-endian words. */
  add(high: number, low: number): void {
    const change = high === 0 ? 0 : overWord.of(swapped(high))
    this.#sum = this.#step.of(this.#sum) ^ overWord.of(change ^ swapped(low))
  }

  /** To be xored with the CRC. */
  get sum(): number {
    return product(this.#sum >>> 0, powerOf(this.#pieceBytes - 8))
  }
}

/** A CRC's low byte is of the byte that comes first. */
function swapped(word: number): number {
  return ((word & 0xff) << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24)
}
