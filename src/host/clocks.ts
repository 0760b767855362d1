import {readTextNow} from './read-text.ts'

/**
 * The three clocks of one instant, in ns, each since its own origin. Stamps are of the monotonic
 * one. The others are coarse (wall: 1 ms, since boot: 10 ms) and only there to catch it, or each
 * other, out.
 */
export interface ClockReading {
  readonly monotonicNs: number
  readonly wallNs: number
  readonly bootNs?: number // absent where the system does not tell
}

/** What moved between two readings, against the monotonic clock. */
export interface ClockChange {
  /** Of the wall clock beyond what slewing explains: somebody set it. Touches no stamp. */
  readonly wallStepNs?: number
  /** Of the time since boot: the machine was suspended, or the monotonic clock itself jumped. Touches every stamp. */
  readonly bootStepNs?: number
}

/** Kernel slewing is bounded at 500 ppm (adjtimex(2)); what is left is the clocks' own grain. */
const SLEW_PER_NS = 500e-6
const WALL_GRAIN_NS = 3e6
const BOOT_GRAIN_NS = 30e6

/** Steps between two readings; {} where all clocks went on together. Pure. */
export function clockChangeBetween(before: ClockReading, after: ClockReading): ClockChange {
  const passedNs = after.monotonicNs - before.monotonicNs
  const wallStepNs = stepOf(before.wallNs, after.wallNs, passedNs, WALL_GRAIN_NS)
  const bootStepNs =
    before.bootNs === undefined || after.bootNs === undefined
      ? 0
      : stepOf(before.bootNs, after.bootNs, passedNs, BOOT_GRAIN_NS)
  return {...(wallStepNs !== 0 && {wallStepNs}), ...(bootStepNs !== 0 && {bootStepNs})}
}

function stepOf(beforeNs: number, afterNs: number, passedNs: number, grainNs: number): number {
  const step = afterNs - beforeNs - passedNs
  return Math.abs(step) <= grainNs + Math.abs(passedNs) * SLEW_PER_NS ? 0 : Math.round(step)
}

/** Tries at a reading that nothing came between; a busy machine gets the best of them. */
const TRIES = 5
const BRACKET_NS_MAX = 200e3
/** Unix time in ns is beyond what a double holds exactly. */
const WALL_ORIGIN_MS = Date.now()

/** Reads the clocks between two readings of the monotonic one, so that being off the CPU is no step. */
export function readClocks(): ClockReading {
  let best: {reading: ClockReading; bracketNs: number} | undefined
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const fromNs = performance.now() * 1e6
    const wallNs = (Date.now() - WALL_ORIGIN_MS) * 1e6
    const bootNs = parseUptime(readTextNow('/proc/uptime') ?? '')
    const bracketNs = performance.now() * 1e6 - fromNs
    const reading = {monotonicNs: fromNs + bracketNs / 2, wallNs, ...(bootNs !== undefined && {bootNs})}
    if (best === undefined || bracketNs < best.bracketNs) best = {reading, bracketNs}
    if (bracketNs <= BRACKET_NS_MAX) break
  }
  return best!.reading
}

/** The first field of /proc/uptime: seconds since boot, suspended ones included (proc_uptime(5)). */
export function parseUptime(uptime: string): number | undefined {
  const seconds = Number.parseFloat(uptime)
  return Number.isNaN(seconds) ? undefined : seconds * 1e9
}
