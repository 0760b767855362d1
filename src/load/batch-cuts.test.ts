import {expect, test} from 'vitest'
import {BatchCuts} from './batch-cuts.ts'
import {PhasedSchedule} from './schedule/phased.ts'
import {firstNotBefore, type Schedule} from './schedule/schedule.ts'

const at = (...instants: number[]): Schedule => ({
  total: instants.length,
  intendedNs: (index) => instants[index]!,
  countBefore: (ns) => firstNotBefore(instants.length, (index) => instants[index]!, ns),
})

/** [first, count, due] of every batch up to the end. */
function cutsOf(schedule: Schedule, messages: number, timeoutNs?: number): number[][] {
  const cuts = new BatchCuts(schedule, messages, timeoutNs)
  const found: number[][] = []
  while (cuts.first < schedule.total) {
    found.push([cuts.first, cuts.count, cuts.dueNs])
    cuts.pass()
  }
  return found
}

const instants = [0, 10, 20, 30, 100, 101, 102, 103, 104, 300]

test('without a timeout a batch leaves when it is full, and the last one with the last message', () => {
  expect(cutsOf(at(...instants), 4)).toEqual([
    [0, 4, 30],
    [4, 4, 103],
    [8, 2, 300],
  ])
})

test('with a timeout a batch leaves when it is full or so long after its first message was due', () => {
  // 0, 10 and 20 are there at 25, when nobody knows of the fourth; 30 waits for itself until 55.
  expect(cutsOf(at(...instants), 4, 25)).toEqual([
    [0, 3, 25],
    [3, 1, 55],
    [4, 4, 103],
    [8, 1, 129],
    [9, 1, 300], // the last: nothing can follow it
  ])
  expect(cutsOf(at(...instants), 4, 30)[0]).toEqual([0, 4, 30]) // the fourth comes in the last instant
  expect(cutsOf(at(5, 5, 7), 10, 0)).toEqual([
    [0, 2, 5],
    [2, 1, 7],
  ])
})

test('batches are numbered alike by who passes them and by who looks ahead', () => {
  const schedule = at(...instants)
  const cuts = new BatchCuts(schedule, 4, 25)
  const numbers = instants.map((_, arrival) => cuts.indexOf(arrival))
  expect(numbers).toEqual([0, 0, 0, 1, 2, 2, 2, 2, 3, 4])
  expect(instants.map((_, arrival) => cuts.endOf(arrival))).toEqual([3, 3, 3, 4, 8, 8, 8, 8, 9, 10])
})

test('no batch reaches over the start of the measured phase, whoever knew of it and when', () => {
  const opened = () => {
    const schedule = new PhasedSchedule(0, 1000, at(0, 10, 20, 30, 40, 50, 60), at(0, 10, 20, 30))
    return {schedule, open: () => schedule.openWindow({fromNs: 35})}
  }
  const late = opened()
  late.open()
  const fresh = new BatchCuts(late.schedule, 3, 100)
  fresh.reopen(4)
  const expected = [0, 1, 2, 3].map(() => {
    const cut = [fresh.index, fresh.first, fresh.count, fresh.dueNs]
    fresh.pass()
    return cut
  })
  expect(expected).toEqual([
    [0, 0, 3, 20],
    [1, 3, 1, 30], // arrival 4 would have joined it at 40; now the measured phase begins with it
    [2, 4, 3, 55],
    [3, 7, 1, 65],
  ])
  for (const [passed, built] of [
    [0, 0],
    [1, 1],
    [2, 1], // another worker's batch was passed over, cut before the window was known
    [2, 2], // and here it was built: this worker slept
  ] as const) {
    const {schedule, open} = opened()
    const cuts = new BatchCuts(schedule, 3, 100)
    for (let batch = 0; batch < passed; batch += 1) {
      if (batch < built) cuts.build()
      else cuts.pass()
    }
    open()
    cuts.reopen(4)
    const rest = expected.slice(cuts.index)
    expect(cuts.index).toBe(built === 2 ? 2 : built)
    for (const cut of rest) {
      expect([cuts.index, cuts.first, cuts.count, cuts.dueNs]).toEqual(cut)
      cuts.pass()
    }
  }
})
