import {isMalformed} from '../../protocol/decoded.ts'
import {ProduceFrame} from '../../protocol/produce-frame.ts'
import {decodeProduce} from '../../protocol/requests.ts'
import {type MicroCase, repeat} from '../micro-case.ts'

const TOPIC = 'micro'

/** What a client does for each batch it sends again: number it, count it, seal it with its CRC. */
export function encodeProduceRequest(valueBytes: number, messages: number): MicroCase {
  return {
    name: `Codec_EncodeProduceRequest/size=${valueBytes}/batch=${messages}`,
    summary: 'seal a produce request that is laid out: id, count, CRC',
    suites: ['micro'],
    messages,
    bytes: messages * valueBytes,
    prepare() {
      const frame = new ProduceFrame(TOPIC, 0, messages, valueBytes)
      let id = 0
      return repeat(() => {
        id += 1
        const end = frame.seal(id, messages)
        return frame.bytes[end - 1]!
      })
    },
  }
}

/** What a server does with a request whose CRC it has checked: its fields, and a walk over every record. */
export function decodeProduceRequest(valueBytes: number, messages: number): MicroCase {
  return {
    name: `Codec_DecodeProduceRequest/size=${valueBytes}/batch=${messages}`,
    summary: 'read a produce request and find where its records end, CRC not included',
    suites: ['micro'],
    messages,
    bytes: messages * valueBytes,
    prepare() {
      const frame = sealedProduceFrame(valueBytes, messages)
      return repeat(() => {
        const request = decodeProduce(frame)
        if (isMalformed(request)) throw new Error(request.malformed)
        return request.recordsEnd + request.count
      })
    },
  }
}

/** A produce request with `messages` empty-keyed values of `valueBytes` zeros. */
export function sealedProduceFrame(valueBytes: number, messages: number): Buffer {
  const frame = new ProduceFrame(TOPIC, 0, messages, valueBytes)
  return frame.bytes.subarray(0, frame.seal(1, messages))
}
