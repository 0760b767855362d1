import type {BlockCache} from '../block-cache.ts'
import {RunCursor} from './run-cursor.ts'
import type {Table} from './table.ts'
import type {Run, TableKey} from './table-meta.ts'

/** Tables as they are in force: level 0 newest last, the others sorted and disjoint. */
export type Levels = readonly (readonly Table[])[]

/**
 * The last run at or below the key in its partition, or else the first above, and those that follow;
 * `runsMax` at most. Offsets of a partition are disjoint and go to level 0 in their order, so the newest table there
 * that starts low enough has the first run, and only newer ones have what follows.
 */
export async function findRuns(blocks: BlockCache, levels: Levels, key: TableKey, runsMax: number): Promise<Run[]> {
  const cursors: RunCursor[] = []
  for (const {tables, isLevel0} of lanesOf(levels, key)) {
    const cursor = new RunCursor(blocks, tables, key, runsMax + 1)
    await cursor.seek()
    const first = await cursor.peek()
    if (first === undefined) continue
    cursors.push(cursor)
    if (isLevel0 && first.baseOffset <= key.offset) break
  }
  await dropPassed(cursors, key.offset)
  const runs: Run[] = []
  while (runs.length < runsMax) {
    const run = await takeLowest(cursors)
    if (run === undefined) break
    runs.push(run)
  }
  return runs
}

/** Each table of level 0, newest first, then each level: sorted tables that may hold the partition. */
function* lanesOf(levels: Levels, key: TableKey): Generator<{tables: readonly Table[]; isLevel0: boolean}> {
  const [level0, ...deeper] = levels
  for (const table of level0!.toReversed()) if (mayHold(table, key)) yield {tables: [table], isLevel0: true}
  for (const tables of deeper) if (tables.some((table) => mayHold(table, key))) yield {tables, isLevel0: false}
}

function mayHold({meta: {first, last}}: Table, {topicId, partition}: TableKey): boolean {
  const startsBehind = first.topicId > topicId || (first.topicId === topicId && first.partition > partition)
  const endsBefore = last.topicId < topicId || (last.topicId === topicId && last.partition < partition)
  return !startsBehind && !endsBefore
}

/** Of several runs at or below the offset, keeps the last. */
async function dropPassed(cursors: readonly RunCursor[], offset: number): Promise<void> {
  let best: {cursor: RunCursor; baseOffset: number} | undefined
  for (const cursor of cursors) {
    const run = await cursor.peek()
    if (run === undefined || run.baseOffset > offset) continue
    if (best !== undefined && run.baseOffset < best.baseOffset) {
      cursor.shift()
      continue
    }
    best?.cursor.shift()
    best = {cursor, baseOffset: run.baseOffset}
  }
}

async function takeLowest(cursors: readonly RunCursor[]): Promise<Run | undefined> {
  let lowest: {cursor: RunCursor; run: Run} | undefined
  for (const cursor of cursors) {
    const run = await cursor.peek()
    if (run !== undefined && (lowest === undefined || run.baseOffset < lowest.run.baseOffset)) lowest = {cursor, run}
  }
  lowest?.cursor.shift()
  return lowest?.run
}
