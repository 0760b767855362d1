import type {AcksLevel, Partition, Storage, StoredBatch, Topic} from '../storage.ts'
import {frameRecordsStart, produceFrame} from './frames.ts'

/** A batch as a test sees it: a copy, which outlives the callback. */
export interface ReadBatch {
  readonly baseOffset: number
  readonly count: number
  readonly text: string
  readonly attributes: number
}

export function createTopic(storage: Storage, name: string, partitions = 1): Promise<Topic> {
  return new Promise((resolve, reject) => {
    storage.createTopic(name, partitions, (error, topic) => (topic === undefined ? reject(error) : resolve(topic)))
  })
}

export function deleteTopic(storage: Storage, topic: Topic): Promise<void> {
  return new Promise((resolve, reject) => {
    storage.deleteTopic(topic, (error) => (error === undefined ? resolve() : reject(error)))
  })
}

export interface Committed {
  readonly base: number
  readonly acked: Promise<number> // the base offset, once it is acknowledged
}

/** Commits a batch in this turn; undefined when there is no room. */
export function tryCommit(
  storage: Storage,
  partition: Partition,
  records: string | Buffer,
  count = 1,
  {acks, attributes}: {readonly acks?: AcksLevel | undefined; readonly attributes?: number} = {},
): Committed | undefined {
  const frame = produceFrame(Buffer.from(records), partition.index, count)
  const room = storage.reserve(frame.length)
  if (room === undefined) return undefined
  frame.copy(room)
  const place = {recordsStart: frameRecordsStart, recordsEnd: frame.length - 4}
  const batch = {
    partition,
    count,
    ...place,
    ...(acks !== undefined && {acks}),
    ...(attributes !== undefined && {attributes}),
  }
  const {promise, resolve, reject} = Promise.withResolvers<number>()
  const base = storage.commit(batch, (error, acked) => (error === undefined ? resolve(acked) : reject(error)))
  return {base, acked: promise}
}

/** The same for a test that needs the acknowledgement only. */
export function tryAppend(
  storage: Storage,
  partition: Partition,
  records: string | Buffer,
  count = 1,
): Promise<number> | undefined {
  return tryCommit(storage, partition, records, count)?.acked
}

/** Appends, waiting for room where it must; resolves with the base offset when acknowledged. */
export async function append(
  storage: Storage,
  partition: Partition,
  records: string | Buffer,
  count = 1,
): Promise<number> {
  for (;;) {
    const appended = tryAppend(storage, partition, records, count)
    if (appended !== undefined) return appended
    await new Promise<void>((resolve) => storage.onWritable(resolve))
  }
}

export function read(storage: Storage, partition: Partition, offset: number, bytesMax = 1): Promise<ReadBatch[]> {
  return new Promise((resolve, reject) => {
    storage.read(partition, offset, bytesMax, (error, batches) =>
      error === undefined ? resolve(batches.map(copied)) : reject(error),
    )
  })
}

/** Every batch of the partition from its start, one after the other. */
export async function readAll(storage: Storage, partition: Partition, bytesMax = 65_536): Promise<ReadBatch[]> {
  const all: ReadBatch[] = []
  for (let offset = partition.start; offset < partition.end; ) {
    const batches = await read(storage, partition, offset, bytesMax)
    const last = batches.at(-1)
    const next = last === undefined ? partition.start : last.baseOffset + last.count // or it expired meanwhile
    if (next <= offset) throw new Error(`nothing at offset ${offset} of [${partition.start}, ${partition.end})`)
    all.push(...batches)
    offset = next
  }
  return all
}

function copied(batch: StoredBatch): ReadBatch {
  return {
    baseOffset: batch.baseOffset,
    count: batch.count,
    attributes: batch.attributes,
    text: batch.records.toString(),
  }
}
