import {CRC_BYTES} from '../../protocol/constants.ts'
import {isMalformed} from '../../protocol/decoded.ts'
import {recordBytes, ValueLocations} from '../../protocol/records.ts'
import {decodeFetchResponse, FETCH_RECORDS_AT, writeFetchResponse} from '../../protocol/responses.ts'
import {type MicroCase, repeat} from '../micro-case.ts'
import {sealedProduceFrame} from './produce-request.ts'

const REQUEST_ID = {high: 0, low: 1}

/** What a server does for each answer to a fetch whose records lie in its frame. */
export function encodeFetchResponse(valueBytes: number, messages: number): MicroCase {
  return {
    name: `Codec_EncodeFetchResponse/size=${valueBytes}/batch=${messages}`,
    summary: 'complete a fetch response around its records: header, high-water mark, count, CRC',
    suites: ['micro'],
    messages,
    bytes: messages * valueBytes,
    prepare() {
      const frame = fetchResponse(valueBytes, messages)
      return repeat(() => {
        writeFetchResponse(frame, REQUEST_ID, messages, messages)
        return frame[frame.length - 1]!
      })
    },
  }
}

/** What a client does with an answer: its fields, and where each value lies. */
export function decodeFetchResponseCase(valueBytes: number, messages: number): MicroCase {
  return {
    name: `Codec_DecodeFetchResponse/size=${valueBytes}/batch=${messages}`,
    summary: 'read a fetch response and find every value in it, CRC not included',
    suites: ['micro'],
    messages,
    bytes: messages * valueBytes,
    prepare() {
      const frame = fetchResponse(valueBytes, messages)
      const values = new ValueLocations(messages)
      return repeat(() => {
        const response = decodeFetchResponse(frame)
        if (isMalformed(response)) throw new Error(response.malformed)
        values.locate(frame, response.recordsStart, response.recordsEnd, response.count)
        return values.starts[values.count - 1]!
      })
    },
  }
}

/** With the records of a produce request of the same messages, which have the same layout. */
function fetchResponse(valueBytes: number, messages: number): Buffer {
  const recordsBytes = messages * recordBytes(0, valueBytes)
  const request = sealedProduceFrame(valueBytes, messages)
  const frame = Buffer.alloc(FETCH_RECORDS_AT + recordsBytes + CRC_BYTES)
  request.copy(frame, FETCH_RECORDS_AT, request.length - CRC_BYTES - recordsBytes, request.length - CRC_BYTES)
  writeFetchResponse(frame, REQUEST_ID, messages, messages)
  return frame
}
