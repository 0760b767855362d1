import type {Files} from './files.ts'
import {type Found, missing} from './found-segments.ts'
import type {LogPoint} from './log-point.ts'
import type {Manifest} from './manifest.ts'
import type {KnownTopics} from './recovered-state.ts'
import {readSegmentHead} from './segment-head.ts'
import {segmentHeaderBytes} from './segment-header.ts'

/** Where reading the log starts, and what is known there. */
export interface ReplayStart {
  readonly point: LogPoint
  readonly syncedLsn: number // known to be synced whatever the log says
  readonly topics: KnownTopics
}

/** The whole log is to be read: the snapshot at its head says everything. */
export function wholeLog(found: readonly Found[]): ReplayStart {
  const {number = 1, generation = 0} = found[0]?.segment ?? {}
  const firstLsn = found.find((each) => each.firstLsn !== undefined)?.firstLsn ?? 1
  const point = {segment: number, generation, position: segmentHeaderBytes, lsn: firstLsn - 1, epoch: 0}
  return {point, syncedLsn: 0, topics: {nextTopicId: 1, topics: [], head: []}}
}

/**
 * Where the manifest says, once it is sure that it speaks of the segments that are there; otherwise why not, in a
 * sentence. Rejects with SB_LOG_CORRUPT when one of its segments is missing, unless that is accepted.
 */
export async function replayStartOf(
  files: Files,
  directory: string,
  manifest: Manifest,
  found: readonly Found[],
  acceptLoss: boolean,
): Promise<ReplayStart | string> {
  const segments = new Map(found.map(({segment}) => [segment.number, segment]))
  for (const {number, generation, newestMs} of manifest.segments) {
    const segment = segments.get(number)
    if (segment === undefined && !acceptLoss) throw missing(directory, number)
    if (segment === undefined) return `segment ${number} is missing`
    if (segment.generation !== generation) return `segment ${number} is not the one that it names`
    segment.newestMs = newestMs
  }
  const oldest = found[0]?.segment
  if (oldest === undefined) return 'there is no segment'
  const head = manifest.topics.length === 0 ? [] : await readSegmentHead(files, oldest)
  if (head === undefined) return `the head of segment ${oldest.number} cannot be read`
  const {replay, nextTopicId, topics} = manifest
  // Retention puts it at the head of a segment, once that is synced.
  const syncedLsn = replay.position === segmentHeaderBytes ? replay.lsn + 1 : replay.lsn
  return {point: replay, syncedLsn, topics: {nextTopicId, topics, head}}
}
