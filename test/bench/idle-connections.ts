import {once} from 'node:events'
import {connect, type Socket} from 'node:net'
import {encodeHealthCheck} from '../../src/protocol/requests.ts'

export interface OpenedConnections {
  readonly served: number // answered a health check
  readonly refused: number // ended, or answered nothing for a second
  close(): void
}

const ANSWER_MS_MAX = 1000
const AT_ONCE = 50

/** Opens `count` connections that ask for their health once and then stay silent. */
export async function openIdle(host: string, port: number, count: number): Promise<OpenedConnections> {
  const sockets: Socket[] = []
  let served = 0
  for (let from = 0; from < count; from += AT_ONCE) {
    const opened = Array.from({length: Math.min(AT_ONCE, count - from)}, () => openOne(host, port))
    for (const {socket, isServed} of await Promise.all(opened)) {
      sockets.push(socket)
      if (isServed) served += 1
    }
  }
  return {
    served,
    refused: count - served,
    close: () => {
      for (const socket of sockets) socket.destroy()
    },
  }
}

async function openOne(host: string, port: number): Promise<{readonly socket: Socket; readonly isServed: boolean}> {
  const socket = connect({host, port, noDelay: true})
  socket.on('error', () => {}) // `close` follows
  socket.write(encodeHealthCheck(1))
  const signal = AbortSignal.timeout(ANSWER_MS_MAX)
  const answer = once(socket, 'data', {signal}).then(([bytes]) => isHealthy(bytes as Buffer))
  const end = once(socket, 'close', {signal}).then(() => false)
  return {socket, isServed: await Promise.race([answer, end]).catch(() => false)}
}

/** A refusal is an answer too: its status is not 0. */
function isHealthy(answer: Buffer): boolean {
  return answer.length > 12 && answer[12] === 0
}
