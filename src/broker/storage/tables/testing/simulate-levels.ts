import {type Compaction, type CompactionSettings, nextCompaction, TreeSizes} from '../levels.ts'
import type {TableMeta} from '../table-meta.ts'

const entryBytes = 28
const perPartition = 2 ** 32

/** A table, and its keys as numbers: partition x 2^32 + offset. */
interface SimulatedTable {
  readonly meta: TableMeta
  readonly keys: readonly number[]
}

export interface Simulated {
  readonly rewrites: number // entries written by merges for each one flushed
  readonly deepest: number // level
  readonly tables: number
}

/**
 * What becomes of flushes of `runs` entries, in equal parts to the partitions, when everything that is due is done after each: no
 * files, only keys.
 */
export function simulateLevels(
  settings: CompactionSettings,
  load: {readonly partitions: number; readonly flushes: number; readonly runs: number},
): Simulated {
  const tree = new SimulatedTree(settings)
  const each = load.runs / load.partitions
  for (let flush = 0; flush < load.flushes; flush += 1) {
    tree.put(
      0,
      Array.from({length: load.runs}, (_, run) => Math.floor(run / each) * perPartition + flush * each + (run % each)),
    )
    tree.compact()
  }
  return {
    rewrites: tree.written / (load.flushes * load.runs),
    deepest: Math.max(...tree.tables.map(({meta}) => meta.level)),
    tables: tree.tables.length,
  }
}

class SimulatedTree {
  tables: SimulatedTable[] = []
  written = 0
  readonly #settings: CompactionSettings
  readonly #sizes: TreeSizes
  #number = 0

  constructor(settings: CompactionSettings) {
    this.#settings = settings
    this.#sizes = new TreeSizes(settings)
  }

  put(level: number, keys: readonly number[]): void {
    this.#number += 1
    const bytes = keys.length * entryBytes
    const ends = {first: keyOf(keys[0]!), last: keyOf(keys.at(-1)!)}
    const meta = {
      number: this.#number,
      level,
      bytes,
      entries: keys.length,
      ...ends,
      lowestSegment: 1,
      highestSegment: 1,
    }
    this.tables.push({meta, keys})
  }

  compact(): void {
    for (let due = this.#due(); due !== undefined; due = this.#due()) {
      if (due.kind === 'move') this.#move(due.tables, due.level)
      if (due.kind === 'merge') this.#merge([...due.upper, ...due.lower], due.level)
    }
  }

  #due(): Compaction | undefined {
    return nextCompaction(
      this.tables.map(({meta}) => meta),
      this.#settings,
      0,
    )
  }

  #move(moved: readonly TableMeta[], level: number): void {
    this.tables = this.tables.map((table) =>
      moved.includes(table.meta) ? {...table, meta: {...table.meta, level}} : table,
    )
  }

  #merge(inputs: readonly TableMeta[], level: number): void {
    const taken = this.tables.filter(({meta}) => inputs.includes(meta))
    const keys = taken.flatMap((table) => table.keys).sort((a, b) => a - b)
    this.tables = this.tables.filter(({meta}) => !inputs.includes(meta))
    this.written += keys.length
    const each = Math.ceil(this.#sizes.tableMax(level) / entryBytes)
    for (let from = 0; from < keys.length; from += each) this.put(level, keys.slice(from, from + each))
  }
}

function keyOf(key: number) {
  return {topicId: 1, partition: Math.floor(key / perPartition), offset: key % perPartition}
}
