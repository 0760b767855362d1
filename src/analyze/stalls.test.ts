import {expect, test} from 'vitest'
import {seededRandom} from '../base/random.ts'
import type {Timeline} from '../model/sample.ts'
import {findPeriodicStall} from './stalls.ts'
import {sampleWith} from './testing/subjects.ts'

const SLOT_NS = 100e6
const limits = {stallNsMin: 5e6, ratioMin: 5, repeatsMin: 5}

function timelineOf(responseMaxNs: readonly number[]): Timeline {
  return sampleWith({responseMaxNs}).timeline
}

/**
 * Messages all the time, answered in 0.3 to 0.6 ms but for stalls at `startsNs`: whoever arrives
 * during one waits for its end.
 */
function stalling(slots: number, startsNs: readonly number[], durationNs: number, seed: number): Timeline {
  const random = seededRandom(seed)
  const waits = Array.from({length: slots}, () => 0.3e6 * (1 + random()))
  for (const startNs of startsNs) {
    for (let slot = Math.floor(startNs / SLOT_NS); slot < slots && slot * SLOT_NS < startNs + durationNs; slot++) {
      waits[slot] = Math.max(waits[slot]!, Math.round(startNs + durationNs - Math.max(startNs, slot * SLOT_NS)))
    }
  }
  return timelineOf(waits)
}

const every = (periodNs: number, count: number, firstNs: number) =>
  Array.from({length: count}, (_, index) => firstNs + index * periodNs)

test.each([1, 2])('a stall of 150 ms every 1.0 s is found, with its length and share (seed %d)', (seed) => {
  const found = findPeriodicStall([stalling(50, every(1e9, 5, 0.33e9), 150e6, seed)], limits)
  expect(found?.periodNs).toBeCloseTo(1e9, -8)
  expect(found).toMatchObject({durationNs: 150e6, repeats: 5})
  expect(found?.share).toBeCloseTo(0.15, 2)
  expect(found?.quietNs).toBeLessThan(0.6e6)
})

test('four repeats are not enough', () => {
  expect(findPeriodicStall([stalling(40, every(1e9, 4, 0.33e9), 150e6, 1)], limits)).toBeUndefined()
  expect(findPeriodicStall([stalling(50, every(1e9, 5, 0.33e9), 150e6, 1)], {...limits, repeatsMin: 6})).toBeUndefined()
})

test('short samples add up, if most of them show it', () => {
  const short = (seed: number) => stalling(25, every(1e9, 2, 0.2e9 * seed), 80e6, seed)
  const quiet = stalling(25, [], 0, 9)
  expect(findPeriodicStall([short(1), short(2), short(3)], limits)?.repeats).toBe(6)
  expect(findPeriodicStall([short(1), short(2), short(3), quiet, quiet, quiet, quiet], limits)).toBeUndefined()
})

test('a period of half a second, and stalls that grow from 20 to 200 ms', () => {
  const half = findPeriodicStall([stalling(60, every(0.5e9, 12, 0.1e9), 30e6, 3)], limits)
  expect(half?.periodNs).toBeCloseTo(0.5e9, -8)
  const growing = stalling(100, [], 0, 4).responseMaxNs.map((wait, slot) =>
    slot % 10 === 4 ? slot * 2e6 + 20e6 : wait,
  )
  expect(findPeriodicStall([timelineOf(growing)], limits)).toMatchObject({periodNs: 1e9, repeats: 10})
})

test('smaller spikes in between do not hide it', () => {
  const waits = [...stalling(100, every(1e9, 10, 0.33e9), 150e6, 5).responseMaxNs]
  for (const slot of [7, 19, 36, 48, 65, 78, 91]) waits[slot] = 9e6
  expect(findPeriodicStall([timelineOf(waits)], limits)?.periodNs).toBeCloseTo(1e9, -8)
})

// Longest waits (ms) of a real run against a broker that was stopped (SIGSTOP) for 150 ms in every second, on a
// machine that others kept busy. The first stall is in slot 4.
const RECORDED =
  '17 40 69 56 163 151 51 12 4 5 102 62 40 334 284 192 92 36 4 48 26 2 14 10 54 170 106 10 2 6 38 127 59 20 4 155 ' +
  '93 6 52 4 4 2 4 2 2 152 94 4 7 4 4 1 4 4 7 156 102 4 4 3 10 38 4 2 4 159 111 11 4 5'

test('a broker that was stopped once a second, among the noise of a busy machine', () => {
  const found = findPeriodicStall([timelineOf(RECORDED.split(' ').map((ms) => Number(ms) * 1e6))], limits)
  expect(found?.repeats).toBe(7)
  expect(Math.abs(found!.periodNs - 1e9)).toBeLessThan(0.05e9)
  expect(Math.abs(found!.durationNs - 150e6)).toBeLessThan(20e6)
})

test.each([1, 2])('spikes at random have no period: at most 1 run of 100 is fooled (seed %d)', (seed) => {
  const random = seededRandom(seed)
  for (const density of [0.05, 0.1, 0.15]) {
    let fooled = 0
    for (let run = 0; run < 500; run++) {
      const waits = Array.from({length: 50}, () => (random() < density ? 10e6 * (1 + 5 * random()) : 0.3e6))
      if (findPeriodicStall([timelineOf(waits)], limits) !== undefined) fooled += 1
    }
    expect(fooled).toBeLessThanOrEqual(5)
  }
})

test('slow all the time is no stall, and neither is nothing', () => {
  expect(findPeriodicStall([timelineOf(Array(100).fill(50e6))], limits)).toBeUndefined()
  expect(findPeriodicStall([timelineOf(Array(100).fill(0))], limits)).toBeUndefined()
  expect(findPeriodicStall([timelineOf([])], limits)).toBeUndefined()
  expect(findPeriodicStall([], limits)).toBeUndefined()
})
