import {crc32} from 'node:zlib'
import type {LogPoint} from './log-point.ts'
import type {TopicsAt} from './memtable.ts'
import type {TableMeta} from './tables/table-meta.ts'

/**
 * What is derived from the log and need not be derived again: the log before `replay` is in `tables` and topics, so a start reads
 * only what lies behind it.
 */
export interface Manifest extends TopicsAt {
  readonly replay: LogPoint // everything before it is synced
  readonly segments: readonly SegmentEntry[] // live ones up to that of the replay point, oldest first
  readonly tables: readonly TableMeta[]
}

export interface SegmentEntry {
  readonly number: number
  readonly generation: number
  readonly newestMs: number // append time of its newest batch; 0 when it has none
}

export type ManifestReading =
  | {readonly kind: 'whole'; readonly manifest: Manifest}
  | {readonly kind: 'damaged'; readonly why: string}

const manifestVersion = 1
const firstLine = /^streambus manifest (\d+) ([0-9a-f]{8})\n/

/** Text: `streambus manifest 1 <CRC-32 of what follows, in hexadecimal>`, then JSON. */
export function encodeManifest(manifest: Manifest): Buffer {
  const body = Buffer.from(`${JSON.stringify(manifest)}\n`)
  const crc = crc32(body).toString(16).padStart(8, '0')
  return Buffer.concat([Buffer.from(`streambus manifest ${manifestVersion} ${crc}\n`), body])
}

export function decodeManifest(bytes: Buffer): ManifestReading {
  const match = firstLine.exec(bytes.toString('latin1', 0, 64))
  if (match === null) return {kind: 'damaged', why: 'it is not a manifest'}
  const body = bytes.subarray(match[0].length)
  if (Number(match[1]) !== manifestVersion) return {kind: 'damaged', why: `it has format ${match[1]}`}
  if (crc32(body) !== Number.parseInt(match[2]!, 16)) return {kind: 'damaged', why: 'its checksum is wrong'}
  return {kind: 'whole', manifest: JSON.parse(body.toString('utf8')) as Manifest}
}
