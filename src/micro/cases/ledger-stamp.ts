import {writeStamps} from '../../load/message-stamp.ts'
import {ProduceFrame} from '../../protocol/produce-frame.ts'
import {type MicroCase, repeat} from '../micro-case.ts'

/** Stream, sequence and intended send, written into every value of a batch. */
export function stampBatch(valueBytes: number, messages: number): MicroCase {
  return {
    name: `Ledger_Stamp/size=${valueBytes}/batch=${messages}`,
    summary: 'stamp every message of a batch: stream, sequence, intended send',
    suites: ['micro'],
    messages,
    prepare() {
      const {bytes, valueStart} = new ProduceFrame('micro', 0, messages, valueBytes)
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
      const last = valueStart[messages - 1]! + 7
      let sequence = 0
      return repeat(() => {
        writeStamps(view, valueStart, messages, 3, sequence, sequence * 1_000)
        sequence += messages
        return bytes[last]!
      })
    },
  }
}
