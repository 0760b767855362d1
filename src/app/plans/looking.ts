import type {Stopping} from '../../model/interleaving.ts'
import {obrienFlemingLevel} from '../../stats/spending.ts'
import {CONFIDENCE, type StoppingRule} from './bench-plan.ts'

/** Samples of each benchmark (interleaved: blocks) at which a run without a fixed count looks. */
const LOOKS = [10, 15, 20, 30] as const
const SAMPLES_MAX = LOOKS[LOOKS.length - 1]!

/**
 * Ends a run at the first look at which its question is decided. It never looks between the looks, and
 * each has the confidence that O'Brien and Fleming's spending leaves it, so that a run that may stop four
 * times errs no more often than one that looks once. Where the time is up it looks once more: the clock
 * ended the run and not the data, so that look may spend what is left.
 */
export class Looking {
  stopping: Stopping
  readonly #timeNsMax: number
  #taken: readonly number[] = []

  constructor({precision, timeNsMax}: StoppingRule) {
    this.stopping = {looks: LOOKS, precision, timeNsMax}
    this.#timeNsMax = timeNsMax
  }

  /** To be asked once after every `n` complete rounds; `isDecided` is asked at looks only, with their confidence. */
  isOver(n: number, elapsedNs: number, isDecided: (confidence: number) => boolean): boolean {
    const isOutOfTime = elapsedNs * (1 + 1 / n) > this.#timeNsMax
    const isLast = n >= SAMPLES_MAX || isOutOfTime
    if (!isLast && !LOOKS.some((look) => look === n)) return false
    this.#taken = [...this.#taken, n]
    const level = obrienFlemingLevel(1 - CONFIDENCE, {looks: this.#taken, samplesMax: SAMPLES_MAX, isLast})
    const ended = isDecided(1 - level) ? 'decided' : n >= SAMPLES_MAX ? 'looks-used-up' : 'time-used-up'
    const isOver = isLast || ended === 'decided'
    this.stopping = {...this.stopping, n, level, ...(isOver && {ended})}
    return isOver
  }
}

/** Of the intervals that a run's answers have: wider than usual where it looked several times. */
export function confidenceOf(stopping: Stopping | undefined): number {
  return stopping?.level === undefined ? CONFIDENCE : 1 - stopping.level
}

/** The same for whoever asks for another confidence: what its interval must have, so that all looks of the run together keep it. */
export function confidenceAfterLooks(stopping: Stopping | undefined, confidence: number): number {
  if (stopping?.n === undefined) return confidence
  const {looks, n, ended} = stopping
  const samplesMax = looks.at(-1) ?? n
  const isLast = n >= samplesMax || !looks.includes(n) || ended === 'time-used-up'
  const taken = [...looks.filter((look) => look < n), n]
  return 1 - obrienFlemingLevel(1 - confidence, {looks: taken, samplesMax, isLast})
}
