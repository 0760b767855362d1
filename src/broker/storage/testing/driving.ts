import type {StreambusError} from '../../../base/errors.ts'
import type {Partition, Storage, StoredBatch, Topic} from '../storage.ts'
import {frameRecordsStart, produceFrame} from './frames.ts'

/** A batch as a test sees it: a copy, which outlives the callback. */
export interface ReadBatch {
  readonly baseOffset: number
  readonly count: number
  readonly text: string
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

/** Commits a batch in this turn; undefined when there is no room. The promise is its acknowledgement. */
export function tryAppend(
  storage: Storage,
  partition: Partition,
  records: string | Buffer,
  count = 1,
): Promise<number> | undefined {
  const frame = produceFrame(Buffer.from(records), partition.index, count)
  const room = storage.reserve(frame.length)
  if (room === undefined) return undefined
  frame.copy(room)
  const batch = {partition, count, recordsStart: frameRecordsStart, recordsEnd: frame.length - 4}
  return new Promise((resolve, reject) => {
    storage.commit(batch, (error: StreambusError | undefined, base) =>
      error === undefined ? resolve(base) : reject(error),
    )
  })
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
    if (batches.length === 0) throw new Error(`nothing at offset ${offset} of [${partition.start}, ${partition.end})`)
    all.push(...batches)
    const last = batches.at(-1)!
    offset = last.baseOffset + last.count
  }
  return all
}

function copied(batch: StoredBatch): ReadBatch {
  return {baseOffset: batch.baseOffset, count: batch.count, text: batch.records.toString()}
}
