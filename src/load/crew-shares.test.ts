import fc from 'fast-check'
import {expect, test} from 'vitest'
import {PackedBatch} from '../drivers/memory/packed-batch.ts'
import {maySpin, workerOfConsumer, workerOfLane, workersFor, workersMax} from './crew-shares.ts'
import type {Lane} from './flight.ts'
import {FlightPool} from './flight-pool.ts'
import {randomPayload} from './message/payload-source.ts'
import {intendedNsAt} from './message-stamp.ts'
import {OpenLoop} from './open-loop.ts'
import {mergePacing} from './pacing-report.ts'
import {Recorder} from './recorder.ts'
import {mergeRecorded, type RecorderReport} from './recorder-report.ts'
import type {Schedule} from './schedule/schedule.ts'
import {firstNotBefore} from './schedule/schedule.ts'
import {SequenceLedger} from './sequence-ledger.ts'
import {workloadOf} from './testing/outcomes.ts'
import {VirtualTurns} from './testing/virtual-turns.ts'

interface Shape {
  readonly producers: number
  readonly partitions: number
  readonly batchMessages: number
  readonly batchTimeoutNs?: number | undefined
  readonly instants: readonly number[] // ascending
}

const WINDOW = {fromNs: 40e6, toNs: 200e6}

function scheduleOf(instants: readonly number[]): Schedule {
  const intendedNs = (index: number) => instants[index] ?? Number.POSITIVE_INFINITY
  const total = instants.length
  return {total, intendedNs, countBefore: (instantNs) => firstNotBefore(total, intendedNs, instantNs)}
}

/** What one worker of several sends, on a clock of its own, and what its recorders have of it. */
function runWorker(shape: Shape, worker: number, workers: number) {
  const {producers, partitions, batchMessages, batchTimeoutNs, instants} = shape
  const turns = new VirtualTurns(5_000)
  const sent: string[] = []
  const laneCount = Math.max(producers, partitions)
  const lanes: Lane[] = []
  for (let stream = 0; stream < laneCount; stream += 1) {
    if (workerOfLane(stream, producers, workers) !== worker) continue
    const lane: Lane = {
      stream,
      producerIndex: stream % producers,
      partition: stream % partitions,
      nextSequence: 0,
      producer: {
        allocate: (capacity, valueBytes, keyBytes = 0) => new PackedBatch(capacity, valueBytes, keyBytes),
        writable: true,
        queuedBytes: 0,
        sendBatch(batch, done) {
          batch.sentNs = turns.nowNs()
          for (const start of batch.valueStart.subarray(0, batch.count)) {
            sent.push(`${stream}:${intendedNsAt(batch.view, start)}`)
          }
          turns.at(batch.sentNs + 1_000 * (stream + 1), () => {
            batch.ackedNs = turns.nowNs()
            done(batch, undefined)
          })
        },
        async close() {},
      },
    }
    lanes.push(lane)
  }
  const schedule = scheduleOf(instants)
  const recorder = new Recorder({window: WINDOW, topNs: 60e9, schedule, hasConsumers: false, isLedgerOn: true})
  const partitionsOf = Array.from({length: laneCount}, (_, stream) => stream % partitions)
  const ledger = new SequenceLedger(partitionsOf)
  const pool = new FlightPool(lanes, batchMessages, 16, randomPayload(1, 1 << 16))
  const parts = {turns, lanes, laneCount, pool, recorder, ledger, onError: () => {}}
  const loop = new OpenLoop(parts, {
    schedule,
    window: WINDOW,
    batchMessages,
    batchTimeoutNs,
    inFlightBatchesMax: undefined,
  })
  loop.start()
  turns.run(1e9)
  const pacing = loop.report(WINDOW.toNs)
  return {sent, recorded: recorder.report(WINDOW.toNs), pacing, ledger: ledger.report(), partitionsOf}
}

const shapes = fc.record({
  producers: fc.integer({min: 1, max: 5}),
  partitions: fc.integer({min: 1, max: 5}),
  batchMessages: fc.integer({min: 1, max: 7}),
  batchTimeoutNs: fc.option(fc.integer({min: 0, max: WINDOW.toNs / 4}), {nil: undefined}),
  instants: fc
    .array(fc.integer({min: 0, max: WINDOW.toNs - 1}), {minLength: 1, maxLength: 200})
    .map((instants) => instants.toSorted((a, b) => a - b)),
})

test('two and three workers together send, record and acknowledge what one does, message for message', () => {
  fc.assert(
    fc.property(shapes, fc.integer({min: 2, max: 3}), (shape, workers) => {
      const count = Math.min(workers, Math.max(shape.producers, shape.partitions))
      const one = runWorker(shape, 0, 1)
      const all = Array.from({length: count}, (_, worker) => runWorker(shape, worker, count))
      expect(all.flatMap(({sent}) => sent).toSorted()).toEqual(one.sent.toSorted())
      expect(all.reduce((sum, {pacing}) => sum + pacing.offered, 0)).toBe(one.pacing.offered)

      const merged = mergeRecorded(all.map(({recorded}) => recorded))
      const single = mergeRecorded([one.recorded])
      expect(merged.counts).toEqual(single.counts)
      expect(merged.times.responseTime!.count).toBe(single.times.responseTime!.count)
      expect(merged.timeline.sent.reduce((a, b) => a + b, 0)).toBe(single.timeline.sent.reduce((a, b) => a + b, 0))

      const acked = (reports: typeof all) => {
        const ledger = new SequenceLedger(one.partitionsOf)
        for (const report of reports) ledger.absorb(report.ledger)
        return ledger.report().streams.map(({acked, measuredFrom}) => ({acked: [...acked], measuredFrom}))
      }
      expect(acked(all)).toEqual(acked([one]))
    }),
    {numRuns: 60},
  )
})

/** One recorder for all, and one for each part, are told the same times. */
test('merged histograms are those of one recorder that saw everything', () => {
  const times = fc.array(fc.tuple(fc.integer({min: 0, max: 2}), fc.integer({min: 1, max: 5e9})), {minLength: 1})
  fc.assert(
    fc.property(times, (events) => {
      const recorder = () => new Recorder({window: WINDOW, topNs: 60e9, hasConsumers: true, isLedgerOn: true})
      const whole = recorder()
      const parts = [recorder(), recorder(), recorder()]
      for (const [worker, ns] of events) {
        const at = WINDOW.fromNs + (ns % 160e6)
        whole.received(at, at + ns, 2)
        parts[worker]!.received(at, at + ns, 2)
      }
      const reports: RecorderReport[] = parts.map((part) => part.report(WINDOW.toNs))
      expect(mergeRecorded(reports)).toEqual(mergeRecorded([whole.report(WINDOW.toNs)]))
    }),
    {numRuns: 20},
  )
})

test('pacing of several workers: counts are sums, the largest turn is that of any', () => {
  const shape = {producers: 4, partitions: 4, batchMessages: 1, instants: [41e6, 42e6, 43e6, 44e6]}
  const all = [runWorker(shape, 0, 2), runWorker(shape, 1, 2)]
  const {times} = mergeRecorded(all.map(({recorded}) => recorded))
  expect(times.pacingLateness!.count).toBe(4)
  const lateness = new Recorder({window: WINDOW, topNs: 60e9, hasConsumers: false, isLedgerOn: true}).lateness
  const seen = mergePacing(
    all.map(({pacing}) => pacing),
    lateness,
  )
  expect(seen).toMatchObject({offered: 4, built: 4, arrivalsPerTurnMax: 1})
})

test('a producer keeps its lanes together while there are enough producers', () => {
  expect([0, 1, 2, 3, 4, 5].map((stream) => workerOfLane(stream, 2, 2))).toEqual([0, 1, 0, 1, 0, 1])
  expect([0, 1, 2, 3, 4, 5].map((stream) => workerOfLane(stream, 2, 3))).toEqual([0, 1, 2, 0, 1, 2])
  expect([0, 1, 2, 3].map((consumer) => workerOfConsumer(consumer, 3))).toEqual([2, 1, 0, 2])
})

test('workers: one on two cores; what the rate takes on more; never more than lanes or, bounded, producers', () => {
  const wide = (arrival: Parameters<typeof workloadOf>[0]) => {
    const workload = workloadOf(arrival)
    return {...workload, topology: {...workload.topology, producers: 3, partitions: 8}}
  }
  const fast = wide({model: 'open', process: 'constant', ratePerSec: 3_000_000}) // batches of 10: 300,000 a second
  expect(workersFor(fast, 2)).toBe(1)
  expect(workersFor(fast, 16)).toBe(6)
  expect(workersFor(fast, 6)).toBe(4)
  expect(workersMax(fast)).toBe(8)
  expect(workersMax(wide({model: 'open', process: 'constant', ratePerSec: 1, inFlightBatchesMax: 4}))).toBe(3)
  expect(workersFor(wide({model: 'closed', inFlightBatches: 8}), 16)).toBe(3)
  expect([0, 1, 2].map((worker) => maySpin(worker, 2))).toEqual([true, false, false])
  expect(maySpin(0, 1)).toBe(true)
})
