import {expect, test} from 'vitest'
import {resolveSettings} from '../settings/load.ts'
import {knobsOf} from './knobs.ts'
import {planTrials, questionsOf} from './plan.ts'

test('pairs alternate in order, so that two of them are an ABBA block, and rounds go over all questions', () => {
  const order = planTrials(2, 4, 1).map(({question, arm}) => `${question}${arm === 'base' ? 'A' : 'B'}`)
  expect(order.join(' ')).toBe('0A 0B 0B 0A 1A 1B 1B 1A 0A 0B 0B 0A 1A 1B 1B 1A')
})

test('both trials of a pair share a seed; pairs have their own, and the plan is the same for the same seed', () => {
  const trials = planTrials(3, 6, 7)
  expect(trials).toHaveLength(36)
  expect(trials).toEqual(planTrials(3, 6, 7))
  expect(trials.map(({seed}) => seed)).not.toEqual(planTrials(3, 6, 8).map(({seed}) => seed))
  const seeds = new Map<string, Set<number>>()
  for (const {question, pair, seed} of trials) {
    const key = `${question}/${pair}`
    seeds.set(key, (seeds.get(key) ?? new Set()).add(seed))
  }
  expect([...seeds.values()].map((set) => set.size)).toEqual(Array(18).fill(1))
  expect(new Set(trials.map(({seed}) => seed)).size).toBe(18)
})

test('the profile is asked first, then each tested key; one tested key is one question', () => {
  const defaults = resolveSettings({})
  const questions = (text: string) =>
    questionsOf(
      knobsOf(
        defaults,
        resolveSettings({file: {path: 'x', text}}),
        new Map([['consumer.max_poll_records', 'nobody reads']]),
      ),
    ).map(({name, changes}) => [name, changes.length])
  expect(questions('server: {read_buffer_size: 8KiB, write_buffer_size: 8KiB}\nconsumer.max_poll_records: 4')).toEqual([
    ['profile', 2],
    ['server.read_buffer_size', 1],
    ['server.write_buffer_size', 1],
  ])
  expect(questions('server: {read_buffer_size: 8KiB}')).toEqual([['server.read_buffer_size', 1]])
  expect(questions('consumer.max_poll_records: 4')).toEqual([])
})
