import {connect, createServer, type Socket} from 'node:net'
import {crc32} from 'node:zlib'
import {
  CRC_BYTES,
  ERROR_CODE_AT,
  ID_AT,
  LENGTH_BYTES,
  RESPONSE_BYTES_MIN,
  RESPONSE_HEADER_BYTES,
  RequestType,
  STATUS_AT,
  Status,
  TYPE_AT,
  WireError,
} from '../../../src/protocol/constants.ts'
import type {LiveBroker} from '../live-broker.ts'

/** Stands between clients and a broker, counts what passes, and refuses produce requests where it is told to. */
export interface CountingProxy {
  readonly host: string
  readonly port: number
  readonly seen: ProxySeen
  close(): void
}

export interface ProxySeen {
  readonly requests: Map<number, number> // by type
  produceBytes: number // of produce requests, whole frames
  answerBytes: number
  refused: number
}

/** The first `refusals` produce requests get a storage error from the proxy and never reach the broker. */
export async function openProxy({embedded}: LiveBroker, refusals = 0): Promise<CountingProxy> {
  const seen: ProxySeen = {requests: new Map(), produceBytes: 0, answerBytes: 0, refused: 0}
  const sockets = new Set<Socket>()
  const isRefused = (type: number) => type === RequestType.produce && seen.refused < refusals
  const server = createServer({noDelay: true}, (client) => {
    const broker = connect({host: embedded.host, port: embedded.port, noDelay: true})
    for (const [socket, other] of [[client, broker] as const, [broker, client] as const]) {
      sockets.add(socket)
      socket.on('error', () => other.destroy())
      socket.on('close', () => other.destroy())
    }
    broker.on('data', (chunk: Buffer) => {
      seen.answerBytes += chunk.length
      client.write(chunk)
    })
    let left: Buffer = Buffer.alloc(0)
    client.on('data', (chunk: Buffer) => {
      left = forEachFrame(Buffer.concat([left, chunk]), (frame) => {
        const type = frame[TYPE_AT]!
        seen.requests.set(type, (seen.requests.get(type) ?? 0) + 1)
        if (type === RequestType.produce) seen.produceBytes += frame.length
        if (!isRefused(type)) return broker.write(frame)
        seen.refused += 1
        return client.write(refusalOf(frame))
      })
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return {
    host: '127.0.0.1',
    port: typeof address === 'object' && address !== null ? address.port : 0,
    seen,
    close: () => {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}

/** Gives the bytes behind the last whole frame. */
function forEachFrame(bytes: Buffer, take: (frame: Buffer) => unknown): Buffer {
  let at = 0
  while (bytes.length - at >= LENGTH_BYTES) {
    const end = at + LENGTH_BYTES + bytes.readUInt32BE(at)
    if (end > bytes.length) break
    take(bytes.subarray(at, end))
    at = end
  }
  return bytes.subarray(at)
}

/** An error without a message: an empty text behind the header. */
function refusalOf(request: Buffer): Buffer {
  const answer = Buffer.alloc(RESPONSE_BYTES_MIN + LENGTH_BYTES)
  answer.writeUInt32BE(answer.length - LENGTH_BYTES, 0)
  request.copy(answer, ID_AT, ID_AT, ID_AT + 8)
  answer[STATUS_AT] = Status.error
  answer.writeUInt16BE(WireError.storageError, ERROR_CODE_AT)
  answer.writeUInt32BE(0, RESPONSE_HEADER_BYTES)
  answer.writeUInt32BE(crc32(answer.subarray(LENGTH_BYTES, answer.length - CRC_BYTES)), answer.length - CRC_BYTES)
  return answer
}
