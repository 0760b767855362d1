import type {StreambusError} from '../base/errors.ts'
import type {Acks, ClientSettings} from '../model/client-settings.ts'

/**
 * The contract between the load engine and an adapter that can talk to one kind of broker.
 *
 * It moves batches, with callbacks: a promise a message costs 145 ns, a message's whole budget is
 * 400. A driver stamps what only it can see (when bytes left the process's write queue, when an
 * answer was read) from the clock it is handed, and never records anything itself. All callbacks
 * run on the thread that opened the session, never from inside the call that caused them, except
 * where said.
 */
export interface Driver {
  readonly name: string
  readonly abilities: Abilities
  /**
   * Rejects with SB_TARGET_UNREACHABLE, SB_TARGET_TIMEOUT or SB_TARGET_PROTOCOL, and with SB_USAGE where the client
   * settings ask for what this target cannot do.
   */
  connect(options: ConnectOptions): Promise<Session>
}

/** Declared, not probed. */
export interface Abilities {
  /** Levels that some target of this kind knows; `connect` refuses what the one asked does not. */
  readonly acks: readonly Acks[]
  /** Of the client settings, those that the driver follows; the batch timeout is the engine's. */
  readonly client: readonly (keyof ClientSettings)[]
  readonly partitionsMax: number
  readonly messageBytesMax: number // of one value
  readonly batchBytesMax: number // of one batch as laid out, overhead included
}

export interface ConnectOptions {
  readonly host: string
  readonly port: number
  readonly nowNs: () => number // monotonic; every stamp comes from it
  readonly connectTimeoutMs: number
  readonly requestTimeoutMs: number
  /** Absent: all is left to the driver. */
  readonly client?: ClientSettings | undefined
}

export interface Session {
  /** Bytes of the batches sent so far as laid out and as packed, with their frames; absent where nothing can be packed. */
  readonly packedBytes?: {readonly rawBytes: number; readonly wireBytes: number}
  /** Asks the target whether it serves; resolves with what it says of itself. */
  ping(): Promise<{readonly status: string; readonly uptimeSec: number}>
  /** Creates a topic that must not exist. Rejects with SB_REQUEST_REFUSED. */
  createTopic(topic: string, partitions: number): Promise<void>
  deleteTopic(topic: string): Promise<void>
  /** First offset still held, and the offset the next message will get. */
  offsetsOf(topic: string, partition: number): Promise<{readonly start: number; readonly end: number}>
  /** A connection of its own, or that of `beside`: one producer that sends to several partitions. */
  openProducer(topic: string, partition: number, beside?: Producer): Promise<Producer>
  /** Delivers every message of the partition from `startOffset` on, in the order of the log. */
  openConsumer(options: ConsumerOptions): Promise<Consumer>
  /** Told once when the target goes away; everything in flight is failed first. */
  onLost(listener: (error: StreambusError) => void): void
  /**
   * Connects again after a loss: producers send again, consumers go on from where they stopped, or at
   * the end of a log that was cut below that. Batches in flight at the loss were failed and are not
   * sent again by the driver. Rejects while the target is not back; may then be called again.
   */
  reconnect(): Promise<void>
  /** Idempotent. Fails what is in flight, then ends every connection. */
  close(): Promise<void>
}

/**
 * A batch of messages, laid out by the driver in its own wire format: keys and values of equal size
 * each. The caller writes them in place (value i is `valueBytes` long and starts at `valueStart[i]`
 * in `bytes`, key i is `keyBytes` long and starts at `keyStart[i]`), sets `count`, and hands the
 * batch to `sendBatch`. From then until `done` it belongs to the driver.
 *
 * For values of different sizes the caller writes `valueSizes`, then calls `layOut`, then writes
 * keys and values: every time, because records move over what was there before. What lies in a
 * value until it is written is not specified.
 */
export interface OutgoingBatch {
  readonly bytes: Buffer
  readonly view: DataView // over `bytes`
  readonly capacity: number
  readonly valueBytes: number // of the largest value there is room for `capacity` times
  readonly keyBytes: number // 0: no keys
  readonly valueStart: Uint32Array
  readonly valueSizes: Uint32Array // `valueBytes` everywhere, until the caller writes others
  readonly keyStart: Uint32Array
  count: number // 1..capacity
  /**
   * Lays out the first `count` messages with `valueSizes`, and sets `valueStart`, `keyStart` and
   * `count`. Throws RangeError for a size above `valueBytes`.
   */
  layOut(count: number): void
  /**
   * Stamped by the driver: the last byte of the batch left the process's write queue. Where the system took
   * it at once: when it was handed over, because the call's own time is the target's. NaN until then.
   */
  sentNs: number
  /** Stamped by the driver: the answer was read. NaN until then. */
  ackedNs: number
  /** The caller's own, untouched by the driver. */
  tag: number
}

/** `error` undefined: acknowledged. The batch may be used again. */
export type BatchDone = (batch: OutgoingBatch, error: StreambusError | undefined) => void

export interface Producer {
  /** A batch with filled-in fixed parts and zeroed keys and values. Throws RangeError beyond `abilities`. */
  allocate(capacity: number, valueBytesMax: number, keyBytes?: number): OutgoingBatch
  /** False while bytes wait in the process's write queue: the target pushes back. */
  readonly writable: boolean
  /** Bytes that wait in the process's write queue. */
  readonly queuedBytes: number
  /** May be called while not writable: the batch then queues and its `sentNs` says how long. */
  sendBatch(batch: OutgoingBatch, done: BatchDone): void
  close(): Promise<void>
}

/** Messages as they arrived; only valid during the callback. Value i is at `valueStart[i]`, its key at `keyStart[i]`. */
export interface IncomingBatch {
  readonly partition: number
  readonly bytes: Buffer
  readonly view: DataView // over `bytes`
  readonly count: number
  readonly valueStart: Uint32Array // may be longer than count
  readonly valueBytes: Uint32Array // likewise
  readonly keyStart: Uint32Array // likewise
  readonly keyBytes: Uint32Array // likewise; 0: no key
  readonly baseOffset: number // of the first message
  readonly receivedNs: number
}

export interface ConsumerOptions {
  readonly topic: string
  readonly partitions: readonly number[]
  readonly startOffset: number
  /** Asks for nothing until `readFrom`. Absent: reads at once. */
  readonly isIdle?: boolean
  readonly onBatch: (batch: IncomingBatch) => void
}

export interface Consumer {
  /** Offset that is asked for next. */
  positionOf(partition: number): number
  /** Reads every partition from `offset` on; what was asked for before is not delivered any more. */
  readFrom(offset: number): void
  close(): Promise<void>
}
