import {REQUEST_BYTES_MIN} from '../../protocol/constants.ts'
import {FrameSplitter} from '../../protocol/frames.ts'
import {type MicroCase, repeat} from '../micro-case.ts'
import {sealedProduceFrame} from './produce-request.ts'

const CHUNK_BYTES = 65_536 // what a socket of Node gives at most in one read

/** One frame cut out of a stream that arrives in reads of 64 KiB, which frames do not end with. */
export function splitFrames(valueBytes: number, messages: number): MicroCase {
  return {
    name: `FrameSplitter/size=${valueBytes}/batch=${messages}`,
    summary: 'cut one produce request out of a stream of 64 KiB chunks, without copying it',
    suites: ['micro'],
    messages,
    bytes: messages * valueBytes,
    prepare() {
      const splitter = new FrameSplitter(REQUEST_BYTES_MIN)
      const chunks = chunksOf(sealedProduceFrame(valueBytes, messages))
      let next = 0
      return repeat(() => {
        while (splitter.next() !== 'frame') {
          splitter.push(chunks[next]!)
          next = next + 1 === chunks.length ? 0 : next + 1
        }
        return splitter.frameBytes
      })
    },
  }
}

/** So many frames that whole chunks hold whole frames, cut at the chunks' bounds. */
function chunksOf(frame: Buffer): Buffer[] {
  const stream = Buffer.concat(Array.from({length: CHUNK_BYTES / 2 ** twosIn(frame.length)}, () => frame))
  const chunks: Buffer[] = []
  for (let at = 0; at < stream.length; at += CHUNK_BYTES) {
    chunks.push(Buffer.from(stream.subarray(at, at + CHUNK_BYTES))) // of its own: neighbours would be joined again
  }
  return chunks
}

/** How often 2 divides it, 16 at most. */
function twosIn(value: number): number {
  let twos = 0
  while (twos < 16 && value % 2 ** (twos + 1) === 0) twos += 1
  return twos
}
