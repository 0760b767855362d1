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

test('an older gap, used up, does not hide the one at the end of the log', () => {
  const ledger = ledgerOf(1_000, [[0, 100]])
  ledger.offsetGap(0, 100, 200)
  ledger.received(0, 0, 200, 100)
  const counts = () =>
    ledger.counts(
      () => 1_000,
      () => 300,
    )
  expect(counts()).toMatchObject({received: 200, expired: 800, lost: 0})
  expect(counts()).toMatchObject({expired: 800, lost: 0}) // asking changes nothing
})

// Offsets 0..9 take turns: 0, 2, 4 are stream 0's and 1, 3, 5 stream 1's; 6..9 are stream 1's. 2..5 expire.
test('a gap counts for a stream that ends in it, though another one of the partition goes on', () => {
  const ledger = new SequenceLedger([0, 0])
  for (const stream of [0, 1]) ledger.measureFrom(stream, 0)
  ledger.acked(0, 0, 3)
  ledger.acked(1, 0, 7)
  ledger.received(0, 0, 0, 1)
  ledger.received(1, 0, 0, 1)
  ledger.offsetGap(0, 2, 6)
  ledger.received(1, 0, 3, 4)
  expect(
    ledger.counts(
      () => 6,
      () => 10,
    ),
  ).toMatchObject({received: 6, expired: 4, lost: 0})
})

test('a second gap before a stream is heard of again does not hide the first', () => {
  const ledger = new SequenceLedger([0, 0])
  for (const stream of [0, 1]) ledger.measureFrom(stream, 0)
  for (const stream of [0, 1]) ledger.acked(stream, 0, 20)
  ledger.received(0, 0, 0, 5)
  ledger.received(1, 0, 0, 5)
  ledger.offsetGap(0, 10, 20) // five of each
  ledger.received(1, 0, 10, 2)
  ledger.offsetGap(0, 22, 28) // three of each
  ledger.received(0, 0, 13, 7)
  ledger.received(1, 0, 15, 5)
  expect(
    ledger.counts(
      () => 28,
      () => 40,
    ),
  ).toMatchObject({received: 24, expired: 16, lost: 0})
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

test('what the reading had not come to by the end is unread, and only what it passed by is lost', () => {
  const ledger = new SequenceLedger([0])
  ledger.measureFrom(0, 0)
  ledger.acked(0, 0, 10)
  ledger.received(0, 0, 0, 3)
  ledger.received(0, 0, 4, 2) // 3 was passed by; 6 to 9 were not reached
  const counts = ledger.counts(
    () => 0,
    () => 6,
    () => false,
  )
  expect(counts).toMatchObject({received: 5, lost: 1, unread: 4, expired: 0})
  const readToEnd = ledger.counts(
    () => 0,
    () => 6,
    () => true,
  )
  expect(readToEnd).toMatchObject({received: 5, lost: 5})
})
