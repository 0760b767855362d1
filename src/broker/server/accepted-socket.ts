import {type OnReadOpts, Socket} from 'node:net'

/** Where the bytes of a connection go. */
export interface ByteSink {
  /** Memory for the next read; asked for once a read. */
  room(): Buffer
  /** `bytes` were read into what `room` gave last. */
  onBytes(bytes: number): void
  /** A chunk in memory of its own. */
  onChunk(chunk: Buffer): void
}

/**
 * Makes an accepted connection read into memory of ours, and gives the socket to use from now on.
 *
 * Node gives every read of an accepted socket 64 KiB of fresh memory; at hundreds of megabytes a
 * second, collecting it is a third of the broker's work. `onread` (Node's own option, documented for
 * outgoing connections) avoids that, but is read by the constructor only, so the handle moves to a
 * new socket; the server goes on counting it. `_handle` and `_server` are not documented: where they
 * are missing, the socket is used as it is, with `data` events.
 *
 * The server must have been made with `pauseOnConnect`, so that nothing was read yet.
 */
export function readInto(sink: ByteSink, accepted: Socket): Socket {
  const handle: unknown = Reflect.get(accepted, '_handle')
  const server: unknown = Reflect.get(accepted, '_server')
  if (typeof handle !== 'object' || handle === null || !('useUserBuffer' in handle) || server === undefined) {
    accepted.on('data', (chunk: Buffer) => sink.onChunk(chunk))
    accepted.resume()
    return accepted
  }
  const onread: OnReadOpts = {
    buffer: () => sink.room(),
    callback: (bytes: number) => {
      sink.onBytes(bytes)
      return true
    },
  }
  const {allowHalfOpen, writableHighWaterMark} = accepted
  const options = {allowHalfOpen, writableHighWaterMark, handle, onread}
  Reflect.set(accepted, '_handle', null)
  Reflect.set(accepted, '_server', null)
  const socket: Socket = Reflect.construct(Socket, [options]) // its declared types know no such handle
  Reflect.set(socket, '_server', server)
  socket.resume()
  return socket
}

/**
 * Bytes of the write under way that the system has not taken yet: Node counts a write as unsent until it is
 * whole, though a slow client may be reading it all the while. 0 where Node does not say.
 */
export function bytesUnderWay(socket: Socket): number {
  const handle: unknown = Reflect.get(socket, '_handle')
  if (typeof handle !== 'object' || handle === null || !('writeQueueSize' in handle)) return 0
  return typeof handle.writeQueueSize === 'number' ? handle.writeQueueSize : 0
}
