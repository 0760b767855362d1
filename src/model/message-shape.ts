/** What the messages of a workload look like. */
export interface MessageShape {
  /** Of the value; where sizes vary, their mean, rounded. At least MESSAGE_BYTES_MIN. */
  readonly sizeBytes: number
  /** Absent: fixed. */
  readonly sizes?: SizeDistribution
  /** Absent: random bytes. */
  readonly payload?: Payload
  /** Absent: none. */
  readonly keys?: Keys
  readonly batchMessages: number
}

/** Sizes of values in bytes, drawn from (seed, index of the message) alone. */
export type SizeDistribution =
  | {readonly distribution: 'fixed'}
  | {readonly distribution: 'uniform'; readonly minBytes: number; readonly maxBytes: number}
  /** Rank r of 1..(max - min + 1) has weight r^-exponent, the smallest size first. */
  | {
      readonly distribution: 'zipf'
      readonly minBytes: number
      readonly maxBytes: number
      readonly exponent: number
    }
  | {readonly distribution: 'mix'; readonly parts: readonly {readonly sizeBytes: number; readonly weight: number}[]}

/** What fills the values behind their stamp. */
export type Payload =
  /** `compressibility` c: deflate (level 6) leaves about 1 - c of the bytes; 0 is random. */
  | {readonly source: 'random'; readonly compressibility: number}
  /** Consecutive pieces of a file, from its start again at its end; identified, not stored. */
  | {readonly source: 'file'; readonly path: string; readonly sha256: string; readonly fileBytes: number}

/** `none` and `round-robin` spread batches evenly over partitions; the others by the keys' weights. */
export type Keys =
  | {readonly distribution: 'none'}
  | {readonly distribution: 'round-robin' | 'uniform'; readonly count: number; readonly keyBytes: number}
  /** Key r of 1..count has weight r^-exponent. */
  | {readonly distribution: 'zipf'; readonly count: number; readonly exponent: number; readonly keyBytes: number}
  /** One key gets `hotShare` (0..1) of the messages, the others the rest evenly. */
  | {readonly distribution: 'hot'; readonly count: number; readonly hotShare: number; readonly keyBytes: number}
