/** Adjacent batches of one partition in the log, as an index table names them. */
export interface Run {
  readonly baseOffset: number
  readonly segment: number
  readonly generation: number // of that use of the segment's file; checked at every read
  readonly position: number // byte in the segment, a multiple of 8
  readonly bytes: number
}

/** One use of a segment file that a table points to. */
export interface SegmentUse {
  readonly number: number
  readonly generation: number
}

/** Tables are sorted by this: topic, then partition, then base offset. */
export interface TableKey {
  readonly topicId: number
  readonly partition: number
  readonly offset: number
}

/** What the manifest keeps of a table; the file is `<data_dir>/tables/<number>.sbt`. */
export interface TableMeta {
  readonly number: number // never used twice; of two tables at level 0 the higher one is newer
  readonly level: number // 0: one flush each, may overlap; from 1 on the tables of a level are disjoint
  readonly bytes: number // size of the file
  readonly entries: number // at least 1
  readonly first: TableKey // of its first run
  readonly last: TableKey // of its last run: that run's base offset
  readonly lowestSegment: number
  readonly highestSegment: number
}

/** An edit of the manifest: all of it or nothing. A number in both lists has moved to another level. */
export interface TableChange {
  readonly add: readonly TableMeta[]
  readonly remove: readonly TableMeta[]
}

export function compareKeys(a: TableKey, b: TableKey): number {
  return a.topicId - b.topicId || a.partition - b.partition || a.offset - b.offset
}

/** `000000000042.sbt`: sorted by name is sorted by number. */
export function tableName(number: number): string {
  return `${String(number).padStart(12, '0')}.sbt`
}

/** The number in a table's name; undefined for a name of another form. */
export function tableNumberOf(name: string): number | undefined {
  const match = /^(\d{12})\.sbt$/.exec(name)
  return match === null ? undefined : Number(match[1])
}
