import {expect, test} from 'vitest'
import {StreambusError} from '../base/errors.ts'
import type {PacingSeen, TimeSummary} from '../model/sample.ts'
import {ClosedLoop} from './closed-loop.ts'
import type {Lane} from './flight.ts'
import {FlightPool} from './flight-pool.ts'
import {randomPayload} from './message/payload-source.ts'
import {OpenLoop} from './open-loop.ts'
import {Recorder, type RecorderResult} from './recorder.ts'
import {constantSchedule} from './schedule/constant.ts'
import {SequenceLedger} from './sequence-ledger.ts'
import {SimulatedProducer, type Stall, type Truth} from './testing/simulated-producer.ts'
import {VirtualTurns} from './testing/virtual-turns.ts'

// A run of 1 s of warm-up and 9 s of measuring on a virtual clock, against one server.

const WINDOW = {fromNs: 1e9, toNs: 10e9}
const TURN_NS = 5_000

interface Case {
  readonly ratePerSec?: number // absent: a closed loop
  readonly batchMessages: number
  readonly serviceNs: number
  readonly stalls?: readonly Stall[]
  readonly inFlight?: number
}

interface Simulated {
  readonly result: RecorderResult
  readonly truths: readonly Truth[]
  readonly pacing: PacingSeen | undefined
}

function simulate(options: Case): Simulated {
  const turns = new VirtualTurns(TURN_NS)
  const producer = new SimulatedProducer(turns, options.serviceNs, options.stalls ?? [])
  const lanes: Lane[] = [{stream: 0, producerIndex: 0, partition: 0, producer, nextSequence: 0}]
  const pool = new FlightPool(lanes, options.batchMessages, 16, randomPayload(1))
  const schedule = options.ratePerSec === undefined ? undefined : constantSchedule(options.ratePerSec, WINDOW.toNs)
  const recorder = new Recorder({
    window: WINDOW,
    topNs: 60e9,
    ...(schedule === undefined ? {} : {schedule}),
    hasConsumers: false,
    isLedgerOn: true,
  })
  const parts = {turns, lanes, pool, recorder, ledger: new SequenceLedger([0]), onError: () => {}}
  const {batchMessages, inFlight} = options
  const open =
    schedule === undefined
      ? undefined
      : new OpenLoop(parts, {schedule, window: WINDOW, batchMessages, inFlightBatchesMax: inFlight})
  const generator = open ?? new ClosedLoop(parts, {window: WINDOW, batchMessages, inFlightBatches: inFlight ?? 1})
  generator.start()
  turns.run(20e9)
  expect(generator.inFlight).toBe(0)
  const pacing = open?.finish(recorder.lateness, WINDOW.toNs)
  return {result: recorder.finish(WINDOW.toNs), truths: producer.truths, pacing}
}

function expectExact(time: TimeSummary | undefined, values: readonly number[]): void {
  const sorted = values.toSorted((a, b) => a - b)
  // The nearest rank, ceil(p n / 100); less what the division may be too high by.
  const exact = (percentile: number) => sorted[Math.max(1, Math.ceil((percentile * sorted.length) / 100 - 1e-7)) - 1]!
  expect(time?.count).toBe(sorted.length)
  expect(time?.minNs).toBe(sorted[0])
  expect(time?.maxNs).toBe(sorted.at(-1))
  for (const [percentile, value] of [
    [50, time!.p50Ns],
    [95, time!.p95Ns],
    [99, time!.p99Ns],
    [99.9, time!.p999Ns],
  ] as const) {
    expect(Math.abs(value - exact(percentile))).toBeLessThanOrEqual(Math.max(1, exact(percentile) * 0.001))
  }
}

function measured(truths: readonly Truth[]): Truth[] {
  return truths.filter(({intendedNs}) => intendedNs >= WINDOW.fromNs && intendedNs < WINDOW.toNs)
}

const everySecond = Array.from({length: 10}, (_, second) => ({
  fromNs: second * 1e9 + 0.3e9,
  toNs: second * 1e9 + 0.45e9,
}))

test.each([
  ['unbatched', {ratePerSec: 2_000, batchMessages: 1, serviceNs: 200_000, stalls: everySecond}],
  ['in batches of 10', {ratePerSec: 20_000, batchMessages: 10, serviceNs: 300_000, stalls: everySecond}],
  ['in batches of 7 at an odd rate, the last one short', {ratePerSec: 999.7, batchMessages: 7, serviceNs: 1_000_000}],
])('response and service time agree with the exact values, %s', (_, options) => {
  const {result, truths} = simulate(options)
  const inWindow = measured(truths)
  expectExact(
    result.times.responseTime,
    inWindow.map(({intendedNs, ackedNs}) => ackedNs - intendedNs),
  )
  expectExact(
    result.times.serviceTime,
    inWindow.map(({sentNs, ackedNs}) => ackedNs - sentNs),
  )
  expect(result.counts).toMatchObject({
    scheduled: inWindow.length,
    sent: inWindow.length,
    acked: inWindow.length,
    unfinished: 0,
  })
})

test('the parts of the response time add up to it', () => {
  const {result} = simulate({
    ratePerSec: 20_000,
    batchMessages: 10,
    serviceNs: 300_000,
    stalls: everySecond,
    inFlight: 3,
  })
  const {responseTime, pacingLateness, batchingDelay, blockedTime, serviceTime} = result.times
  const parts = [pacingLateness, batchingDelay, blockedTime, serviceTime].map((time) => time!.meanNs)
  const sum = parts.reduce((total, part) => total + part, 0)
  expect(Math.abs(sum - responseTime!.meanNs)).toBeLessThan(5) // each mean is rounded to 1 ns
})

// The 2,000 messages due during the stall wait 2 s to 0 s; with 4 batches in flight at most, only those
// 4 can show it in service time, and the time of the others before they were sent is blocked time.
test('a stall of 2 s moves no intended send: response time shows it, service time does not', () => {
  const stalls = [{fromNs: 4e9, toNs: 6e9}]
  const {result, truths} = simulate({ratePerSec: 1_000, batchMessages: 1, serviceNs: 100_000, stalls, inFlight: 4})
  const {responseTime, serviceTime, blockedTime, pacingLateness} = result.times
  const inWindow = measured(truths)
  expect(inWindow.map(({intendedNs}) => intendedNs)).toEqual(
    Array.from({length: 9_000}, (_, index) => 1e9 + index * 1e6),
  )
  expect(responseTime!.maxNs / 1e9).toBeCloseTo(2, 2)
  expect(responseTime!.p95Ns / 1e9).toBeGreaterThan(1.5)
  expect(serviceTime!.p99Ns).toBeLessThan(1e6)
  expect(blockedTime!.p95Ns / 1e9).toBeGreaterThan(1.4)
  expect(pacingLateness!.maxNs).toBeLessThanOrEqual(2 * TURN_NS)
})

test('without a bound in flight everything due is sent during the stall', () => {
  const stalls = [{fromNs: 4e9, toNs: 6e9}]
  const {result} = simulate({ratePerSec: 1_000, batchMessages: 1, serviceNs: 100_000, stalls})
  expect(result.times.blockedTime!.maxNs).toBe(0)
  expect(result.times.serviceTime!.maxNs / 1e9).toBeCloseTo(2, 2)
  expect(result.timeline.sent.slice(30, 50)).toEqual(Array<number>(20).fill(100))
  expect(result.timeline.acked.slice(31, 50)).toEqual(Array<number>(19).fill(0))
  expect(result.timeline.responseMaxNs[30]! / 1e9).toBeCloseTo(2, 2)
  expect(result.timeline.responseMaxNs[20]!).toBeLessThan(1e6)
})

test('the seconds of the timeline add up to the whole', () => {
  const {result} = simulate({ratePerSec: 2_000, batchMessages: 1, serviceNs: 200_000, stalls: everySecond})
  expect(result.timeline.perSecond).toHaveLength(9)
  expect(result.timeline.perSecond.map(({count}) => count)).toEqual(Array<number>(9).fill(2_000))
  expect(Math.max(...result.timeline.perSecond.map(({maxNs}) => maxNs))).toBe(result.times.responseTime!.maxNs)
  expect(result.timeline.acked).toHaveLength(90)
})

test('pacing at 1,000/s sends one arrival a turn, a turn late at most', () => {
  const {result, pacing} = simulate({ratePerSec: 1_000, batchMessages: 1, serviceNs: 1_000})
  expect(result.times.pacingLateness!.maxNs).toBeLessThanOrEqual(2 * TURN_NS)
  expect(pacing).toMatchObject({offered: 9_000, built: 9_000, arrivalsPerTurnMax: 1})
})

test('a closed loop waits with its target: service time once a batch, no response time', () => {
  const stalls = [{fromNs: 4e9, toNs: 6e9}]
  const {result, truths} = simulate({batchMessages: 10, serviceNs: 1_000_000, inFlight: 2, stalls})
  const inWindow = measured(truths)
  expect(Object.keys(result.times).toSorted()).toEqual(['blockedTime', 'serviceTime'])
  expectExact(
    result.times.serviceTime,
    inWindow.map(({sentNs, ackedNs}) => ackedNs - sentNs),
  )
  // 7 s of serving 10 messages a ms; two batches more or less at the ends.
  expect(Math.abs(result.counts.acked - 70_000)).toBeLessThanOrEqual(20)
  expect(result.times.serviceTime!.p99Ns / 2e6).toBeCloseTo(1, 3)
})

test('what is never answered is censored at the end of the drain', () => {
  const turns = new VirtualTurns(TURN_NS)
  const producer = new SimulatedProducer(turns, 1_000, [{fromNs: 8e9, toNs: 1e15}])
  const lanes: Lane[] = [{stream: 0, producerIndex: 0, partition: 0, producer, nextSequence: 0}]
  const pool = new FlightPool(lanes, 1, 16, randomPayload(1))
  const schedule = constantSchedule(100, WINDOW.toNs)
  const recorder = new Recorder({window: WINDOW, topNs: 60e9, schedule, hasConsumers: false, isLedgerOn: true})
  const parts = {turns, lanes, pool, recorder, ledger: new SequenceLedger([0]), onError: () => {}}
  const generator = new OpenLoop(parts, {schedule, window: WINDOW, batchMessages: 1, inFlightBatchesMax: undefined})
  generator.start()
  turns.run(12e9)
  for (const flight of pool.flights) if (flight.isUnderWay) recorder.unfinished(flight, 12e9)
  const {times, counts} = recorder.finish(WINDOW.toNs)
  // 200 messages from 8 s to 10 s; the first of them has waited 4 s when the drain ends.
  expect(counts).toMatchObject({scheduled: 900, sent: 900, acked: 700, unfinished: 200})
  expect(times.responseTime).toMatchObject({count: 900, censoredCount: 200, maxNs: 4e9})
  expect(times.serviceTime!.censoredCount).toBe(200)
})

test('a refused batch is censored at the end of the drain, not left out', () => {
  const turns = new VirtualTurns(TURN_NS)
  const producer = new SimulatedProducer(turns, 1_000, [])
  const lanes: Lane[] = [{stream: 0, producerIndex: 0, partition: 0, producer, nextSequence: 0}]
  const sendBatch = producer.sendBatch.bind(producer)
  producer.sendBatch = (batch, done) => {
    const isRefused = turns.nowNs() >= 9e9
    sendBatch(batch, (answered) =>
      done(answered, isRefused ? new StreambusError('SB_REQUEST_REFUSED', 'No.') : undefined),
    )
  }
  const pool = new FlightPool(lanes, 1, 16, randomPayload(1))
  const schedule = constantSchedule(100, WINDOW.toNs)
  const recorder = new Recorder({window: WINDOW, topNs: 60e9, schedule, hasConsumers: false, isLedgerOn: true})
  const parts = {turns, lanes, pool, recorder, ledger: new SequenceLedger([0]), onError: () => {}}
  new OpenLoop(parts, {schedule, window: WINDOW, batchMessages: 1, inFlightBatchesMax: undefined}).start()
  turns.run(12e9)
  recorder.closeFailed(12e9)
  const {times, counts} = recorder.finish(WINDOW.toNs)
  // The 100 messages of the last second; the first of them was due 3 s before the drain ended.
  expect(counts).toMatchObject({scheduled: 900, sent: 900, acked: 800, errors: 100, unfinished: 0})
  expect(times.responseTime).toMatchObject({count: 900, censoredCount: 100, maxNs: 3e9})
  expect(times.responseTime!.p95Ns).toBeGreaterThan(2e9)
  expect(times.serviceTime).toMatchObject({count: 900, censoredCount: 100})
})

/** An open loop at 100/s whose memory holds 50 batches of one message, against a target that stalls. */
function pacingInStall(stall: Stall): PacingSeen {
  const turns = new VirtualTurns(1e6)
  const producer = new SimulatedProducer(turns, 1_000, [stall])
  const lanes: Lane[] = [{stream: 0, producerIndex: 0, partition: 0, producer, nextSequence: 0}]
  const pool = new FlightPool(lanes, 1, 16, randomPayload(1), 50 * 16)
  const schedule = constantSchedule(100, WINDOW.toNs)
  const recorder = new Recorder({window: WINDOW, topNs: 60e9, schedule, hasConsumers: false, isLedgerOn: true})
  const parts = {turns, lanes, pool, recorder, ledger: new SequenceLedger([0]), onError: () => {}}
  const loop = new OpenLoop(parts, {schedule, window: WINDOW, batchMessages: 1, inFlightBatchesMax: undefined})
  loop.start()
  turns.run(20e9)
  const pacing = loop.finish(recorder.lateness, WINDOW.toNs)
  recorder.finish(WINDOW.toNs)
  return pacing
}

test('waits for memory in the warm-up are forgotten', () => {
  expect(pacingInStall({fromNs: 0, toNs: 0.9e9})).toMatchObject({waitsForMemory: 0, heldArrivals: 0})
})

test('messages that were due while memory was full are counted once each', () => {
  // Due from 4 s to 6 s: 200, of which the first 50 have room.
  const {heldArrivals, waitsForMemory} = pacingInStall({fromNs: 4e9 - 1, toNs: 6e9 - 1})
  expect(waitsForMemory).toBeGreaterThan(150)
  expect(Math.abs(heldArrivals - 150)).toBeLessThanOrEqual(2)
})

test('a closed loop keeps in flight what memory has room for, and says what is missing', () => {
  const turns = new VirtualTurns(TURN_NS)
  const producer = new SimulatedProducer(turns, 1e6, [])
  const lanes: Lane[] = [0, 1, 2].map((stream) => ({
    stream,
    producerIndex: 0,
    partition: stream,
    producer,
    nextSequence: 0,
  }))
  const pool = new FlightPool(lanes, 10, 16, randomPayload(1), 2 * 160)
  const recorder = new Recorder({window: WINDOW, topNs: 60e9, hasConsumers: false, isLedgerOn: true})
  const parts = {turns, lanes, pool, recorder, ledger: new SequenceLedger([0, 1, 2]), onError: () => {}}
  const loop = new ClosedLoop(parts, {window: WINDOW, batchMessages: 10, inFlightBatches: 5})
  loop.start()
  turns.run(5e9)
  expect([loop.missingBatches, loop.askedBatches, loop.inFlight]).toEqual([3, 5, 20])
  loop.stop()
  turns.run(12e9)
  recorder.finish(WINDOW.toNs)
})
