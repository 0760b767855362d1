import {setImmediate as nextTurn} from 'node:timers/promises'
import {nodeFiles} from '../../../src/broker/storage/node-files.ts'
import {openStorage} from '../../../src/broker/storage/open.ts'
import {createTopic} from '../../../src/broker/storage/testing/driving.ts'
import {frameRecordsStart, produceFrame} from '../../../src/broker/storage/testing/frames.ts'
import {type Settings, settingsFor, withFolder} from '../live-broker.ts'
import {pacedDisk} from '../paced-disk.ts'

const FRAME_BYTES = 8192
const FRAMES_A_TURN = 32
const DISK_BYTES_PER_SEC = 4e6
const BURST_BYTES_MAX = 2 ** 28

/**
 * Bytes that the storage takes at memory speed, with a disk that cannot follow, before a writer waits
 * for the first time. In this process, because only here the disk can be slow on purpose.
 */
export function burstAbsorbed(settings: Settings): Promise<number> {
  return withFolder(async (folder) => {
    const {storage: options} = settingsFor(settings, folder)
    const disk = pacedDisk(nodeFiles)
    const pool = {bytes: options.wal.segmentBytes}
    const storage = await openStorage({...options, files: disk.files, pool})
    try {
      const partition = (await createTopic(storage, 'burst')).partitions[0]!
      const frame = produceFrame(Buffer.alloc(FRAME_BYTES - frameRecordsStart - 4, 1))
      const batch = {partition, count: 1, recordsStart: frameRecordsStart, recordsEnd: frame.length - 4}
      disk.pace(DISK_BYTES_PER_SEC)
      let bytes = 0
      for (; bytes < BURST_BYTES_MAX; bytes += frame.length) {
        const room = storage.reserve(frame.length)
        if (room === undefined) break
        frame.copy(room)
        storage.commit(batch, () => {})
        if (bytes % (frame.length * FRAMES_A_TURN) === 0) await nextTurn()
      }
      return bytes
    } finally {
      disk.release()
      await storage.close()
    }
  })
}
