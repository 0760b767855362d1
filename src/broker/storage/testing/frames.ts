import {crc32} from 'node:zlib'

/** Where the records of `produceFrame` begin: behind length, header, topic, partition and count. */
export const frameRecordsStart = 4 + 12 + 4 + 1 + 4 + 4

/**
 * A produce frame for topic `t` around `records`, with a right CRC: the storage checks that and
 * nothing else of it.
 */
export function produceFrame(records: Buffer, partition = 0, count = 1): Buffer {
  const frame = Buffer.alloc(frameRecordsStart + records.length + 4)
  frame.writeUInt32BE(frame.length - 4, 0)
  frame.writeUInt8(1, 12)
  frame.writeUInt8(1, 13)
  frame.writeUInt32BE(1, 16)
  frame.write('t', 20)
  frame.writeUInt32BE(partition, 21)
  frame.writeUInt32BE(count, 25)
  records.copy(frame, frameRecordsStart)
  frame.writeUInt32BE(crc32(frame.subarray(4, frame.length - 4)), frame.length - 4)
  return frame
}
