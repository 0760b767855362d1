import fc from 'fast-check'
import {expect, test} from 'vitest'
import type {OpenArrival} from '../../model/arrival.ts'
import {arrivalsUntil} from '../../model/arrival-rate.ts'
import type {Schedule} from './schedule.ts'
import {phasedScheduleOf, scheduleOf, warmUpPerSecOf, warmUpScheduleOf} from './schedule-of.ts'

const open = (arrival: object): OpenArrival => ({model: 'open', ratePerSec: 1_000, ...arrival}) as OpenArrival

function instants(schedule: Schedule): number[] {
  return Array.from({length: schedule.total}, (_, index) => schedule.intendedNs(index))
}

test('constant: arrival i is at i / rate, each rounded by itself; the end is exclusive', () => {
  const thirds = scheduleOf(open({process: 'constant', ratePerSec: 3}), 1, 2e9)
  expect(instants(thirds)).toEqual([0, 333_333_333, 666_666_667, 1_000_000_000, 1_333_333_333, 1_666_666_667])
  expect(scheduleOf(open({process: 'constant'}), 1, 1e9).total).toBe(1_000)
  expect(scheduleOf(open({process: 'constant'}), 1, 1e9 + 1).total).toBe(1_001)
})

test('constant: an hour later the rate is still exact', () => {
  const schedule = scheduleOf(open({process: 'constant', ratePerSec: 70_000}), 1, 3600e9)
  expect(schedule.total).toBe(252_000_000)
  expect(schedule.intendedNs(251_999_999)).toBe(Math.round(3600e9 - 1e9 / 70_000))
})

test('stepped: a step begins with an arrival, a step of rate 0 is a gap, the last one holds', () => {
  const steps = [
    {ratePerSec: 2, durationNs: 1e9},
    {ratePerSec: 0, durationNs: 5e9},
    {ratePerSec: 4, durationNs: 0.5e9},
    {ratePerSec: 1, durationNs: 1e9},
  ]
  const schedule = scheduleOf(open({process: 'stepped', steps}), 1, 9.5e9)
  expect(instants(schedule).map((ns) => ns / 1e9)).toEqual([0, 0.5, 6, 6.25, 6.5, 7.5, 8.5])
})

test('stepped: what one step leaves of an arrival, the next one completes', () => {
  // 1.5 arrivals in the first second: half of the next is left, which at 4/s takes 1/8 s more.
  const steps = [
    {ratePerSec: 1.5, durationNs: 1e9},
    {ratePerSec: 4, durationNs: 1e9},
  ]
  const schedule = scheduleOf(open({process: 'stepped', steps}), 1, 2e9)
  expect(instants(schedule).map((ns) => ns / 1e9)).toEqual([0, 0.666666667, 1.125, 1.375, 1.625, 1.875])
})

test('stepped: a first step of rate 0 holds everything back', () => {
  const steps = [
    {ratePerSec: 0, durationNs: 3e9},
    {ratePerSec: 1, durationNs: 2e9},
  ]
  expect(instants(scheduleOf(open({process: 'stepped', steps}), 1, 5e9))).toEqual([3e9, 4e9])
})

test('ramp: from 0 to 8 a second within 4 s, arrival i at sqrt(i) seconds', () => {
  const schedule = scheduleOf(open({process: 'ramp', fromPerSec: 0, toPerSec: 8}), 1, 4e9)
  expect(schedule.total).toBe(16)
  expect(instants(schedule).slice(0, 5)).toEqual([0, 1e9, 1_414_213_562, 1_732_050_808, 2e9])
})

test('ramp: down to 0 it is the mirror image, 4 - sqrt(16 - i)', () => {
  const schedule = scheduleOf(open({process: 'ramp', fromPerSec: 8, toPerSec: 0}), 1, 4e9)
  expect(schedule.total).toBe(16)
  expect(schedule.intendedNs(7)).toBe(1e9)
  expect(schedule.intendedNs(15)).toBe(3e9)
})

test('sine: half a period has the mean of the half and the swing; a quarter turn later than even', () => {
  // Integral over half a period of 2 s at 100 +- 50: 100 + 50 * 2 / pi = 131.83; over all of it 200.
  const schedule = scheduleOf(open({process: 'sine', ratePerSec: 100, amplitudePerSec: 50, periodNs: 2e9}), 1, 10e9)
  expect(schedule.total).toBe(1_000)
  expect(schedule.countBefore(1e9)).toBe(132)
  expect(schedule.intendedNs(200)).toBe(2e9)
  expect(schedule.intendedNs(800)).toBe(8e9)
  // At t = 1/2 s: 50 + 50 / pi = 65.915; arrival 66 is 0.0845 of a gap of 1/150 s later.
  expect(Math.abs(schedule.intendedNs(66) - (0.5e9 + ((66 - 50 - 50 / Math.PI) / 150) * 1e9))).toBeLessThan(500)
})

test('sine: an amplitude of the whole mean touches rate 0 and still counts right', () => {
  const schedule = scheduleOf(open({process: 'sine', amplitudePerSec: 1_000, periodNs: 0.1e9}), 1, 7e9)
  expect(schedule.total).toBe(7_000)
  const gaps = instants(schedule).map((ns, index, all) => (index === 0 ? 0 : ns - all[index - 1]!))
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(0)
  expect(Math.max(...gaps)).toBeGreaterThan(5e6) // the trough
})

test('burst: 1,000/s for 10 ms, then nothing for 90 ms', () => {
  const burst = open({process: 'burst', onPerSec: 1_000, offPerSec: 0, onNs: 10e6, offNs: 90e6, ratePerSec: 100})
  const schedule = scheduleOf(burst, 1, 1e9)
  expect(schedule.total).toBe(100)
  expect([9, 10, 11, 99].map((index) => schedule.intendedNs(index))).toEqual([9e6, 100e6, 101e6, 909e6])
  expect(schedule.countBefore(99e6)).toBe(10)
})

test('burst: an off rate goes on between bursts, and fractions are carried', () => {
  // A cycle of 2 s holds 2 + 1.5 arrivals.
  const burst = open({process: 'burst', onPerSec: 2, offPerSec: 1.5, onNs: 1e9, offNs: 1e9, ratePerSec: 1.75})
  expect(instants(scheduleOf(burst, 1, 4e9)).map((ns) => ns / 1e9)).toEqual([
    0, 0.5, 1, 1.666666667, 2.25, 2.75, 3.333333333,
  ])
})

test('trace: as recorded, at the speed asked for, and over when it is over', () => {
  const traceNs = Float64Array.of(0, 10, 10, 1_000, 3_000)
  const trace = (speed: number) =>
    open({process: 'trace', path: 't.csv', sha256: '', arrivals: 5, durationNs: 3e3, speed})
  expect(instants(scheduleOf(trace(1), 1, 1e9, traceNs))).toEqual([0, 10, 10, 1_000, 3_000])
  expect(instants(scheduleOf(trace(3), 1, 1e9, traceNs))).toEqual([0, 3, 3, 333, 1_000])
  expect(instants(scheduleOf(trace(1), 1, 1_000, traceNs))).toEqual([0, 10, 10])
})

const processes = fc
  .oneof(
    fc.record({process: fc.constant('constant'), ratePerSec: fc.double({min: 0.5, max: 50_000, noNaN: true})}),
    fc.record({process: fc.constant('poisson'), ratePerSec: fc.double({min: 0.5, max: 50_000, noNaN: true})}),
    fc.record({
      process: fc.constant('stepped'),
      steps: fc.array(
        fc.record({
          ratePerSec: fc.double({min: 0, max: 20_000, noNaN: true}),
          durationNs: fc.integer({min: 1, max: 5e8}),
        }),
        {minLength: 1, maxLength: 6},
      ),
    }),
    fc.record({
      process: fc.constant('ramp'),
      fromPerSec: fc.double({min: 0, max: 20_000, noNaN: true}),
      toPerSec: fc.double({min: 1, max: 20_000, noNaN: true}),
    }),
    fc
      .record({
        ratePerSec: fc.double({min: 1, max: 20_000, noNaN: true}),
        share: fc.double({min: 0, max: 1, noNaN: true}),
      })
      .chain(({ratePerSec, share}) =>
        fc.record({
          process: fc.constant('sine'),
          ratePerSec: fc.constant(ratePerSec),
          amplitudePerSec: fc.constant(ratePerSec * share),
          periodNs: fc.integer({min: 1e6, max: 2e9}),
        }),
      ),
    fc.record({
      process: fc.constant('burst'),
      onPerSec: fc.double({min: 0, max: 20_000, noNaN: true}),
      offPerSec: fc.double({min: 0, max: 20_000, noNaN: true}),
      onNs: fc.integer({min: 1e5, max: 5e8}),
      offNs: fc.integer({min: 1e5, max: 5e8}),
    }),
  )
  .map(open)
const DURATION_NS = 1e9

test('of every process: ascending integers, and countBefore is the exact inverse', () => {
  fc.assert(
    fc.property(processes, fc.integer(), fc.double({min: 0, max: 1, noNaN: true}), (arrival, seed, share) => {
      const schedule = scheduleOf(arrival, seed, DURATION_NS)
      const all = instants(schedule)
      all.forEach((ns, index) => {
        if (!Number.isInteger(ns) || ns < (all[index - 1] ?? 0) || ns >= DURATION_NS) throw new Error(`${index}: ${ns}`)
      })
      const drawn = Math.floor(share * DURATION_NS)
      const some = [0, drawn, DURATION_NS, ...all.slice(0, 50), ...all.slice(-50)]
      for (const instantNs of some.flatMap((ns) => [ns, ns + 1])) {
        const expected = all.findIndex((ns) => ns >= instantNs)
        expect(schedule.countBefore(instantNs)).toBe(expected < 0 ? all.length : expected)
      }
    }),
    {numRuns: 200, seed: 4},
  )
})

test('of every process but Poisson: the count up to any instant is the integral of the rate, to one arrival', () => {
  fc.assert(
    fc.property(processes, fc.double({min: 0, max: 1, noNaN: true}), (arrival, share) => {
      fc.pre(arrival.process !== 'poisson')
      const schedule = scheduleOf(arrival, 1, DURATION_NS)
      const untilNs = Math.round(share * DURATION_NS)
      const off = schedule.countBefore(untilNs) - arrivalsUntil(arrival, untilNs, DURATION_NS)
      expect(off).toBeGreaterThan(-1e-3)
      expect(off).toBeLessThan(1 + 1e-3)
    }),
    {numRuns: 500, seed: 4},
  )
})

test('of every process: any order of asking gives what ascending asking gives', () => {
  fc.assert(
    fc.property(processes, fc.integer(), fc.array(fc.nat(), {maxLength: 200}), (arrival, seed, picks) => {
      const all = instants(scheduleOf(arrival, seed, DURATION_NS))
      fc.pre(all.length > 0)
      const fresh = scheduleOf(arrival, seed, DURATION_NS)
      for (const pick of picks) expect(fresh.intendedNs(pick % all.length)).toBe(all[pick % all.length])
    }),
    {numRuns: 200, seed: 5},
  )
})

test('however indices are dealt out to workers, all of them together send the same arrivals', () => {
  fc.assert(
    fc.property(processes, fc.integer(), fc.integer({min: 1, max: 5}), fc.nat(), (arrival, seed, workers, deal) => {
      const all = instants(scheduleOf(arrival, seed, DURATION_NS))
      const own = Array.from({length: workers}, () => scheduleOf(arrival, seed, DURATION_NS))
      const workerOf = (index: number) => ((index * 2_654_435_761 + deal) >>> 7) % workers
      const sent = own.flatMap((schedule, worker) =>
        Array.from({length: schedule.total}, (_, index) => index)
          .filter((index) => workerOf(index) === worker)
          .map((index) => schedule.intendedNs(index)),
      )
      expect(Float64Array.from(sent).sort()).toEqual(Float64Array.from(all))
    }),
    {numRuns: 50, seed: 6},
  )
})

test('warm-up: even at the mean rate, at the first rate of steps and ramps, Poisson with instants of its own', () => {
  const steps = [
    {ratePerSec: 10, durationNs: 1e9},
    {ratePerSec: 100, durationNs: 1e9},
  ]
  expect(warmUpPerSecOf(open({process: 'stepped', steps, ratePerSec: 55}))).toBe(10)
  expect(warmUpPerSecOf(open({process: 'ramp', fromPerSec: 7, toPerSec: 9}))).toBe(7)
  expect(warmUpScheduleOf(open({process: 'ramp', fromPerSec: 0, toPerSec: 9}), 1, 5e9).total).toBe(0)
  const burst = open({process: 'burst', onPerSec: 1_000, offPerSec: 0, onNs: 10e6, offNs: 90e6, ratePerSec: 100})
  expect(instants(warmUpScheduleOf(burst, 1, 50e6))).toEqual([0, 10e6, 20e6, 30e6, 40e6])
  const poisson = open({process: 'poisson'})
  expect(instants(warmUpScheduleOf(poisson, 1, 1e9)).slice(0, 9)).not.toEqual(
    instants(scheduleOf(poisson, 1, 1e9)).slice(0, 9),
  )
})

test('the measured phase begins with its own index 0; opening it moves nothing that was due before', () => {
  fc.assert(
    fc.property(processes, fc.integer(), fc.integer({min: 0, max: 3e8}), (arrival, seed, warmUpNs) => {
      const options = {seed, startNs: 12_345, warmUpNsMax: 3e8, measureNs: DURATION_NS}
      const schedule = phasedScheduleOf(arrival, options)
      expect(schedule.total).toBe(Number.POSITIVE_INFINITY)
      const fromNs = 12_345 + warmUpNs
      const before = Array.from({length: schedule.countBefore(fromNs)}, (_, index) => schedule.intendedNs(index))
      schedule.openWindow({fromNs})
      const main = instants(scheduleOf(arrival, seed, DURATION_NS)).map((ns) => fromNs + ns)
      expect(instants(schedule)).toEqual([...before, ...main])
      expect(schedule.countBefore(fromNs)).toBe(before.length)
      expect(schedule.countBefore(fromNs + DURATION_NS)).toBe(schedule.total)
      expect(before.every((ns) => ns >= 12_345 && ns < fromNs)).toBe(true)
    }),
    {numRuns: 100, seed: 7},
  )
})

test('before it is open, what follows the warm-up is not due before the warm-up can end', () => {
  const schedule = phasedScheduleOf(open({process: 'ramp', fromPerSec: 0, toPerSec: 10}), {
    seed: 1,
    startNs: 100,
    warmUpNsMax: 3e9,
    measureNs: 1e9,
  })
  expect(schedule.intendedNs(0)).toBe(100 + 3e9)
  schedule.openWindow({fromNs: 100 + 1e9})
  expect(schedule.intendedNs(0)).toBe(100 + 1e9)
})

test('a window that lies outside of the warm-up, or is opened again, is a bug', () => {
  const options = {seed: 1, startNs: 0, warmUpNsMax: 1e9, measureNs: 1e9}
  const schedule = phasedScheduleOf(open({process: 'constant'}), options)
  expect(() => schedule.openWindow({fromNs: 2e9})).toThrow('within the warm-up')
  schedule.openWindow({fromNs: 1e9})
  expect(() => schedule.openWindow({fromNs: 1e9})).toThrow('once')
})
