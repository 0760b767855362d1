import fc from 'fast-check'
import {expect, test} from 'vitest'
import {type SequenceCounts, SequenceLedger} from './sequence-ledger.ts'

const fromStart = () => 0

function ledgerOf(acked: number, receipts: [first: number, count: number][]): SequenceLedger {
  const ledger = new SequenceLedger([0])
  ledger.measureFrom(0, 0)
  ledger.acked(0, 0, acked)
  for (const [first, count] of receipts) ledger.received(0, 0, first, count)
  return ledger
}

test('a run without a fault', () => {
  const ledger = ledgerOf(300, [
    [0, 100],
    [100, 100],
    [200, 100],
  ])
  expect(ledger.counts(fromStart, () => 300)).toEqual({received: 300, lost: 0, expired: 0, duplicated: 0, reordered: 0})
})

// Sent 0..9. Arrived: 0 1 2 | 5 6 | 3 (late) | 5 (again) | 8 | 3 (again). Missing: 4, 7, 9.
test('loss, a late one, and two that came twice', () => {
  const ledger = ledgerOf(10, [
    [0, 3],
    [5, 2],
    [3, 1],
    [5, 1],
    [8, 1],
    [3, 1],
  ])
  expect(ledger.counts(fromStart, () => 10)).toEqual({received: 7, lost: 3, expired: 0, duplicated: 2, reordered: 1})
})

test('what was received but never acknowledged is not lost, and what was neither is not either', () => {
  const ledger = new SequenceLedger([0])
  ledger.measureFrom(0, 0)
  ledger.acked(0, 0, 5)
  ledger.received(0, 0, 0, 8) // 5..7: the answer was lost, the messages were not
  expect(ledger.counts(fromStart, () => 8)).toMatchObject({received: 8, lost: 0})
})

test('only the measured phase is counted', () => {
  const ledger = new SequenceLedger([0])
  ledger.acked(0, 0, 30)
  ledger.measureFrom(0, 10)
  ledger.measureTo(0, 20)
  for (const [first, count] of [
    [0, 5],
    [6, 6],
    [13, 17],
    [12, 1],
    [3, 1],
    [29, 1],
  ] as const)
    ledger.received(0, 0, first, count)
  // Missing: 5 (warm-up). Late in the window: 12. Late before it: none counted. Twice after it: 29.
  expect(ledger.counts(fromStart, () => 30)).toEqual({received: 10, lost: 0, expired: 0, duplicated: 0, reordered: 1})
})

test('streams of one partition are told apart, and a stream on a wrong partition is foreign', () => {
  const ledger = new SequenceLedger([0, 0, 1])
  for (const stream of [0, 1, 2]) ledger.measureFrom(stream, 0)
  for (const stream of [0, 1, 2]) ledger.acked(stream, 0, 4)
  ledger.received(0, 0, 0, 2)
  ledger.received(1, 0, 0, 4)
  ledger.received(0, 0, 2, 2)
  ledger.received(2, 0, 0, 4)
  ledger.received(9, 0, 0, 1)
  expect(ledger.foreign).toBe(5)
  expect(ledger.counts(fromStart, () => 8)).toMatchObject({received: 8, lost: 4, reordered: 0})
})

test('a gap in the offsets that lies below the log start has expired; one above it is lost', () => {
  const ledger = new SequenceLedger([0])
  ledger.measureFrom(0, 0)
  ledger.acked(0, 0, 100)
  ledger.received(0, 0, 0, 10)
  ledger.offsetGap(0, 10, 30)
  ledger.received(0, 0, 30, 20)
  ledger.offsetGap(0, 50, 60)
  ledger.received(0, 0, 60, 40)
  expect(
    ledger.counts(
      () => 30,
      () => 100,
    ),
  ).toMatchObject({received: 70, expired: 20, lost: 10})
  expect(
    ledger.counts(
      () => 60,
      () => 100,
    ),
  ).toMatchObject({expired: 30, lost: 0})
})

test('what expired at the end of the log, with nothing received behind it', () => {
  const ledger = ledgerOf(100, [[0, 10]])
  expect(
    ledger.counts(
      () => 90,
      () => 10,
    ),
  ).toMatchObject({received: 10, expired: 80, lost: 10})
})

/** The same rules with a set of numbers and nothing clever. */
function naiveCounts(acked: number, receipts: readonly (readonly [number, number])[]): SequenceCounts {
  const seen = new Set<number>()
  let highest = -1
  let duplicated = 0
  let reordered = 0
  for (const [first, count] of receipts) {
    for (let sequence = first; sequence < first + count; sequence += 1) {
      if (seen.has(sequence)) duplicated += 1
      else if (sequence < highest) reordered += 1
      seen.add(sequence)
      highest = Math.max(highest, sequence)
    }
  }
  let lost = 0
  for (let sequence = 0; sequence < acked; sequence += 1) if (!seen.has(sequence)) lost += 1
  return {received: seen.size, lost, expired: 0, duplicated, reordered}
}

test('agrees with a set of numbers on any order of receipts', () => {
  const receipts = fc.array(fc.tuple(fc.nat(80), fc.integer({min: 1, max: 12})), {maxLength: 40})
  fc.assert(
    fc.property(fc.nat(100), receipts, (acked, runs) => {
      expect(ledgerOf(acked, runs).counts(fromStart, () => 100)).toEqual(naiveCounts(acked, runs))
    }),
    {numRuns: 500},
  )
})
