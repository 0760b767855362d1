import {pack} from '../../protocol/codecs.ts'
import {FRAME_BYTES_MAX} from '../../protocol/constants.ts'
import {packValue} from '../../protocol/packed-value.ts'
import {type ProduceFrame, packedFrame} from '../../protocol/produce-frame.ts'
import {recordBytes} from '../../protocol/records.ts'
import {encodeProduce} from '../../protocol/requests.ts'
import type {Sending} from './client-options.ts'

/** Whose batch, and how it is sent. */
interface Sends {
  readonly topic: string
  readonly partition: number
  readonly sending: Sending
}

/**
 * The first `count` messages of a frame as they go out packed, not sealed yet; undefined where packing saves
 * nothing and the frame goes out as it is. Counts both sizes.
 */
export function packBatch(frame: ProduceFrame, count: number, sends: Sends): Buffer | undefined {
  const {packed} = sends.sending
  const rawBytes = frame.frameBytes(count)
  const smaller = sends.sending.blockCodec !== 0 ? packBlock(frame, count, sends) : packValues(frame, count, sends)
  const isSmaller = smaller !== undefined && smaller.length < rawBytes
  packed.rawBytes += rawBytes
  packed.wireBytes += isSmaller ? smaller.length : rawBytes
  return isSmaller ? smaller : undefined
}

function packBlock(frame: ProduceFrame, count: number, {topic, partition, sending}: Sends): Buffer | undefined {
  const raw = frame.records(count, Date.now())
  const block = pack(sending.blockCodec, raw)
  if (block.length >= raw.length) return undefined
  const acks = sending.tail?.acks ?? 'policy'
  return packedFrame(topic, partition, block, {acks, codec: sending.blockCodec, count, rawBytes: raw.length})
}

function packValues(frame: ProduceFrame, count: number, {topic, partition, sending}: Sends): Buffer | undefined {
  const {bytes, keyBytes, keyStart, valueStart, valueSizes} = frame
  const records = []
  let sum = 0
  for (let index = 0; index < count; index += 1) {
    const value = packValue(
      sending.valueCodec,
      bytes.subarray(valueStart[index]!, valueStart[index]! + valueSizes[index]!),
    )
    records.push({key: bytes.subarray(keyStart[index]!, keyStart[index]! + keyBytes), value})
    sum += recordBytes(keyBytes, value.length)
  }
  return sum < FRAME_BYTES_MAX / 2 || sum < bytes.length ? encodeProduce(0, topic, partition, records) : undefined
}
