import {expect, test} from 'vitest'
import {type CompactionSettings, nextCompaction, TreeSizes} from './levels.ts'
import type {TableMeta} from './table-meta.ts'
import {simulateLevels} from './testing/simulate-levels.ts'

const kib = 1024
const mib = 1024 * kib
const settings: CompactionSettings = {
  maxLevel: 7,
  level0CompactionTrigger: 4,
  level0SlowdownTrigger: 8,
  level0StopTrigger: 12,
}

/** A table of offsets [from, to] of partition 0 of topic 1. */
function table(number: number, level: number, from: number, to: number, bytes = mib): TableMeta {
  const key = (offset: number) => ({topicId: 1, partition: 0, offset})
  return {number, level, bytes, entries: 1, first: key(from), last: key(to), lowestSegment: 1, highestSegment: number}
}

/** The plan with numbers of tables in place of tables. */
function planned(tables: readonly TableMeta[], changed: Partial<CompactionSettings> = {}, firstLiveSegment = 0) {
  const plan = nextCompaction(tables, {...settings, ...changed}, firstLiveSegment)
  const numbers = (metas: readonly TableMeta[]) => metas.map((meta) => meta.number)
  if (plan?.kind === 'merge') return {...plan, upper: numbers(plan.upper), lower: numbers(plan.lower)}
  return plan === undefined ? undefined : {...plan, tables: numbers(plan.tables)}
}

const fourOfLevel0 = [1, 2, 3, 4].map((number) => table(number, 0, number * 100, number * 100 + 99, 20 * kib))

test('nothing is due below the trigger', () => {
  expect(planned([])).toBeUndefined()
  expect(planned(fourOfLevel0.slice(1))).toBeUndefined()
})

test('at the trigger all of level 0 is merged with what it overlaps at level 1', () => {
  const level1 = [table(10, 1, 0, 99), table(11, 1, 350, 420, 200 * kib), table(12, 1, 500, 600)]
  expect(planned([...fourOfLevel0, ...level1])).toEqual({kind: 'merge', upper: [1, 2, 3, 4], lower: [11], level: 1})
})

test('of many tables at level 0 the oldest 64 are merged first', () => {
  const many = Array.from({length: 100}, (_, index) =>
    table(200 - index, 0, 20_000 - index * 100, 20_099 - index * 100, kib),
  )
  const oldest = Array.from({length: 64}, (_, index) => 101 + index)
  expect(planned(many)).toEqual({kind: 'merge', upper: oldest, lower: [], level: 1})
})

test('the least of the three triggers counts', () => {
  const two = fourOfLevel0.slice(0, 2)
  expect(planned(two, {level0StopTrigger: 2})).toMatchObject({kind: 'merge', upper: [1, 2]})
  expect(planned(two, {level0SlowdownTrigger: 2})).toMatchObject({kind: 'merge', upper: [1, 2]})
})

test('a table less than half full before the merged range goes along', () => {
  // Half of a table at level 1 is 512 KiB.
  expect(planned([...fourOfLevel0, table(10, 1, 0, 99, 511 * kib)])).toMatchObject({lower: [10]})
  expect(planned([...fourOfLevel0, table(10, 1, 0, 99, 512 * kib)])).toMatchObject({lower: []})
})

test('sizes: 1 MiB at level 1, ten times more at each next; tables as large as that, up to 4 MiB', () => {
  const sizes = new TreeSizes(settings)
  expect([1, 2, 3].map((level) => sizes.target(level) / mib)).toEqual([1, 10, 100])
  expect([1, 2, 3, 7].map((level) => sizes.tableMax(level) / kib)).toEqual([1024, 4096, 4096, 4096])
})

test('a level above its target pushes the row that overlaps least for its size', () => {
  // Level 1 has 1.5 MiB, so 0.5 MiB too much: rows are [10, 11], [11, 12] and [12] (what is left of the level).
  // At level 2, 20 (4 MiB) overlaps 10, 21 (2 MiB) overlaps 11 and 12. Ratios: (4 + 2) / 1, 2 / 1, 2 / 0.5.
  const level1 = [table(10, 1, 0, 99, mib / 2), table(11, 1, 100, 199, mib / 4), table(12, 1, 200, 299, (3 * mib) / 4)]
  const level2 = [table(20, 2, 0, 90, 4 * mib), table(21, 2, 150, 250, 2 * mib)]
  expect(planned([...level1, ...level2])).toEqual({kind: 'merge', upper: [11, 12], lower: [21], level: 2})
})

test('what overlaps nothing moves without being read', () => {
  const level1 = [table(10, 1, 0, 99, mib), table(11, 1, 100, 199, 256 * kib)]
  const level2 = [table(20, 2, 0, 90, 4 * mib)]
  expect(planned([...level1, ...level2])).toEqual({kind: 'move', tables: [11], level: 2})
})

test('the last level grows without a target', () => {
  const full = [table(10, 1, 0, 99, 900 * mib)]
  expect(planned(full, {maxLevel: 1})).toBeUndefined()
  expect(planned(full, {maxLevel: 2})).toEqual({kind: 'move', tables: [10], level: 2})
})

test('level 0 goes before a full level', () => {
  expect(planned([...fourOfLevel0, table(10, 1, 900, 999, 2 * mib)])).toMatchObject({kind: 'merge', level: 1})
})

test('levels that a lower max_level forbids are brought back', () => {
  const tables = [table(10, 1, 100, 199), table(30, 3, 0, 150), table(31, 3, 200, 300)]
  expect(planned(tables, {maxLevel: 1})).toEqual({kind: 'merge', upper: [30, 31], lower: [10], level: 1})
})

test('tables that point to freed segments only are dropped first', () => {
  // The highest segment of a table is its number here.
  expect(planned([...fourOfLevel0, table(10, 1, 0, 99)], {}, 3)).toEqual({kind: 'drop', tables: [1, 2]})
})

test('one push takes at most 16 MiB', () => {
  const level2 = Array.from({length: 12}, (_, index) => table(index, 2, index * 100, index * 100 + 99, 4 * mib))
  expect(planned(level2)).toMatchObject({kind: 'move', tables: [0, 1, 2, 3]}) // 48 MiB of 10: 38 too much
})

test('an entry is rewritten a few times a level, whatever the number of partitions', () => {
  // Twelve partitions side by side, 3 MiB of entries in flushes of 20 KiB on a level 1 of 32 KiB: three levels in use. A
  // push rewrites about ten times what it brings where every key of the next level is overlapped, half that on average.
  for (const partitions of [1, 12]) {
    const {rewrites, deepest, tables} = simulateLevels(
      {...settings, level1Bytes: 32 * kib},
      {partitions, flushes: 160, runs: 720},
    )
    expect(deepest).toBe(3)
    expect(rewrites).toBeLessThan(3 * 6)
    expect(tables).toBeLessThan(60) // at least half full on average: 3 MiB / 128 KiB is 24
  }
})
