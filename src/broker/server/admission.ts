import type {Socket} from 'node:net'
import {Connection} from './connection.ts'
import {RefusedConnection} from './refused-connection.ts'
import type {ServerContext} from './server-context.ts'

/** Serves as many connections as `server.max_connections` says, and tells the others that it is full. */
export class Admission {
  readonly #context: ServerContext
  readonly #connections: Set<Connection>
  readonly #refused = new Set<RefusedConnection>()
  readonly #scratch = Buffer.allocUnsafeSlow(4096)

  constructor(context: ServerContext, connections: Set<Connection>) {
    this.#context = context
    this.#connections = connections
  }

  take(socket: Socket): void {
    if (this.#connections.size < this.#context.settings.maxConnections) this.#serve(socket)
    else this.#refuse(socket)
  }

  #serve(socket: Socket): void {
    const connections = this.#connections
    const {stats} = this.#context
    const connection = new Connection(socket, this.#context, (closed) => {
      connections.delete(closed)
      stats.connections = connections.size
    })
    connections.add(connection)
    stats.connectionsAccepted += 1
    stats.connections = connections.size
  }

  #refuse(socket: Socket): void {
    const {stats, settings} = this.#context
    stats.connectionsRefused += 1
    const text = `the broker has its ${settings.maxConnections} connections (server.max_connections)`
    const refused = new RefusedConnection(socket, this.#scratch, text, () => this.#refused.delete(refused))
    this.#refused.add(refused)
  }

  close(): void {
    for (const refused of this.#refused) refused.destroy()
  }
}
