import fc from 'fast-check'
import {expect, test} from 'vitest'
import {scheduleOf, warmUpScheduleOf} from '../../src/load/schedule/schedule-of.ts'
import {type SimulatedLoad, simulateLoad} from '../../src/load/testing/simulate-load.ts'
import type {OpenArrival} from '../../src/model/arrival.ts'

// Whatever is asked for and whatever the target does: every arrival of the schedule is sent as it was
// due, and is accounted for exactly once.

const MEASURE_NS = 1e9
const WARM_UP_NS = 0.25e9

const arrivals: fc.Arbitrary<OpenArrival> = fc
  .oneof(
    fc.record({process: fc.constantFrom('constant', 'poisson'), ratePerSec: fc.integer({min: 20, max: 3_000})}),
    fc.record({
      process: fc.constant('burst'),
      ratePerSec: fc.integer({min: 20, max: 500}),
      onPerSec: fc.integer({min: 0, max: 4_000}),
      offPerSec: fc.integer({min: 0, max: 500}),
      onNs: fc.integer({min: 1e6, max: 2e8}),
      offNs: fc.integer({min: 1e6, max: 4e8}),
    }),
    fc.record({
      process: fc.constant('ramp'),
      ratePerSec: fc.constant(1_000),
      fromPerSec: fc.integer({min: 0, max: 2_000}),
      toPerSec: fc.integer({min: 1, max: 2_000}),
    }),
  )
  .chain((process) =>
    fc
      .option(fc.integer({min: 1, max: 8}), {nil: undefined})
      .map(
        (bound) =>
          ({model: 'open', ...process, ...(bound !== undefined && {inFlightBatchesMax: bound})}) as OpenArrival,
      ),
  )

const loads: fc.Arbitrary<SimulatedLoad> = fc.record({
  arrival: arrivals,
  batchMessages: fc.integer({min: 1, max: 20}),
  seed: fc.nat(),
  warmUpNs: fc.constant(WARM_UP_NS),
  measureNs: fc.constant(MEASURE_NS),
  drainNsMax: fc.integer({min: 1e6, max: 2e8}),
  turnNs: fc.constant(50_000),
  server: fc.record({
    serviceNs: fc.integer({min: 1_000, max: 3e6}),
    stalls: fc.array(
      fc
        .record({
          fromNs: fc.integer({min: 0, max: 1.5e9}),
          lastsNs: fc.oneof(fc.integer({min: 1, max: 5e8}), fc.constant(1e15)),
        })
        .map(({fromNs, lastsNs}) => ({fromNs, toNs: fromNs + lastsNs})),
      {maxLength: 3},
    ),
    refuses: fc.oneof(
      fc.constant(() => false),
      fc.integer({min: 7, max: 50}).map((every) => (batch: number) => batch % every === 3),
    ),
  }),
})

test('scheduled = acked + errors + unfinished, in counters, histograms and seconds', async () => {
  await fc.assert(
    fc.asyncProperty(loads, async (load) => {
      const {outcome} = await simulateLoad(load)
      const {counters, times, timeline, pacing} = outcome
      const {scheduled, sent, acked, errors, unfinished} = counters
      expect(outcome.outcome).toBe('completed')
      expect(scheduled).toBe(scheduleOf(load.arrival, load.seed!, MEASURE_NS).total)
      expect(acked + errors + unfinished).toBe(scheduled)
      expect(sent).toBeGreaterThanOrEqual(acked + errors)
      expect(sent).toBeLessThanOrEqual(scheduled)
      expect(times.responseTime).toMatchObject({count: scheduled, censoredCount: errors + unfinished})
      expect(times.serviceTime).toMatchObject({count: sent})
      expect(times.pacingLateness!.count).toBe(scheduled)
      expect(timeline.perSecond.reduce((sum, second) => sum + second.count, 0)).toBe(scheduled)
      expect(pacing!.offered).toBe(scheduled)
      expect(counters).toMatchObject({lost: 0, duplicated: 0, reordered: 0})
    }),
    {numRuns: 60, seed: 21},
  )
})

test('the target gets the arrivals of the schedule, in their order, whatever it does', async () => {
  await fc.assert(
    fc.asyncProperty(loads, async (load) => {
      const {truths, fromNs} = await simulateLoad(load)
      const startNs = fromNs - WARM_UP_NS
      const warmUp = warmUpScheduleOf(load.arrival, load.seed!, WARM_UP_NS)
      const main = scheduleOf(load.arrival, load.seed!, MEASURE_NS)
      truths.forEach(({intendedNs, sentNs}, index) => {
        const expectedNs =
          index < warmUp.total ? startNs + warmUp.intendedNs(index) : fromNs + main.intendedNs(index - warmUp.total)
        expect(intendedNs).toBe(expectedNs)
        expect(sentNs).toBeGreaterThanOrEqual(intendedNs)
      })
    }),
    {numRuns: 60, seed: 22},
  )
})
