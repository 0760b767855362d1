/** A place between two records of the log. */
export interface LogPoint {
  readonly segment: number
  readonly generation: number
  readonly position: number // byte in the segment
  readonly lsn: number // of the last record before it
  readonly epoch: number // of the records behind it
}
