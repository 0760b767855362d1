import {readdir, readFile, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {ValueLocations} from '../../src/protocol/records.ts'

/*
 * The log's segment files, read by docs/log-format.md and nothing of the broker's own code: what a
 * broker's recovery says of them is what is to be tested.
 */

const SEGMENT_HEADER_BYTES = 4096
const RECORD_HEADER_BYTES = 80
const MAGIC = 'SLG1'
const BATCH = 1

/** One batch as it lies in a file. */
export interface BatchInLog {
  readonly lsn: number
  readonly partition: number
  readonly baseOffset: number
  readonly count: number
  /** Stream and sequence of each value, as `stream:sequence`. */
  readonly stamps: readonly string[]
}

interface RecordAt {
  readonly path: string
  readonly at: number
  readonly lsn: number
  readonly syncedLsn: number
  readonly batch?: BatchInLog
}

async function segmentsOf(dataDir: string): Promise<string[]> {
  const names = await readdir(join(dataDir, 'log'))
  return names.filter((name) => name.endsWith('.seg')).map((name) => join(dataDir, 'log', name))
}

async function recordsOf(dataDir: string): Promise<RecordAt[]> {
  const records: RecordAt[] = []
  for (const path of await segmentsOf(dataDir)) records.push(...recordsIn(path, await readFile(path)))
  return records.toSorted((a, b) => a.lsn - b.lsn)
}

function recordsIn(path: string, bytes: Buffer): RecordAt[] {
  const records: RecordAt[] = []
  const u64 = (at: number) => Number(bytes.readBigUInt64LE(at))
  let generation: Buffer | undefined // a file is used again: behind the tail lie records of its past
  let at = SEGMENT_HEADER_BYTES
  while (at + RECORD_HEADER_BYTES <= bytes.length && bytes.toString('latin1', at, at + 4) === MAGIC) {
    const itsGeneration = bytes.subarray(at + 8, at + 14)
    generation ??= itsGeneration
    if (!generation.equals(itsGeneration)) break
    const payloadBytes = bytes.readUInt32LE(at + 60)
    const record = {path, at, lsn: u64(at + 16), syncedLsn: u64(at + 24)}
    const isBatch = bytes[at + 6] === BATCH
    records.push(isBatch ? {...record, batch: batchAt(bytes, at, record.lsn)} : record)
    at += Math.ceil((RECORD_HEADER_BYTES + payloadBytes) / 8) * 8
  }
  return records
}

function batchAt(bytes: Buffer, at: number, lsn: number): BatchInLog {
  const count = bytes.readUInt32LE(at + 56)
  const frame = bytes.subarray(at + RECORD_HEADER_BYTES, at + RECORD_HEADER_BYTES + bytes.readUInt32LE(at + 60))
  const values = new ValueLocations()
  if (!values.locate(frame, bytes.readUInt32LE(at + 64), bytes.readUInt32LE(at + 68), count)) {
    throw new Error(`the batch with number ${lsn} cannot be read`)
  }
  const stamps = Array.from({length: count}, (_, index) => stampAt(frame, values.starts[index]!))
  return {
    lsn,
    partition: bytes.readUInt32LE(at + 52),
    baseOffset: Number(bytes.readBigUInt64LE(at + 32)),
    count,
    stamps,
  }
}

/** Of a value: two bytes of stream, six of sequence. */
export function stampAt(bytes: Buffer, at: number): string {
  return `${bytes.readUInt16BE(at)}:${bytes.readUIntBE(at + 2, 6)}`
}

export async function batchesIn(dataDir: string): Promise<BatchInLog[]> {
  return (await recordsOf(dataDir)).flatMap((record) => record.batch ?? [])
}

/**
 * Does to a log what the loss of power does: nothing is left behind the highest record that the log
 * itself knows to be synced. Gives the batches that are gone. Call while no broker runs on it.
 */
export async function cutAtLastSync(dataDir: string): Promise<BatchInLog[]> {
  const records = await recordsOf(dataDir)
  const synced = Math.max(...records.map((record) => record.syncedLsn))
  const gone = records.filter((record) => record.lsn > synced)
  for (const path of new Set(gone.map((record) => record.path))) {
    const bytes = await readFile(path)
    bytes.fill(0, Math.min(...gone.filter((record) => record.path === path).map((record) => record.at)))
    await writeFile(path, bytes)
  }
  return gone.flatMap((record) => record.batch ?? [])
}
