import {StreambusError} from '../base/errors.ts'
import {quoted} from './http-get.ts'
import type {InspectorAddress} from './inspector-url.ts'

const CONNECT_TIMEOUT_MS = 5000

/** A session with a remote V8 inspector. */
export interface InspectorConnection {
  /** Rejects with SB_CAPTURE_FAILED (refused), SB_TARGET_TIMEOUT, SB_TARGET_LOST. */
  post(method: string, params: object | undefined, timeoutMs: number): Promise<unknown>
  /** Resolves when the connection is gone, whoever ended it. */
  readonly closed: Promise<void>
  close(): void
}

interface Waiting {
  readonly resolve: (result: unknown) => void
  readonly reject: (error: StreambusError) => void
  readonly timer: NodeJS.Timeout
}

/** Opens the WebSocket of an inspector. Rejects with SB_TARGET_UNREACHABLE or SB_TARGET_TIMEOUT. */
export async function connectInspector(address: InspectorAddress): Promise<InspectorConnection> {
  const socket = await openSocket(address)
  const waiting = new Map<number, Waiting>()
  let lastId = 0
  const closed = new Promise<void>((resolve) => {
    socket.addEventListener('close', () => {
      for (const {reject, timer} of waiting.values()) {
        clearTimeout(timer)
        reject(lost(address))
      }
      waiting.clear()
      resolve()
    })
  })
  socket.addEventListener('message', (event) => answer(waiting, event.data))
  return {
    post(method, params, timeoutMs) {
      return new Promise((resolve, reject) => {
        if (socket.readyState !== WebSocket.OPEN) return reject(lost(address))
        lastId += 1
        const id = lastId
        const timer = setTimeout(() => {
          waiting.delete(id)
          reject(
            new StreambusError(
              'SB_TARGET_TIMEOUT',
              `${address.host} did not answer ${method} within ${timeoutMs / 1000} s`,
            ),
          )
        }, timeoutMs)
        waiting.set(id, {resolve, reject, timer})
        socket.send(JSON.stringify({id, method, params}))
      })
    },
    closed,
    close: () => socket.close(),
  }
}

function openSocket(address: InspectorAddress): Promise<WebSocket> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(address.webSocketUrl)
    const timer = setTimeout(() => {
      socket.close()
      reject(new StreambusError('SB_TARGET_TIMEOUT', `The inspector at ${address.host} did not open a session in time`))
    }, CONNECT_TIMEOUT_MS)
    socket.addEventListener('open', () => {
      clearTimeout(timer)
      resolve(socket)
    })
    socket.addEventListener('error', () => {
      clearTimeout(timer)
      reject(
        new StreambusError('SB_TARGET_UNREACHABLE', `The inspector at ${address.host} refused a session`, {
          hint: `the id in the URL changes with every start of the process; http://${address.host} finds the current one`,
        }),
      )
    })
  })
}

/** Hands an answer to whoever waits for it; events, and answers to nobody, are dropped. */
function answer(waiting: Map<number, Waiting>, data: unknown): void {
  const message = typeof data === 'string' ? parse(data) : undefined
  if (message === undefined || typeof message.id !== 'number') return
  const asked = waiting.get(message.id)
  if (asked === undefined) return
  waiting.delete(message.id)
  clearTimeout(asked.timer)
  if (message.error === undefined) asked.resolve(message.result)
  else
    asked.reject(
      new StreambusError('SB_CAPTURE_FAILED', `The inspector refused: ${quoted(JSON.stringify(message.error))}`),
    )
}

function parse(text: string): {id?: unknown; error?: unknown; result?: unknown} | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? value : undefined
  } catch {
    return undefined
  }
}

function lost(address: InspectorAddress): StreambusError {
  return new StreambusError('SB_TARGET_LOST', `The process at ${address.host} went away during the capture`, {
    hint: 'its samples died with it; capture again, for a shorter time',
  })
}
