import {expect, test} from 'vitest'
import type {Lane} from './flight.ts'
import {FlightPool} from './flight-pool.ts'
import {MeasuredWindow} from './measured-window.ts'
import {randomPayload} from './message/payload-source.ts'
import {OpenLoop} from './open-loop.ts'
import {Recorder} from './recorder.ts'
import {openWindow} from './running.ts'
import {constantSchedule} from './schedule/constant.ts'
import {PhasedSchedule} from './schedule/phased.ts'
import {SequenceLedger} from './sequence-ledger.ts'
import {SimulatedProducer} from './testing/simulated-producer.ts'
import {VirtualTurns} from './testing/virtual-turns.ts'

/** 1 s of measuring at 1,000/s in batches of 10, opened at `openedAtNs` to begin at `fromNs`. */
function opened(openedAtNs: number, fromNs: number) {
  const turns = new VirtualTurns(5_000)
  const producer = new SimulatedProducer(turns, 100_000, [])
  const lanes: Lane[] = [{stream: 0, producerIndex: 0, partition: 0, producer, nextSequence: 0}]
  const pool = new FlightPool(lanes, 10, 16, randomPayload(1, 1 << 16))
  const schedule = new PhasedSchedule(0, 2e9, constantSchedule(1_000, 2e9), constantSchedule(1_000, 1e9))
  const window = new MeasuredWindow()
  const options = {topNs: 60e9, schedule, hasConsumers: false, isLedgerOn: true, rehearseFromNs: 0}
  const recorder = new Recorder({...options, window, windowNsMax: 1e9, warmUpNsMax: 2e9})
  const ledger = new SequenceLedger([0])
  const parts = {turns, lanes, pool, recorder, ledger, onError: () => {}}
  const generator = new OpenLoop(parts, {schedule, window, batchMessages: 10, inFlightBatchesMax: undefined})
  generator.start()
  turns.at(openedAtNs, () => {
    openWindow({...parts, schedule, window, generator}, {fromNs, toNs: fromNs + 1e9})
  })
  turns.run(5e9)
  const pacing = generator.finish(recorder.lateness, fromNs + 1e9)
  const {measuredFrom, acked} = ledger.report().streams[0]!
  const {counts, times, timeline} = recorder.finish(fromNs + 1e9)
  return {pacing, counts, times, timeline, measuredFrom, acked: [...acked]}
}

test('a window opened ahead of its start measures the whole process and nothing of the warm-up', () => {
  const {pacing, counts, times, timeline, measuredFrom, acked} = opened(0.45e9, 0.503e9)
  expect(counts).toMatchObject({scheduled: 1_000, sent: 1_000, acked: 1_000, errors: 0})
  expect(pacing).toMatchObject({offered: 1_000, built: 1_000})
  expect(times.responseTime!.count).toBe(1_000)
  expect(timeline.perSecond[0]!.count).toBe(1_000)
  // Arrivals at 0, 1, ..., 502 ms are warm-up.
  expect(measuredFrom).toBe(503)
  expect(acked).toEqual([0, 1_503])
})

test('a worker that hears of the window too late still sends the whole process, late, and says so', () => {
  const {pacing, counts, times} = opened(0.6e9, 0.5e9)
  expect(counts).toMatchObject({scheduled: 1_000, acked: 1_000, unfinished: 0})
  expect(pacing).toMatchObject({offered: 1_000, built: 1_000})
  expect(times.pacingLateness!.maxNs).toBeGreaterThan(80e6)
})
