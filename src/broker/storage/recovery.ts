import {join} from 'node:path'
import type {Loss, StorageEvent} from './events.ts'
import {corrupt, foreignFile, newerFormat, unreadableSegment} from './failures.ts'
import {type Files, readFully, syncFile} from './files.ts'
import {emptyHeader, hasGeneration, isHeader, readHeader, recordHeaderBytes} from './record.ts'
import {type Gap, RecoveredState} from './recovered-state.ts'
import {ScanWindow} from './scan-window.ts'
import {Segment, segmentName, segmentNumberOf} from './segment.ts'
import {decodeSegmentHeader, segmentHeaderBytes} from './segment-header.ts'
import {type ScanProgress, scanSegment} from './segment-scan.ts'
import type {SegmentStore} from './segment-store.ts'
import type {TopicTable} from './topics.ts'

export interface RecoveryOptions {
  readonly files: Files
  readonly segments: SegmentStore // gets the segments of the log
  readonly topics: TopicTable // gets the live topics
  readonly acceptLoss: boolean
  readonly onEvent: (event: StorageEvent) => void
}

export interface Recovered {
  readonly lastLsn: number
  readonly wasClosed: boolean // nothing can lie behind the last record
  readonly canContinue: boolean // the last segment's tail is where the log ends
}

/** A segment file as it was found, and the number of its first record, if that can be read. */
interface Found {
  readonly segment: Segment
  readonly firstLsn: number | undefined
}

interface Scan {
  readonly state: RecoveredState
  readonly progress: ScanProgress
  readonly last: Found | undefined // the last segment that holds a record
}

/**
 * Rebuilds topics and indexes from the log. What is unreadable above the highest sync mark is a torn
 * tail and is cut, with everything behind it; below the mark it is corruption, and nothing is
 * touched: SB_LOG_CORRUPT, or with `acceptLoss` a gap.
 */
export async function recover(options: RecoveryOptions): Promise<Recovered> {
  const found = await findSegments(options)
  const window = new ScanWindow(options.files, Math.max(0, ...found.map(({segment}) => segment.file.filledBytes)))
  let scan = await scanLog(window, found, options.topics, Number.POSITIVE_INFINITY)
  const cut = scan.state.gaps.find((gap) => gap.toLsn - 1 > scan.progress.highestSynced)
  if (cut !== undefined) {
    const limit = Math.max(cut.fromLsn, scan.progress.highestSynced + 1)
    options.onEvent({kind: 'cut', path: cut.segment.file.path, position: cut.position, fromLsn: limit})
    scan = await scanLog(window, found, options.topics, limit)
  }
  const losses = scan.state.gaps.map(toLoss)
  if (losses.length > 0 && !options.acceptLoss) throw corrupt(losses)
  if (losses.length > 0) options.onEvent({kind: 'loss-accepted', losses})
  return finish(options, found, scan, cut)
}

async function finish(options: RecoveryOptions, found: Found[], scan: Scan, cut: Gap | undefined): Promise<Recovered> {
  const {state, progress} = scan
  const lastAt = scan.last === undefined ? -1 : found.indexOf(scan.last)
  for (const {segment} of found.slice(lastAt + 1).reverse()) await options.segments.discard(segment)
  const wasClosed = progress.lastWasClose && cut === undefined
  if (!wasClosed) await syncKept(options.files, found.slice(0, lastAt + 1))
  state.finish()
  const {records} = state
  options.onEvent({kind: 'recovered', segments: lastAt + 1, records, cleanClose: wasClosed})
  const isMidGap = cut !== undefined && cut.fromLsn < progress.nextLsn
  return {lastLsn: progress.nextLsn - 1, wasClosed, canContinue: !isMidGap}
}

/** What was read may still be in the page cache only; from now on it counts as synced. */
async function syncKept(files: Files, found: readonly Found[]): Promise<void> {
  for (const {segment} of found) await syncFile(files, segment.file.handle)
}

async function scanLog(
  window: ScanWindow,
  found: readonly Found[],
  topics: TopicTable,
  limitLsn: number,
): Promise<Scan> {
  const state = new RecoveredState(topics)
  const firstLsn = found.find((each) => each.firstLsn !== undefined)?.firstLsn ?? 1
  const progress: ScanProgress = {nextLsn: firstLsn, highestSynced: 0, lastWasClose: false}
  let last: Found | undefined
  for (const [at, each] of found.entries()) {
    const before = state.records
    const following = found.slice(at + 1).find((later) => later.firstLsn !== undefined)?.firstLsn
    each.segment.epoch = 0
    await scanSegment(window, each.segment, progress, Math.min(limitLsn, following ?? limitLsn), {
      onRecord: (segment, position, header, payload) => state.apply(segment, position, header, payload),
      onGap: (segment, position, from, to, batch) => state.addGap(segment, position, from, to, batch),
    })
    if (state.records > before) last = each
    if (following === undefined || following >= limitLsn || following <= progress.nextLsn) continue
    state.addGap(each.segment, each.segment.tail, progress.nextLsn, following, undefined)
    progress.nextLsn = following
  }
  return {state, progress, last}
}

async function findSegments(options: RecoveryOptions): Promise<Found[]> {
  const {files, segments} = options
  const found: Found[] = []
  for (const name of await files.list(segments.directory)) {
    const path = join(segments.directory, name)
    const number = segmentNumberOf(name)
    if (number === undefined) throw foreignFile(path)
    const expected = found.at(-1)?.segment.number ?? number - 1
    if (number !== expected + 1 && !options.acceptLoss) {
      throw unreadableSegment(join(segments.directory, segmentName(expected + 1)), 'the segment is missing')
    }
    const opened = await openSegment(files, path, number)
    segments.add(opened.segment)
    found.push(opened)
  }
  return found
}

async function openSegment(files: Files, path: string, number: number): Promise<Found> {
  const filledBytes = await files.sizeOf(path)
  const handle = await files.open(path, 'existing')
  const head = Buffer.alloc(segmentHeaderBytes + recordHeaderBytes)
  await readFully(files, handle, head, head.length, 0)
  const reading = decodeSegmentHeader(head)
  if (reading.kind === 'foreign') throw foreignFile(path)
  if (reading.kind === 'version') throw newerFormat(path, reading.version, 1)
  if (reading.kind === 'damaged') throw unreadableSegment(path, 'the segment header is damaged')
  if (reading.header.number !== number) {
    throw unreadableSegment(path, `the file holds segment ${reading.header.number}`)
  }
  const segment = new Segment({handle, path, filledBytes}, reading.header)
  return {segment, firstLsn: firstLsnOf(head, segment)}
}

function firstLsnOf(head: Buffer, segment: Segment): number | undefined {
  const memory = head.buffer.slice(head.byteOffset + segmentHeaderBytes, head.byteOffset + head.length)
  const block = {bytes: Buffer.from(memory as ArrayBuffer), words: new Uint32Array(memory as ArrayBuffer)}
  if (!isHeader(block, 0) || !hasGeneration(block, 0, segment.generation)) return undefined
  return readHeader(block, 0, emptyHeader()).lsn
}

function toLoss(gap: Gap): Loss {
  const {segment, position, fromLsn, toLsn, offsets} = gap
  return {path: segment.file.path, position, fromLsn, toLsn, offsets}
}
