import {seededRandom} from '../base/random.ts'
import type {Knob} from './knobs.ts'

/** Something to find out: do these changes, made together, move the metric? */
export interface Question {
  readonly name: string // `profile`, or the key that is changed alone
  readonly changes: readonly Knob[]
}

/** One sample to take. Both trials of a pair have the same seed, so that they are asked the same. */
export interface Trial {
  readonly question: number // index into the questions
  readonly pair: number // from 0, within the question
  readonly arm: 'base' | 'changed'
  readonly seed: number
}

/** The profile as a whole first, then each of its tested keys alone; one tested key is one question. */
export function questionsOf(knobs: readonly Knob[]): Question[] {
  const tested = knobs.filter(({testedBy}) => testedBy !== 'nobody')
  const alone = tested.map((knob) => ({name: knob.definition.key, changes: [knob]}))
  return tested.length > 1 ? [{name: 'profile', changes: tested}, ...alone] : alone
}

/**
 * The trials in the order to run them; nothing is run here. Pairs alternate in order (base, changed,
 * then changed, base), so that two of them form an ABBA block in which a steady drift of the machine
 * cancels. Each round puts one block to every question, so that a run that is stopped early has asked
 * all of them about equally often.
 */
export function planTrials(questionCount: number, pairs: number, seed: number): Trial[] {
  const random = seededRandom(seed)
  const trials: Trial[] = []
  for (let first = 0; first < pairs; first += 2) {
    for (let question = 0; question < questionCount; question += 1) {
      for (let pair = first; pair < Math.min(first + 2, pairs); pair += 1) {
        const pairSeed = Math.floor(random() * 2 ** 31)
        const order = pair % 2 === 0 ? (['base', 'changed'] as const) : (['changed', 'base'] as const)
        for (const arm of order) trials.push({question, pair, arm, seed: pairSeed})
      }
    }
  }
  return trials
}
