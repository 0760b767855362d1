import {compareKeys, type TableKey, type TableMeta} from './table-meta.ts'

/** The four keys of `storage.compaction`. */
export interface CompactionSettings {
  readonly maxLevel: number // at least 1; the last level, which grows without a target
  readonly level0CompactionTrigger: number
  readonly level0SlowdownTrigger: number
  readonly level0StopTrigger: number
}

/** What to do next with the tables. */
export type Compaction =
  /** They point to freed segments only. */
  | {readonly kind: 'drop'; readonly tables: readonly TableMeta[]}
  /** Nothing overlaps them at `level`. */
  | {readonly kind: 'move'; readonly tables: readonly TableMeta[]; readonly level: number}
  /** Merge `upper`, in which tables may overlap at level 0 only, with `lower`, which are at `level` already. */
  | {
      readonly kind: 'merge'
      readonly upper: readonly TableMeta[]
      readonly lower: readonly TableMeta[]
      readonly level: number
    }

const level1Bytes = 1_048_576
const levelFactor = 10
const tableBytesLeast = 262_144
const tableBytesMost = 4_194_304
/** What one merge takes from a level at most, so that the next merge of level 0 does not wait long. */
const pushedBytesMax = 16_777_216

/** Bytes from which a level pushes into the next: 1 MiB at level 1, each next ten times that. */
export function targetBytes(level: number): number {
  return level1Bytes * levelFactor ** (level - 1)
}

/** Size at which a merge into `level` begins another table: a quarter of the level, 256 KiB to 4 MiB. */
export function tableBytesMax(level: number): number {
  return Math.min(tableBytesMost, Math.max(tableBytesLeast, targetBytes(level) / 4))
}

/**
 * What is due: tables of freed segments, then level 0 when it has as many tables as the least trigger, then levels that
 * a lower `maxLevel` forbids, then the first level above its target. Undefined when nothing is.
 *
 * Leveled compaction after O'Neil et al., The Log-Structured Merge-Tree (1996), with the levels of LevelDB: 1 MiB is a
 * tenth of LevelDB's, since entries are a hundredth of what they point to. What is pushed is the row of tables that
 * overlaps least at the next level, as RocksDB's kMinOverlappingRatio.
 */
export function nextCompaction(
  tables: readonly TableMeta[],
  settings: CompactionSettings,
  firstLiveSegment: number,
): Compaction | undefined {
  const dead = tables.filter((table) => table.highestSegment < firstLiveSegment)
  if (dead.length > 0) return {kind: 'drop', tables: dead}
  const level0 = tables.filter((table) => table.level === 0)
  if (level0.length >= level0Trigger(settings)) return merging(level0, tables, 1)
  return fromForbidden(tables, settings.maxLevel) ?? fromFull(tables, settings.maxLevel)
}

function level0Trigger(settings: CompactionSettings): number {
  return Math.min(settings.level0CompactionTrigger, settings.level0SlowdownTrigger, settings.level0StopTrigger)
}

function fromForbidden(tables: readonly TableMeta[], maxLevel: number): Compaction | undefined {
  const level = tables.find((table) => table.level > maxLevel)?.level
  if (level === undefined) return undefined
  return pushing(rowFrom(sortedAt(tables, level), 0, pushedBytesMax), tables, maxLevel)
}

function fromFull(tables: readonly TableMeta[], maxLevel: number): Compaction | undefined {
  for (let level = 1; level < maxLevel; level += 1) {
    const own = sortedAt(tables, level)
    const excess = sizeOf(own) - targetBytes(level)
    if (excess > 0) return pushing(cheapestRow(own, sortedAt(tables, level + 1), excess), tables, level + 1)
  }
  return undefined
}

/** The row of neighbours that takes the excess away and overlaps least for its size at the next level. */
function cheapestRow(own: readonly TableMeta[], next: readonly TableMeta[], excess: number): readonly TableMeta[] {
  let cheapest: readonly TableMeta[] = []
  let lowestRatio = Number.POSITIVE_INFINITY
  for (let from = 0; from < own.length; from += 1) {
    const row = rowFrom(own, from, Math.min(excess, pushedBytesMax))
    const ratio = sizeOf(overlapping(row, next)) / sizeOf(row)
    if (ratio >= lowestRatio) continue
    lowestRatio = ratio
    cheapest = row
  }
  return cheapest
}

/** Tables from `from` on until they have `bytes`. */
function rowFrom(tables: readonly TableMeta[], from: number, bytes: number): readonly TableMeta[] {
  let to = from
  for (let sum = 0; to < tables.length && sum < bytes; to += 1) sum += tables[to]!.bytes
  return tables.slice(from, to)
}

function pushing(upper: readonly TableMeta[], tables: readonly TableMeta[], level: number): Compaction {
  const merge = merging(upper, tables, level)
  return merge.lower.length === 0 ? {kind: 'move', tables: upper, level} : merge
}

/**
 * With what overlaps, and the table before that when it is less than half full: appends go behind it, and small tables
 * would otherwise add up.
 */
function merging(upper: readonly TableMeta[], tables: readonly TableMeta[], level: number) {
  const below = sortedAt(tables, level)
  const lower = overlapping(upper, below)
  const first = lowestKey([...upper, ...lower])
  const before = below.findLast((table) => compareKeys(table.last, first) < 0)
  if (before !== undefined && before.bytes < tableBytesMax(level) / 2) lower.unshift(before)
  return {kind: 'merge', upper, lower, level} as const
}

function overlapping(upper: readonly TableMeta[], below: readonly TableMeta[]): TableMeta[] {
  const first = lowestKey(upper)
  const last = upper.map((table) => table.last).reduce((a, b) => (compareKeys(b, a) > 0 ? b : a))
  return below.filter((table) => compareKeys(table.last, first) >= 0 && compareKeys(table.first, last) <= 0)
}

function lowestKey(tables: readonly TableMeta[]): TableKey {
  return tables.map((table) => table.first).reduce((a, b) => (compareKeys(b, a) < 0 ? b : a))
}

function sortedAt(tables: readonly TableMeta[], level: number): TableMeta[] {
  return tables.filter((table) => table.level === level).sort((a, b) => compareKeys(a.first, b.first))
}

function sizeOf(tables: readonly TableMeta[]): number {
  return tables.reduce((sum, table) => sum + table.bytes, 0)
}
