import {join} from 'node:path'
import {foreignFile, newerFormat, unreadableSegment} from './failures.ts'
import {type Files, readFully} from './files.ts'
import {emptyHeader, hasGeneration, isHeader, readHeader, recordHeaderBytes} from './record.ts'
import {Segment, segmentName, segmentNumberOf} from './segment.ts'
import {decodeSegmentHeader, type SegmentHeader, segmentHeaderBytes} from './segment-header.ts'

/** A segment file as it was found, and the number of its first record, if that can be read. */
export interface Found {
  readonly segment: Segment
  readonly firstLsn: number | undefined
}

export interface FoundSegments {
  readonly live: readonly Found[] // oldest first
  readonly freed: readonly string[] // paths of files that were to go to the pool
}

/** The segments that a manifest speaks of; which of them there have to be is for it to say. */
export interface NamedSegments {
  readonly first: number
  readonly last: number
}

/**
 * Opens the segments of a log's directory. Rejects with SB_LOG_CORRUPT for a gap in the numbers of those that no manifest
 * speaks of (unless that is accepted), a foreign file, a damaged or unknown segment header.
 */
export async function findSegments(
  files: Files,
  directory: string,
  named: NamedSegments | undefined,
  acceptLoss: boolean,
): Promise<FoundSegments> {
  const live: Found[] = []
  const freed: string[] = []
  try {
    for (const name of await files.list(directory)) {
      const path = join(directory, name)
      const number = segmentNumberOf(name)
      if (number === undefined) throw foreignFile(path)
      if (named !== undefined && number < named.first) {
        freed.push(path)
        continue
      }
      const expected = Math.max(live.at(-1)?.segment.number ?? number - 1, named?.last ?? 0) + 1
      if (number > expected && !acceptLoss) throw missing(directory, expected)
      live.push(await openSegment(files, path, number))
    }
    return {live, freed}
  } catch (error) {
    for (const {segment} of live) await files.close(segment.file.handle)
    throw error
  }
}

export function missing(directory: string, number: number) {
  return unreadableSegment(join(directory, segmentName(number)), 'the segment is missing')
}

async function openSegment(files: Files, path: string, number: number): Promise<Found> {
  const filledBytes = await files.sizeOf(path)
  const handle = await files.open(path, 'existing')
  try {
    const head = Buffer.alloc(segmentHeaderBytes + recordHeaderBytes)
    await readFully(files, handle, head, head.length, 0)
    const segment = new Segment({handle, path, filledBytes}, headerOf(head, path, number))
    return {segment, firstLsn: firstLsnOf(head, segment)}
  } catch (error) {
    await files.close(handle)
    throw error
  }
}

function headerOf(head: Buffer, path: string, number: number): SegmentHeader {
  const reading = decodeSegmentHeader(head)
  if (reading.kind === 'foreign') throw foreignFile(path)
  if (reading.kind === 'version') throw newerFormat(path, reading.version, 1)
  if (reading.kind === 'damaged') throw unreadableSegment(path, 'the segment header is damaged')
  if (reading.header.number !== number) {
    throw unreadableSegment(path, `the file holds segment ${reading.header.number}`)
  }
  return reading.header
}

function firstLsnOf(head: Buffer, segment: Segment): number | undefined {
  const memory = head.buffer.slice(head.byteOffset + segmentHeaderBytes, head.byteOffset + head.length)
  const block = {bytes: Buffer.from(memory as ArrayBuffer), words: new Uint32Array(memory as ArrayBuffer)}
  if (!isHeader(block, 0) || !hasGeneration(block, 0, segment.generation)) return undefined
  return readHeader(block, 0, emptyHeader()).lsn
}
