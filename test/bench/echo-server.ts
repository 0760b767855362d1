import {createServer, type Socket} from 'node:net'
import {crc32} from 'node:zlib'

/**
 * The floor under the embedded broker: a server that takes the same frames over the same sockets,
 * checks the same CRC and answers the same acknowledgements, and stores nothing. Kept free of the
 * broker's own code on purpose, so that the ratio shows what the broker adds.
 *
 * Run by hand: `node test/bench/echo-server.ts`; it prints `{"port": N}` and ends with its stdin.
 */
const PRODUCE = 1
const FETCH = 2
const CREATE_TOPIC = 4
const HEALTH = 7
const ends = new Map<string, number>()

function answerOf(frame: Buffer): Buffer {
  const type = frame[12]
  if (type === PRODUCE) return produced(frame)
  if (type === CREATE_TOPIC) return created(frame)
  if (type === HEALTH) {
    const body = Buffer.alloc(4 + 7 + 8)
    body.writeUInt32BE(7, 0)
    body.write('healthy', 4)
    return envelope(frame, body)
  }
  if (type === FETCH) return envelope(frame, Buffer.alloc(12))
  const topic = frame.subarray(20, 24 + frame.readUInt32BE(16)) // GetOffset: name and partition
  const end = ends.get(topic.toString('latin1'))
  return end === undefined ? unknownTopic(frame) : offsets(frame, end)
}

/** Name and partition back, then three offsets. */
function offsets(frame: Buffer, end: number): Buffer {
  const topic = frame.subarray(16, 24 + frame.readUInt32BE(16))
  const body = Buffer.alloc(topic.length + 24)
  topic.copy(body)
  writeOffset(body, end, topic.length + 8)
  writeOffset(body, end, topic.length + 16)
  return envelope(frame, body)
}

const TOPIC_NOT_FOUND = 8

function unknownTopic(frame: Buffer): Buffer {
  const answer = envelope(frame, Buffer.alloc(4))
  answer.writeUInt8(1, 12)
  answer.writeUInt16BE(TOPIC_NOT_FOUND, 13)
  answer.writeUInt32BE(crc32(answer.subarray(4, answer.length - 4)), answer.length - 4)
  return answer
}

function created(frame: Buffer): Buffer {
  const nameEnd = 20 + frame.readUInt32BE(16)
  const name = frame.toString('latin1', 20, nameEnd)
  const partitions = frame.readUInt32BE(nameEnd)
  for (let partition = 0; partition < partitions; partition += 1) {
    ends.set(`${name}${String.fromCharCode(0, 0, partition >> 8, partition & 255)}`, 0)
  }
  return envelope(frame, Buffer.concat([frame.subarray(16, nameEnd), Buffer.from([1])]))
}

function produced(frame: Buffer): Buffer {
  const nameEnd = 20 + frame.readUInt32BE(16)
  const key = frame.toString('latin1', 20, nameEnd + 4)
  const count = frame.readUInt32BE(nameEnd + 4)
  const base = ends.get(key) ?? 0
  ends.set(key, base + count)
  const answer = Buffer.allocUnsafe(39)
  answer.writeUInt32BE(35, 0)
  frame.copy(answer, 4, 4, 12)
  answer.fill(0, 12, 15)
  writeOffset(answer, base, 15)
  answer.writeUInt32BE(count, 23)
  writeOffset(answer, base + count, 27)
  answer.writeUInt32BE(crc32(answer.subarray(4, 35)), 35)
  return answer
}

function writeOffset(target: Buffer, offset: number, at: number): void {
  target.writeUInt32BE(Math.floor(offset / 4294967296), at)
  target.writeUInt32BE(offset % 4294967296, at + 4)
}

function envelope(frame: Buffer, body: Buffer): Buffer {
  const answer = Buffer.alloc(19 + body.length)
  answer.writeUInt32BE(15 + body.length, 0)
  frame.copy(answer, 4, 4, 12)
  body.copy(answer, 15)
  answer.writeUInt32BE(crc32(answer.subarray(4, 15 + body.length)), 15 + body.length)
  return answer
}

function serve(socket: Socket): void {
  socket.setNoDelay(true)
  let assembling: Buffer | undefined // a frame that spans chunks, copied together once
  let filled = 0
  let head: Buffer = Buffer.alloc(0) // fewer than 4 bytes of a length
  const answers: Buffer[] = []
  const take = (frame: Buffer): boolean => {
    const end = frame.length - 4
    if (crc32(frame.subarray(4, end)) !== frame.readUInt32BE(end)) return false
    answers.push(answerOf(frame))
    return true
  }
  socket.on('data', (data: Buffer) => {
    let chunk = data
    let at = 0
    if (assembling) {
      at = Math.min(assembling.length - filled, chunk.length)
      chunk.copy(assembling, filled, 0, at)
      filled += at
      if (filled < assembling.length) return
      if (!take(assembling)) return void socket.destroy()
      assembling = undefined
    } else if (head.length > 0) {
      chunk = Buffer.concat([head, chunk])
      head = Buffer.alloc(0)
    }
    while (at < chunk.length) {
      if (chunk.length - at < 4) {
        head = Buffer.from(chunk.subarray(at))
        break
      }
      const total = chunk.readUInt32BE(at) + 4
      if (chunk.length - at < total) {
        assembling = Buffer.allocUnsafe(total)
        filled = chunk.copy(assembling, 0, at)
        break
      }
      if (!take(chunk.subarray(at, at + total))) return void socket.destroy()
      at += total
    }
    if (answers.length > 0) socket.write(answers.length === 1 ? (answers[0] as Buffer) : Buffer.concat(answers))
    answers.length = 0
  })
  socket.on('error', () => socket.destroy())
}

const server = createServer(serve)
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  process.stdout.write(`${JSON.stringify({port: typeof address === 'object' ? address?.port : 0})}\n`)
})
process.on('SIGINT', () => {})
process.stdin.on('end', () => process.exit(0)).resume()
