import {
  emptyHeader,
  hasGeneration,
  isHeader,
  isPayloadWhole,
  magicBytes,
  type RecordHeader,
  RecordKind,
  readHeader,
  recordBytes,
  recordHeaderBytes,
} from './record.ts'
import type {ScanWindow} from './scan-window.ts'
import type {Segment} from './segment.ts'
import {segmentHeaderBytes} from './segment-header.ts'

export interface ScanHandlers {
  /** A whole record, in log order. */
  readonly onRecord: (segment: Segment, position: number, header: RecordHeader, payload: Buffer) => void
  /**
   * Records [fromLsn, toLsn) are not readable at `position`. `batch` is the header where only the
   * payload is damaged.
   */
  readonly onGap: (segment: Segment, position: number, fromLsn: number, toLsn: number, batch?: RecordHeader) => void
}

/** Where in a segment a scan starts. */
export interface ScanStart {
  readonly position: number
  readonly epoch: number
}

export const segmentHead: ScanStart = {position: segmentHeaderBytes, epoch: 0}

/** How far a scan came in the log. */
export interface ScanProgress {
  nextLsn: number
  highestSynced: number // highest sync mark seen in any header
  lastWasClose: boolean // the last record is the mark of a clean close
}

/**
 * Reads the records of one segment in order, from `start` on. Where the next one is not readable, looks further on
 * for whole headers of the segment's generation with a later number, so that damage in the middle
 * is told apart from the end. Records from `limitLsn` on are left alone.
 */
export async function scanSegment(
  window: ScanWindow,
  segment: Segment,
  start: ScanStart,
  progress: ScanProgress,
  limitLsn: number,
  handlers: ScanHandlers,
): Promise<void> {
  const end = Math.min(segment.bytesMax, segment.file.filledBytes)
  const header = emptyHeader()
  window.open(segment.file)
  let {position} = start
  segment.tail = position
  segment.epoch = start.epoch
  while (progress.nextLsn < limitLsn) {
    const found = await readRecord(window, segment, position, end, header)
    if (found === 'whole' && header.lsn === progress.nextLsn) {
      take(window, segment, position, header, progress, handlers)
    } else if (found === 'torn' && header.lsn === progress.nextLsn) {
      handlers.onGap(segment, position, header.lsn, header.lsn + 1, header)
      progress.nextLsn += 1
    } else {
      const later = await findLater(window, segment, position + 8, end, progress.nextLsn, limitLsn)
      if (later === undefined) return
      if (later.lsn > progress.nextLsn) handlers.onGap(segment, position, progress.nextLsn, later.lsn)
      progress.nextLsn = later.lsn
      position = later.position
      segment.epoch = later.epoch
      continue
    }
    position += recordBytes(header.payloadBytes)
    if (found === 'whole') segment.tail = position
  }
}

function take(
  window: ScanWindow,
  segment: Segment,
  position: number,
  header: RecordHeader,
  progress: ScanProgress,
  handlers: ScanHandlers,
): void {
  const from = window.at(position) + recordHeaderBytes
  progress.nextLsn += 1
  progress.highestSynced = Math.max(progress.highestSynced, header.syncedLsn)
  progress.lastWasClose = header.kind === RecordKind.syncMark && header.count === 1
  if (header.kind === RecordKind.resume) segment.epoch += 1
  handlers.onRecord(segment, position, header, window.block.bytes.subarray(from, from + header.payloadBytes))
}

/** `torn`: the header is whole, the payload is not. `none`: no header of this segment's epoch. */
async function readRecord(
  window: ScanWindow,
  segment: Segment,
  position: number,
  end: number,
  header: RecordHeader,
): Promise<'whole' | 'torn' | 'none'> {
  if (position + recordHeaderBytes > end) return 'none'
  if (!window.has(position, recordHeaderBytes)) await window.load(position)
  if (!window.has(position, recordHeaderBytes)) return 'none'
  let at = window.at(position)
  if (!hasGeneration(window.block, at, segment.generation) || !isHeader(window.block, at)) return 'none'
  readHeader(window.block, at, header)
  const bytes = recordBytes(header.payloadBytes)
  if (header.epoch !== segment.epoch || position + bytes > end) return 'none'
  if (!window.has(position, bytes)) {
    await window.load(position)
    at = window.at(position)
    if (!window.has(position, bytes)) return 'none'
  }
  return isPayloadWhole(window.block, at, header) ? 'whole' : 'torn'
}

/** The next whole header of the generation from `from` on whose number is in [nextLsn, limitLsn). */
async function findLater(
  window: ScanWindow,
  segment: Segment,
  from: number,
  end: number,
  nextLsn: number,
  limitLsn: number,
): Promise<{position: number; lsn: number; epoch: number} | undefined> {
  const header = emptyHeader()
  let position = from
  while (position + recordHeaderBytes <= end) {
    if (!window.has(position, recordHeaderBytes)) await window.load(position)
    if (!window.has(position, recordHeaderBytes)) return undefined
    const at = window.block.bytes.indexOf(magicBytes, window.at(position))
    const candidate = at < 0 ? Number.POSITIVE_INFINITY : position + at - window.at(position)
    if (candidate + recordHeaderBytes > window.end) {
      // The window's last bytes may hold the start of a header: go on from there.
      position = Math.max(position + 8, window.end - recordHeaderBytes + 8)
      continue
    }
    if (candidate % 8 === 0 && hasGeneration(window.block, at, segment.generation) && isHeader(window.block, at)) {
      const {lsn, epoch, payloadBytes} = readHeader(window.block, at, header)
      const fits = candidate + recordBytes(payloadBytes) <= end
      if (fits && lsn >= nextLsn && lsn < limitLsn && epoch >= segment.epoch) return {position: candidate, lsn, epoch}
    }
    position = Math.ceil((candidate + 1) / 8) * 8
  }
  return undefined
}
