import {type AddressInfo, connect, createServer, type Server, type Socket} from 'node:net'
import {type Random, seededRandom} from '../../src/base/random.ts'
import {readU32, sealFrame, writeU32} from '../../src/protocol/bytes.ts'
import {
  CRC_BYTES,
  REQUEST_BYTES_MIN,
  REQUEST_HEADER_BYTES,
  RESPONSE_BYTES_MIN,
  RequestType,
  STATUS_AT,
  TYPE_AT,
} from '../../src/protocol/constants.ts'
import {FrameSplitter} from '../../src/protocol/frames.ts'
import {recordEnd} from '../../src/protocol/records.ts'
import {FETCH_RECORDS_AT} from '../../src/protocol/responses.ts'

/** What was done to the records that came by. */
export interface FaultsDone {
  lost: number
  doubled: number
  swapped: number
}

/** Of the batches that are large enough for it, so many are meddled with. */
const SHARE = 0.2

/**
 * A relay that loses, doubles and swaps single records at seeded places and makes the frame's count,
 * length and CRC right again, so that neither side can notice. On the way in (`produce`) it is the log
 * that is wrong, for everybody; on the way out (`fetch`) only what one reader is given.
 */
export class RecordProxy {
  readonly done: FaultsDone = {lost: 0, doubled: 0, swapped: 0}
  readonly #targetPort: number
  readonly #side: 'produce' | 'fetch'
  readonly #random: Random
  readonly #sockets = new Set<Socket>()
  #server: Server | undefined
  port = 0

  constructor(targetPort: number, side: 'produce' | 'fetch', seed: number) {
    this.#targetPort = targetPort
    this.#side = side
    this.#random = seededRandom(seed)
  }

  async listen(): Promise<void> {
    const server = createServer((client) => this.#relay(client))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    this.#server = server
    this.port = (server.address() as AddressInfo).port
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    await new Promise((resolve) => this.#server?.close(resolve))
  }

  #relay(client: Socket): void {
    const upstream = connect({host: '127.0.0.1', port: this.#targetPort, noDelay: true})
    client.setNoDelay(true)
    const asked: number[] = [] // types of the requests whose answers are to come, in order
    this.#pass(client, upstream, REQUEST_BYTES_MIN, (frame) => {
      const type = frame[TYPE_AT]!
      asked.push(type)
      return this.#side === 'produce' && type === RequestType.produce ? this.#meddleProduce(frame) : frame
    })
    this.#pass(upstream, client, RESPONSE_BYTES_MIN, (frame) => {
      const isFetched = asked.shift() === RequestType.fetch && frame[STATUS_AT] === 0
      return this.#side === 'fetch' && isFetched ? this.#meddle(frame, FETCH_RECORDS_AT - 4) : frame
    })
  }

  #pass(from: Socket, to: Socket, bytesMin: number, change: (frame: Buffer) => Buffer): void {
    const frames = new FrameSplitter(bytesMin)
    this.#sockets.add(from)
    from.on('data', (chunk: Buffer) => {
      frames.push(chunk)
      while (frames.next() === 'frame') to.write(change(Buffer.from(frames.contiguous())))
    })
    from.on('error', () => {})
    from.once('close', () => {
      this.#sockets.delete(from)
      to.destroy()
    })
  }

  /** Topic, partition, count, records. */
  #meddleProduce(frame: Buffer): Buffer {
    return this.#meddle(frame, REQUEST_HEADER_BYTES + 4 + readU32(frame, REQUEST_HEADER_BYTES) + 4)
  }

  /** One fault at most; never with the last two, for a reader that does not see the last offset asks for it again. */
  #meddle(frame: Buffer, countAt: number): Buffer {
    const count = readU32(frame, countAt)
    if (count < 4 || this.#random() >= SHARE) return frame
    const records = recordsOf(frame, countAt + 4, count)
    const index = Math.floor(this.#random() * (count - 3))
    const kind = Math.floor(this.#random() * 3)
    const [one, other] = [records[index]!, records[index + 1]!]
    if (kind === 0) {
      records.splice(index, 1)
      this.done.lost += 1
    } else if (kind === 1) {
      records.splice(index, 0, one)
      this.done.doubled += 1
    } else {
      records.splice(index, 2, other, one)
      this.done.swapped += 1
    }
    return sealed(frame.subarray(0, countAt + 4), countAt, records)
  }
}

function recordsOf(frame: Buffer, start: number, count: number): Buffer[] {
  let at = start
  return Array.from({length: count}, () => {
    const end = recordEnd(frame, at, frame.length - CRC_BYTES)
    if (end < 0) throw new Error('the records of a frame cannot be told apart')
    const record = frame.subarray(at, end)
    at = end
    return record
  })
}

function sealed(head: Buffer, countAt: number, records: readonly Buffer[]): Buffer {
  const frame = Buffer.concat([head, ...records, Buffer.alloc(CRC_BYTES)])
  writeU32(frame, 0, frame.length - 4)
  writeU32(frame, countAt, records.length)
  return sealFrame(frame)
}
