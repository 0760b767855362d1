import {normalCdf} from '../../stats/normal.ts'

/** One verdict on a rate. `weightNs` is the length of its measured phase. */
export interface Verdict {
  readonly ratePerSec: number
  readonly isGood: boolean
  readonly measureNs: number
}

/**
 * What the verdicts so far say about the edge: the rate above which trials go bad. Trials near the
 * edge contradict each other, so it is estimated together with its noise, never read off one trial.
 */
export interface EdgeEstimate {
  /** P(edge > rate) given the verdicts. */
  isAboveShare(ratePerSec: number): number
  /** The rate below which the edge lies with probability q. */
  quantilePerSec(q: number): number
  /** Standard deviation of the edge from trial to trial, as a share of the rate. */
  readonly noiseShare: number
}

/** Edge and rates on a grid of logarithms: a quarter of a percent is a tenth of the narrowest bracket of use. */
const STEP = 0.0025
/** How much the edge may move between trials, as a share; every value is as likely as the next, before. */
const NOISES = [0.003, 0.008, 0.015, 0.025, 0.04, 0.06, 0.09, 0.14]
/** A verdict may be an accident that no rate explains: a hiccup of the host. */
const ACCIDENT_SHARE = 0.03
/** A trial shorter than the longest sees a noisier edge, as the mean over less time would; never more than so much. */
const SHORT_NOISE_MAX = 3
const Z_MAX = 8
const Z_STEPS = 400
/** Logarithms of the probabilities of a good and a bad verdict at z = -8..8, accidents included. */
const goodLogs = Float64Array.from({length: 2 * Z_STEPS + 1}, (_, i) =>
  Math.log(goodShare(((i - Z_STEPS) * Z_MAX) / Z_STEPS)),
)
const badLogs = goodLogs.toReversed() // Phi(-z) = 1 - Phi(z), and accidents fall on both alike

function goodShare(z: number): number {
  return ACCIDENT_SHARE / 2 + (1 - ACCIDENT_SHARE) * normalCdf(z)
}

/**
 * Bayesian estimate over edges in [lowPerSec, highPerSec], flat in their logarithm, and over noises:
 * a trial at rate r is good with probability Phi(log(edge / r) / noise), accidents aside.
 * Sources: the probit model of a threshold, Finney, Probit Analysis (1947); placing trials by the
 * posterior: Watson and Pelli, Perception & Psychophysics 33 (1983).
 */
export function estimateEdge(verdicts: readonly Verdict[], lowPerSec: number, highPerSec: number): EdgeEstimate {
  const lowLog = Math.log(lowPerSec)
  const cells = Math.max(2, Math.ceil((Math.log(highPerSec) - lowLog) / STEP) + 1)
  const longestNs = Math.max(...verdicts.map(({measureNs}) => measureNs), 1)
  const byEdge = new Float64Array(cells)
  const byNoise = new Float64Array(NOISES.length)
  const logs = NOISES.map((noise) => logLikelihoods(verdicts, noise, longestNs, lowLog, cells))
  const top = logs.reduce((max, row) => row.reduce((a, b) => Math.max(a, b), max), Number.NEGATIVE_INFINITY)
  let total = 0
  for (const [n, row] of logs.entries()) {
    for (let cell = 0; cell < cells; cell += 1) {
      const mass = Math.exp(row[cell]! - top)
      byEdge[cell]! += mass
      byNoise[n]! += mass
      total += mass
    }
  }
  const below = new Float64Array(cells + 1) // mass of the cells before each
  for (let cell = 0; cell < cells; cell += 1) below[cell + 1] = below[cell]! + byEdge[cell]! / total
  return {
    isAboveShare(ratePerSec) {
      const at = (Math.log(ratePerSec) - lowLog) / STEP + 0.5
      if (at <= 0) return 1
      if (at >= cells) return 0
      const cell = Math.floor(at)
      return 1 - (below[cell]! + (at - cell) * (below[cell + 1]! - below[cell]!))
    },
    quantilePerSec(q) {
      let cell = 0
      while (cell < cells - 1 && below[cell + 1]! < q) cell += 1
      return Math.exp(lowLog + cell * STEP)
    },
    noiseShare: NOISES.reduce((sum, noise, n) => sum + (noise * byNoise[n]!) / total, 0),
  }
}

function logLikelihoods(
  verdicts: readonly Verdict[],
  noise: number,
  longestNs: number,
  lowLog: number,
  cells: number,
): Float64Array {
  const row = new Float64Array(cells)
  for (const {ratePerSec, isGood, measureNs} of verdicts) {
    const spread = noise * Math.min(SHORT_NOISE_MAX, Math.sqrt(longestNs / measureNs))
    const at = (Math.log(ratePerSec) - lowLog) / STEP
    const perCell = (STEP / spread) * (Z_STEPS / Z_MAX)
    const table = isGood ? goodLogs : badLogs
    for (let cell = 0; cell < cells; cell += 1) {
      const place = Math.round((cell - at) * perCell) + Z_STEPS
      row[cell]! += table[place < 0 ? 0 : place > 2 * Z_STEPS ? 2 * Z_STEPS : place]!
    }
  }
  return row
}
