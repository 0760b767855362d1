/** What the server has done since it started; plain counters, changed in place. */
export interface ServerStats {
  connections: number // open now
  connectionsAccepted: number
  connectionsRefused: number // over server.max_connections: told so, then closed
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
  writes: number // to sockets: each carries the answers of a turn to one connection, or `server.write_buffer_size` of them
  logWaits: number // requests that had to wait for room in the log
  memoryWaits: number // reads that had to wait because unfinished requests fill the memory for them
  readerWaits: number // times a client left more than `server.write_buffer_size` unread
  turnWaits: number // times a connection used up its share of a turn
  requestBytesHeld: number // memory of requests that are not whole or have to wait
  answerBytesUnsent: number // answers that clients have not read
  answerBytesLent: number // memory of answers that are being made or sent
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
    writes: 0,
    logWaits: 0,
    memoryWaits: 0,
    readerWaits: 0,
    turnWaits: 0,
    requestBytesHeld: 0,
    answerBytesUnsent: 0,
    answerBytesLent: 0,
  }
}
