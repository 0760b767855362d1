/** What the server has done since it started; plain counters, changed in place. */
export interface ServerStats {
  connections: number // open now
  connectionsAccepted: number
  connectionsRefused: number // over server.max_connections: accepted, then closed at once
  connectionsTimedOut: number
  streamsRefused: number // closed for bytes that are no request: length, CRC or type
  requests: number
  errors: number // answers with an error code
  bytesIn: number
  bytesOut: number
  messagesProduced: number // acknowledged
  messagesFetched: number
  recordBytesIn: number // records of what was acknowledged, as the client sent them
  recordBytesOut: number // fetch answers, whole frames
  writersWaitSinceMs: number // `performance.now()` since when some connection waits for room in the log; 0: none does
}

export function newServerStats(): ServerStats {
  return {
    connections: 0,
    connectionsAccepted: 0,
    connectionsRefused: 0,
    connectionsTimedOut: 0,
    streamsRefused: 0,
    requests: 0,
    errors: 0,
    bytesIn: 0,
    bytesOut: 0,
    messagesProduced: 0,
    messagesFetched: 0,
    recordBytesIn: 0,
    recordBytesOut: 0,
    writersWaitSinceMs: 0,
  }
}
