import type {Loss, StorageEvent} from './events.ts'
import {corrupt} from './failures.ts'
import {type Files, syncFile} from './files.ts'
import type {Found} from './found-segments.ts'
import {type Gap, RecoveredState} from './recovered-state.ts'
import type {ReplayStart} from './replay-start.ts'
import {ScanWindow} from './scan-window.ts'
import {type ScanProgress, scanSegment, segmentHead} from './segment-scan.ts'
import type {SegmentStore} from './segment-store.ts'
import type {TopicTable} from './topics.ts'

export interface RecoveryOptions {
  readonly files: Files
  readonly found: readonly Found[] // the live segments, oldest first
  readonly start: ReplayStart
  readonly segments: SegmentStore // holds the same
  readonly topics: TopicTable // gets the live topics
  readonly acceptLoss: boolean
  readonly onEvent: (event: StorageEvent) => void
}

export interface Recovered {
  readonly lastLsn: number
  readonly wasClosed: boolean // nothing can lie behind the last record
  readonly canContinue: boolean // the last segment's tail is where the log ends
}

interface Scan {
  readonly state: RecoveredState
  readonly progress: ScanProgress
  readonly last: Found | undefined // the last segment that holds a record
}

/**
 * Rebuilds topics and indexes from the log behind the replay point. What is unreadable above the highest sync mark is a torn
 * tail and is cut, with everything behind it; below the mark it is corruption, and nothing is
 * touched: SB_LOG_CORRUPT, or with `acceptLoss` a gap.
 */
export async function recover(options: RecoveryOptions): Promise<Recovered> {
  const found = options.found.filter(({segment}) => segment.number >= options.start.point.segment)
  const window = new ScanWindow(options.files, Math.max(0, ...found.map(({segment}) => segment.file.filledBytes)))
  let scan = await scanLog(window, found, options, Number.POSITIVE_INFINITY)
  const cut = scan.state.gaps.find((gap) => gap.toLsn - 1 > scan.progress.highestSynced)
  if (cut !== undefined) {
    const limit = Math.max(cut.fromLsn, scan.progress.highestSynced + 1)
    options.onEvent({kind: 'cut', path: cut.segment.file.path, position: cut.position, fromLsn: limit})
    scan = await scanLog(window, found, options, limit)
  }
  const losses = scan.state.gaps.map(toLoss)
  if (losses.length > 0 && !options.acceptLoss) throw corrupt(losses)
  if (losses.length > 0) options.onEvent({kind: 'loss-accepted', losses})
  return finish(options, found, scan, cut)
}

async function finish(
  options: RecoveryOptions,
  found: readonly Found[],
  scan: Scan,
  cut: Gap | undefined,
): Promise<Recovered> {
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
  options: RecoveryOptions,
  limitLsn: number,
): Promise<Scan> {
  const {topics, start} = options
  const state = new RecoveredState(topics, start.topics)
  const {point} = start
  const progress: ScanProgress = {nextLsn: point.lsn + 1, highestSynced: start.syncedLsn, lastWasClose: false}
  let last: Found | undefined
  for (const [at, each] of found.entries()) {
    const before = state.records
    const following = found.slice(at + 1).find((later) => later.firstLsn !== undefined)?.firstLsn
    const isStart = each.segment.number === point.segment
    if (!isStart) each.segment.newestMs = 0
    each.segment.firstLsn = progress.nextLsn
    const limit = Math.min(limitLsn, following ?? limitLsn)
    await scanSegment(window, each.segment, isStart ? point : segmentHead, progress, limit, {
      onRecord: (segment, position, header, payload) => state.apply(segment, position, header, payload),
      onGap: (segment, position, from, to, batch) => state.addGap(segment, position, from, to, batch),
    })
    if (state.records > before || (isStart && point.position > segmentHead.position)) last = each // its tail is known
    if (following === undefined || following >= limitLsn || following <= progress.nextLsn) continue
    state.addGap(each.segment, each.segment.tail, progress.nextLsn, following, undefined)
    progress.nextLsn = following
  }
  const {nextLsn} = progress
  const [first] = found
  if (first !== undefined && nextLsn <= start.syncedLsn) {
    state.addGap(first.segment, point.position, nextLsn, start.syncedLsn + 1, undefined)
  }
  return {state, progress, last}
}

function toLoss(gap: Gap): Loss {
  const {segment, position, fromLsn, toLsn, offsets} = gap
  return {path: segment.file.path, position, fromLsn, toLsn, offsets}
}
