/**
 * What a table at level 0 is made of: the runs of a memtable. Read in slices of time with I/O between
 * them, so nothing may be added, removed at the front or reordered until the table is written; a partition whose topic is deleted
 * meanwhile may be cleared.
 */
export interface TableSource {
  /** Sorted by topic id, then partition; those without runs may be there. Iterated once. */
  readonly partitions: Iterable<PartitionRuns>
  /** The generation of a segment that a run names. */
  generationOf(segment: number): number
}

export interface PartitionRuns {
  readonly topicId: number
  readonly partition: number
  readonly runs: RunColumns
}

/** Ordered by base offset; a RunIndex is one. */
export interface RunColumns {
  readonly length: number
  baseOffsetAt(run: number): number
  segmentAt(run: number): number
  positionAt(run: number): number
  bytesAt(run: number): number
}
