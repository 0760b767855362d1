import {type AddressInfo, connect, createServer, type Server, type Socket} from 'node:net'

/** A TCP relay on loopback whose traffic a test can hold back or cut. */
export class FaultProxy {
  readonly #targetPort: number
  readonly #sockets = new Set<Socket>()
  #server: Server | undefined
  #isStalled = false
  port = 0

  constructor(targetPort: number) {
    this.#targetPort = targetPort
  }

  /** Listens; again on the same port after `cut`. */
  async listen(): Promise<void> {
    const server = createServer((client) => this.#relay(client))
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(this.port, '127.0.0.1', resolve)
    })
    this.#server = server
    this.port = (server.address() as AddressInfo).port
  }

  #relay(client: Socket): void {
    const upstream = connect({host: '127.0.0.1', port: this.#targetPort, noDelay: true})
    client.setNoDelay(true)
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      this.#sockets.add(from)
      from.pipe(to)
      from.on('error', () => {})
      from.once('close', () => {
        this.#sockets.delete(from)
        to.destroy()
      })
    }
    if (this.#isStalled) client.pause()
  }

  /** Reads nothing any more, so that the senders' sockets fill. */
  stall(): void {
    this.#isStalled = true
    for (const socket of this.#sockets) socket.pause()
  }

  resume(): void {
    this.#isStalled = false
    for (const socket of this.#sockets) socket.resume()
  }

  /** Ends every connection and refuses new ones. */
  async cut(): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      if (this.#server === undefined) resolve()
      else this.#server.close(() => resolve())
    })
    this.#server = undefined
    for (const socket of this.#sockets) socket.resetAndDestroy()
    await closed
  }
}
