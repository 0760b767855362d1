import {once} from 'node:events'
import {connect, createServer, type Socket} from 'node:net'
import {expect, test} from 'vitest'
import {type ByteSink, bytesUnderWay, readInto} from './accepted-socket.ts'

class Collector implements ByteSink {
  readonly #page = Buffer.alloc(1000)
  text = ''
  chunks = 0

  room(): Buffer {
    return this.#page
  }

  onBytes(bytes: number): void {
    this.text += this.#page.subarray(0, bytes).toString()
  }

  onChunk(chunk: Buffer): void {
    this.text += chunk.toString()
    this.chunks += 1
  }
}

async function conversation(prepare: (accepted: Socket) => void): Promise<[Collector, string]> {
  const collector = new Collector()
  const server = createServer({allowHalfOpen: true, pauseOnConnect: true}, (accepted) => {
    prepare(accepted)
    const socket = readInto(collector, accepted)
    socket.on('end', () => socket.end('good bye'))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const client = connect({port: typeof address === 'object' && address !== null ? address.port : 0, host: '127.0.0.1'})
  client.end('hello')
  const [answer] = (await once(client, 'data')) as [Buffer]
  await once(client, 'close')
  await new Promise((resolve) => server.close(resolve)) // which waits for every connection it counts
  return [collector, answer.toString()]
}

test('an accepted connection reads into memory of ours, is answered, and is counted by its server', async () => {
  const [collector, answer] = await conversation(() => {})
  expect([collector.text, collector.chunks, answer]).toEqual(['hello', 0, 'good bye'])
})

test('a socket without what that needs is used as it is', async () => {
  const [collector, answer] = await conversation((accepted) => Reflect.set(accepted, '_handle', hidden(accepted)))
  expect([collector.text, answer]).toEqual(['hello', 'good bye'])
  expect(collector.chunks).toBe(1)
})

/** The same handle, as if it could not read into memory of ours. */
function hidden(accepted: Socket): unknown {
  const handle: object = Reflect.get(accepted, '_handle')
  return new Proxy(handle, {
    has: (target, key) => key !== 'useUserBuffer' && key in target,
    get(target, key) {
      const value: unknown = Reflect.get(target, key, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
    set: (target, key, value) => Reflect.set(target, key, value, target),
  })
}

test('what a client takes of one large write is seen while the write is under way', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const accepted = once(server, 'connection')
  const client = connect({port: typeof address === 'object' && address !== null ? address.port : 0, host: '127.0.0.1'})
  const [socket] = (await accepted) as [Socket]
  const bytes = 100_000_000 // far more than what the kernel holds
  socket.write(Buffer.alloc(bytes))
  const seen = new Set<number>([bytesUnderWay(socket)])
  client.on('data', () => {
    if (socket.writableLength === bytes) seen.add(bytesUnderWay(socket))
  })
  await new Promise<void>((resolve) => socket.once('drain', resolve))
  const values = [...seen]
  expect(values.length).toBeGreaterThan(3)
  expect(values).toEqual(values.toSorted((a, b) => b - a))
  expect(bytesUnderWay(socket)).toBe(0)
  client.destroy()
  socket.destroy()
  await new Promise((resolve) => server.close(resolve))
})
