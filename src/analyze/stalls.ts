import type {Timeline} from '../model/sample.ts'
import {median, quantile} from '../stats/quantile.ts'
import {type SortedSamples, sortSamples} from '../stats/sorted-samples.ts'

/** What makes a slot a stall, and how many it takes. Durations in ns. */
export interface StallLimits {
  readonly stallNsMin: number
  readonly ratioMin: number // over a quiet slot
  readonly repeatsMin: number
}

export interface PeriodicStall {
  readonly periodNs: number
  readonly durationNs: number // median over the stalls of the longest wait in each
  readonly quietNs: number // longest wait in a quiet slot: a lower quartile over slots
  readonly repeats: number // over all timelines
  readonly share: number // of the time that lies in stalls: duration / period, at most 1
}

interface Stall {
  readonly startNs: number
  readonly longestNs: number
}

/** Stalls of one timeline and the steps between the starts of neighbours. */
interface Train {
  readonly stalls: readonly Stall[]
  readonly stepsNs: readonly number[]
  readonly lengthNs: number
}

const FIT_SHARE_MIN = 0.8 // of the steps that must agree on the period; the rest: one missed, one extra
const STEP_TOLERANCE = 0.15 // of the period, or one slot if that is more
const PERIOD_SLOTS_MIN = 4 // shorter ones cannot be told from noise by slots
const PERIOD_SLOTS_SHORT = 8 // up to here a slot more or less is much of the period, so twice the repeats are asked for
const COVERAGE_MIN = 0.7 // of the stalls that the period predicts for the length of the timelines
const LEVELS = [0, 0.1, 0.2, 0.3, 0.4, 0.5] // of the longest wait: stalls may stand out of smaller, unrelated ones

/**
 * Finds one stall that recurs at a steady period in the timelines of a benchmark's samples, or
 * undefined. A stall is a run of slots whose longest wait is at least `stallNsMin`, and `ratioMin`
 * times that of a quiet slot. Steps between stalls are taken within each timeline and pooled;
 * the period is their median when four fifths agree with it, when the stalls are nearly as many as
 * it predicts, and when at least half of the timelines show it. Spikes at random (exponential steps)
 * pass in fewer than one run of a hundred; see the tests.
 */
export function findPeriodicStall(timelines: readonly Timeline[], limits: StallLimits): PeriodicStall | undefined {
  const busy = timelines.filter((timeline) => timeline.responseMaxNs.length > 0)
  const waits = busy.flatMap((timeline) => timeline.responseMaxNs.filter((wait) => wait > 0))
  if (waits.length === 0) return undefined
  const sorted = sortSamples(waits)
  const quietNs = quantile(sorted, 0.25) // below the median, so that stalls may fill half of the time
  const floorNs = Math.max(limits.stallNsMin, quietNs * limits.ratioMin)
  const found = levelsAbove(floorNs, sorted).flatMap((levelNs) => periodAt(busy, levelNs, limits.repeatsMin) ?? [])
  const best = found.sort((a, b) => b.repeats - a.repeats)[0]
  return best === undefined ? undefined : {...best, quietNs}
}

function levelsAbove(floorNs: number, waits: SortedSamples): readonly number[] {
  const longestNs = waits.at(-1) ?? 0
  if (longestNs < floorNs) return []
  return LEVELS.map((share) => Math.max(floorNs, share * longestNs))
}

function periodAt(
  timelines: readonly Timeline[],
  levelNs: number,
  repeatsMin: number,
): Omit<PeriodicStall, 'quietNs'> | undefined {
  const trains = timelines.map((timeline) => trainOf(timeline, levelNs))
  const steps = trains.flatMap((train) => train.stepsNs)
  if (steps.length === 0) return undefined
  const slotNs = Math.max(...timelines.map((timeline) => timeline.slotNs))
  const middleNs = median(sortSamples(steps))
  const fits = (stepNs: number) => Math.abs(stepNs - middleNs) <= Math.max(slotNs, STEP_TOLERANCE * middleNs)
  const fitting = steps.filter(fits)
  const showing = trains.filter((train) => train.stepsNs.some(fits)).length
  if (fitting.length < FIT_SHARE_MIN * steps.length || showing * 2 < trains.length) return undefined
  if (!isRepeatedEnough(trains, middleNs / slotNs, slotNs, repeatsMin)) return undefined
  const stalls = trains.flatMap((train) => train.stalls)
  const periodNs = fitting.reduce((sum, step) => sum + step, 0) / fitting.length
  const durationNs = median(sortSamples(stalls.map((stall) => stall.longestNs)))
  return {periodNs, durationNs, repeats: stalls.length, share: Math.min(1, durationNs / periodNs)}
}

function isRepeatedEnough(trains: readonly Train[], periodSlots: number, slotNs: number, repeatsMin: number): boolean {
  if (periodSlots < PERIOD_SLOTS_MIN) return false
  const repeats = trains.reduce((sum, train) => sum + train.stalls.length, 0)
  const predicted = trains.reduce((sum, train) => sum + train.lengthNs, 0) / (periodSlots * slotNs)
  const needed = periodSlots < PERIOD_SLOTS_SHORT ? 2 * repeatsMin : repeatsMin
  return repeats >= needed && repeats >= COVERAGE_MIN * Math.floor(predicted)
}

function trainOf(timeline: Timeline, levelNs: number): Train {
  const stalls = stallsOf(timeline, levelNs)
  const stepsNs = stalls.slice(1).map((stall, index) => stall.startNs - stalls[index]!.startNs)
  return {stalls, stepsNs, lengthNs: timeline.responseMaxNs.length * timeline.slotNs}
}

/** Neighbouring slots above the level are one stall: whoever arrives during it waits for its end. */
function stallsOf({responseMaxNs, slotNs}: Timeline, levelNs: number): readonly Stall[] {
  const stalls: Stall[] = []
  let open: Stall | undefined
  responseMaxNs.forEach((waitNs, slot) => {
    if (waitNs < levelNs) {
      if (open !== undefined) stalls.push(open)
      open = undefined
    } else open = {startNs: open?.startNs ?? slot * slotNs, longestNs: Math.max(open?.longestNs ?? 0, waitNs)}
  })
  return open === undefined ? stalls : [...stalls, open]
}
