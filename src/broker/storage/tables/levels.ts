import {compareKeys, type TableKey, type TableMeta} from './table-meta.ts'

/** The four keys of `storage.compaction`. */
export interface CompactionSettings {
  readonly maxLevel: number // at least 1; the last level, which grows without a target
  readonly level0CompactionTrigger: number
  readonly level0SlowdownTrigger: number
  readonly level0StopTrigger: number
  readonly level1Bytes?: number // target of level 1, from which all other sizes follow; 1 MiB if absent
}

/** What to do next with the tables. */
export type Compaction =
  /** They point to freed segments only. */
  | {readonly kind: 'drop'; readonly tables: readonly TableMeta[]}
  /** Nothing overlaps them at `level`, and they are large enough for it. */
  | {readonly kind: 'move'; readonly tables: readonly TableMeta[]; readonly level: number}
  /** Merge `upper`, in which tables may overlap at level 0 only, with `lower`, which are at `level` already. */
  | {
      readonly kind: 'merge'
      readonly upper: readonly TableMeta[]
      readonly lower: readonly TableMeta[]
      readonly level: number
    }

const level1BytesDefault = 1_048_576
const levelFactor = 10
/** Tables of level 0 that are merged at a time, the oldest first; each takes 64 KiB of memory. */
const level0MergedMax = 64

/** The sizes of a tree, in bytes of files. */
export class TreeSizes {
  readonly #level1Bytes: number

  constructor(settings: CompactionSettings) {
    this.#level1Bytes = settings.level1Bytes ?? level1BytesDefault
  }

  /** A level above this pushes into the next: 1 MiB at level 1, each next ten times that. */
  target(level: number): number {
    return this.#level1Bytes * levelFactor ** (level - 1)
  }

  /** A merge into `level` begins another table at this: 1 MiB at level 1, then 4 MiB. */
  tableMax(level: number): number {
    return Math.min(4 * this.#level1Bytes, this.target(level))
  }

  /** What one merge takes from a level, so that the next merge of level 0 does not wait long: 16 MiB. */
  get pushedMax(): number {
    return 16 * this.#level1Bytes
  }
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
  const level0 = tables.filter((table) => table.level === 0).sort((a, b) => a.number - b.number)
  const sizes = new TreeSizes(settings)
  if (level0.length >= level0Trigger(settings)) return merging(level0.slice(0, level0MergedMax), tables, 1, sizes)
  return fromForbidden(tables, settings.maxLevel, sizes) ?? fromFull(tables, settings.maxLevel, sizes)
}

function level0Trigger(settings: CompactionSettings): number {
  return Math.min(settings.level0CompactionTrigger, settings.level0SlowdownTrigger, settings.level0StopTrigger)
}

function fromForbidden(tables: readonly TableMeta[], maxLevel: number, sizes: TreeSizes): Compaction | undefined {
  const level = tables.find((table) => table.level > maxLevel)?.level
  if (level === undefined) return undefined
  return pushing(rowFrom(sortedAt(tables, level), 0, sizes.pushedMax), tables, maxLevel, sizes)
}

function fromFull(tables: readonly TableMeta[], maxLevel: number, sizes: TreeSizes): Compaction | undefined {
  for (let level = 1; level < maxLevel; level += 1) {
    const own = sortedAt(tables, level)
    const excess = sizeOf(own) - sizes.target(level)
    if (excess <= 0) continue
    const row = cheapestRow(own, sortedAt(tables, level + 1), Math.min(excess, sizes.pushedMax))
    return pushing(row, tables, level + 1, sizes)
  }
  return undefined
}

/** The row of neighbours of `bytes` at least, where there are as many, that overlaps least for its size at the next level. */
function cheapestRow(own: readonly TableMeta[], next: readonly TableMeta[], bytes: number): readonly TableMeta[] {
  let cheapest: readonly TableMeta[] = []
  let lowestRatio = Number.POSITIVE_INFINITY
  for (let from = 0; from < own.length; from += 1) {
    const row = rowFrom(own, from, bytes)
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

function pushing(
  upper: readonly TableMeta[],
  tables: readonly TableMeta[],
  level: number,
  sizes: TreeSizes,
): Compaction {
  const merge = merging(upper, tables, level, sizes)
  const areSmall = upper.length > 1 && sizeOf(upper) < (upper.length * sizes.tableMax(level)) / 2
  return merge.lower.length > 0 || areSmall ? merge : {kind: 'move', tables: upper, level}
}

/**
 * With what overlaps, and the table before that when it is less than half full: appends go behind it, and small tables
 * would otherwise add up.
 */
function merging(upper: readonly TableMeta[], tables: readonly TableMeta[], level: number, sizes: TreeSizes) {
  const below = sortedAt(tables, level)
  const lower = overlapping(upper, below)
  const first = lowestKey([...upper, ...lower])
  const before = below.findLast((table) => compareKeys(table.last, first) < 0)
  if (before !== undefined && before.bytes < sizes.tableMax(level) / 2) lower.unshift(before)
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
