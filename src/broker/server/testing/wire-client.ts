import {once} from 'node:events'
import {connect, type Socket} from 'node:net'
import {RESPONSE_BYTES_MIN} from '../../../protocol/constants.ts'
import {FrameSplitter} from '../../../protocol/frames.ts'

/** A client for tests: sends any bytes, and hands over whole answers in the order they came. */
export class WireClient {
  readonly socket: Socket
  isClosed = false
  readonly #splitter = new FrameSplitter(RESPONSE_BYTES_MIN)
  readonly #frames: Buffer[] = []
  #wake: (() => void) | undefined

  constructor(socket: Socket) {
    this.socket = socket
    socket.on('data', (chunk: Buffer) => {
      this.#splitter.push(chunk)
      while (this.#splitter.next() === 'frame') this.#frames.push(Buffer.from(this.#splitter.contiguous()))
      this.#wake?.()
    })
    socket.on('error', () => {})
    socket.on('close', () => {
      this.isClosed = true
      this.#wake?.()
    })
  }

  static async connect(port: number): Promise<WireClient> {
    const socket = connect({port, host: '127.0.0.1', noDelay: true})
    const client = new WireClient(socket)
    await once(socket, 'connect')
    return client
  }

  send(bytes: Buffer): void {
    this.socket.write(bytes)
  }

  /** The next answer, or null when the connection was closed without one. */
  async answer(): Promise<Buffer | null> {
    while (this.#frames.length === 0 && !this.isClosed) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
    return this.#frames.shift() ?? null
  }

  async ask(request: Buffer): Promise<Buffer | null> {
    this.send(request)
    return this.answer()
  }

  /** Resolves when the server has closed its end. */
  async closed(): Promise<void> {
    if (!this.isClosed) await once(this.socket, 'close')
  }

  close(): void {
    this.socket.destroy()
  }
}
