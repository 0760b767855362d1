import {allocateBlock} from './block.ts'
import {type Files, readFully} from './files.ts'
import {
  emptyHeader,
  hasGeneration,
  isHeader,
  isPayloadWhole,
  RecordKind,
  readHeader,
  recordBytes,
  recordHeaderBytes,
} from './record.ts'
import type {Segment} from './segment.ts'
import {segmentHeaderBytes} from './segment-header.ts'
import {decodeSnapshot, type TopicSnapshot} from './snapshot.ts'

/** The topics of the snapshot at the head of a segment, from its file; undefined when that cannot be read whole. */
export async function readSegmentHead(files: Files, segment: Segment): Promise<TopicSnapshot[] | undefined> {
  const topics: TopicSnapshot[] = []
  let position = segmentHeaderBytes
  for (let part = 0, parts = 1; part < parts; part += 1) {
    const record = await readSnapshotRecord(files, segment, position)
    if (record === undefined) return undefined
    topics.push(...decodeSnapshot(record.payload))
    parts = record.parts
    position += recordBytes(record.payload.length)
  }
  return topics
}

async function readSnapshotRecord(files: Files, segment: Segment, position: number) {
  const {handle} = segment.file
  const head = allocateBlock(recordHeaderBytes)
  await readFully(files, handle, head.bytes, recordHeaderBytes, position)
  if (!hasGeneration(head, 0, segment.generation) || !isHeader(head, 0)) return undefined
  const header = readHeader(head, 0, emptyHeader())
  const bytes = recordBytes(header.payloadBytes)
  if (header.kind !== RecordKind.snapshot || position + bytes > segment.bytesMax) return undefined
  const block = allocateBlock(bytes)
  await readFully(files, handle, block.bytes, bytes, position)
  if (!isPayloadWhole(block, 0, header)) return undefined
  const payload = block.bytes.subarray(recordHeaderBytes, recordHeaderBytes + header.payloadBytes)
  return {parts: header.count, payload}
}
