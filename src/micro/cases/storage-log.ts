import {readdir} from 'node:fs/promises'
import {join} from 'node:path'
import {nodeFiles} from '../../broker/storage/node-files.ts'
import {openStorage} from '../../broker/storage/open.ts'
import type {BatchToAppend, Partition, Storage} from '../../broker/storage/storage.ts'
import type {MicroPlace} from '../../model/micro-messages.ts'
import {isMalformed} from '../../protocol/decoded.ts'
import {decodeProduce} from '../../protocol/requests.ts'
import {sealedProduceFrame} from './produce-request.ts'

export type FsyncPolicy = 'never' | 'interval' | 'always'

/** Of the Go suite's table: segments of 100 MiB. Three are the least a log keeps. */
const SEGMENT_BYTES = 100 * 2 ** 20
const LOG_BYTES = 3 * SEGMENT_BYTES
const FSYNC_INTERVAL_MS = 1000

/** Opens a log in the case's folder whose files are filled beforehand, so that no append pays for a first touch of the disk. */
export async function openLog(place: MicroPlace, fsyncPolicy: FsyncPolicy): Promise<Storage> {
  return openStorage({
    files: nodeFiles,
    dataDir: place.dataDir,
    wal: {segmentBytes: SEGMENT_BYTES, fsyncPolicy, fsyncIntervalMs: FSYNC_INTERVAL_MS},
    retentionBytes: LOG_BYTES,
    pool: {bytes: LOG_BYTES, adopt: place.adoptFrom === undefined ? [] : await segmentFilesIn(place.adoptFrom)},
  })
}

export function createPartition(storage: Storage): Promise<Partition> {
  return new Promise((resolve, reject) => {
    storage.createTopic('micro', 1, (error, topic) => {
      const partition = topic?.partitions[0]
      if (partition === undefined) reject(error)
      else resolve(partition)
    })
  })
}

/** A produce request as a server would hand it to the log, and how to append it. */
export interface Appending {
  /** Appends it `count` times with at most `inFlightMax` unacknowledged; resolves with the last offset. */
  append(count: number, inFlightMax: number): Promise<number>
}

export function appending(storage: Storage, partition: Partition, valueBytes: number, messages: number): Appending {
  const frame = sealedProduceFrame(valueBytes, messages)
  const request = decodeProduce(frame)
  if (isMalformed(request)) throw new Error(request.malformed)
  const {recordsStart, recordsEnd} = request
  const batch: BatchToAppend = {partition, count: messages, recordsStart, recordsEnd}
  return {
    append: (count, inFlightMax) =>
      new Promise((resolve, reject) => {
        let sent = 0
        let acked = 0
        let isWaiting = false // for room in the log's buffer, or for the rest of this turn's acknowledgements
        const pump = () => {
          isWaiting = false
          while (sent < count && sent - acked < inFlightMax) {
            const room = storage.reserve(frame.length)
            if (room === undefined) {
              isWaiting = true
              storage.onWritable(pump)
              return
            }
            frame.copy(room)
            storage.commit(batch, done)
            sent += 1
          }
        }
        const done = (error: Error | undefined, baseOffset: number) => {
          if (error !== undefined) return reject(error)
          acked += 1
          if (acked === count) return resolve(baseOffset)
          if (isWaiting || sent === count) return
          isWaiting = true
          queueMicrotask(pump)
        }
        pump()
      }),
  }
}

async function segmentFilesIn(dataDir: string): Promise<string[]> {
  const folders = [join(dataDir, 'log'), join(dataDir, 'pool')]
  const names = await Promise.all(folders.map((folder) => readdir(folder).catch(() => [])))
  return names.flatMap((list, index) =>
    list.filter((name) => name.endsWith('.seg')).map((name) => join(folders[index] ?? '', name)),
  )
}
