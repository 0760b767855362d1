import {diskTooSmall} from './disk-failures.ts'
import type {Retention} from './retention.ts'
import type {SegmentPool} from './segment-pool.ts'
import type {SegmentStore} from './segment-store.ts'
import type {StorageOptions} from './storage-options.ts'
import {fillStepBytes} from './zero-fill.ts'

/** For a log that has no segment yet: one that does not fit would fail only later, in the middle of somebody's writes. */
export async function refuseTooSmall({files, dataDir, wal}: StorageOptions, pool: SegmentPool): Promise<void> {
  if (pool.bytes > 0) return
  const free = await files.freeBytes(dataDir)
  if (free < wal.segmentBytes) throw diskTooSmall(dataDir, wal.segmentBytes, free)
}

/**
 * Makes log and pool as small as retention by bytes says, before anything is appended: when the disk is full nothing could be.
 * Even the manifest that frees a segment needs room, which is what the active one has ahead of its tail.
 */
export async function makeFit(
  {files, dataDir, retentionBytes, pool: wanted}: StorageOptions,
  pool: SegmentPool,
  segments: SegmentStore,
  retention: Retention,
): Promise<void> {
  if (wanted === undefined && retentionBytes > 0) await pool.trim(retentionBytes - segments.bytes)
  if (!retention.isOver) return
  if ((await files.freeBytes(dataDir)) < fillStepBytes) await segments.giveBackFill()
  await retention.fit()
}
