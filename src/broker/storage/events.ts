import type {StreambusError} from '../../base/errors.ts'

/** What the storage tells whoever runs it; the process decides what to print. */
export type StorageEvent =
  | {readonly kind: 'recovered'; readonly segments: number; readonly records: number; readonly cleanClose: boolean}
  /** Records from `fromLsn` on were torn by a crash before any sync covered them, and are dropped. */
  | {readonly kind: 'cut'; readonly path: string; readonly position: number; readonly fromLsn: number}
  /** Manifest or tables could not be used (`why`), so that the whole log was read to make them anew. */
  | {readonly kind: 'index-rebuilt'; readonly why: string}
  | {readonly kind: 'compaction-failed'; readonly error: unknown}
  | {readonly kind: 'loss-accepted'; readonly losses: readonly Loss[]}
  | {readonly kind: 'expired'; readonly segment: number; readonly bytes: number}
  | {readonly kind: 'pool-ready'; readonly bytes: number; readonly adoptedBytes: number}
  | {readonly kind: 'failed'; readonly error: StreambusError; readonly lastSyncedLsn: number}

/** A damaged place below the highest sync mark. */
export interface Loss {
  readonly path: string
  readonly position: number // byte in the file
  readonly fromLsn: number
  readonly toLsn: number // exclusive
  readonly offsets: readonly LostOffsets[]
}

/** Offsets [from, to) of a partition. */
export interface LostOffsets {
  readonly topic: string
  readonly partition: number
  readonly from: number
  readonly to: number
}
