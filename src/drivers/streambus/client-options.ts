import {StreambusError} from '../../base/errors.ts'
import type {ClientSettings} from '../../model/client-settings.ts'
import {codecOf} from '../../protocol/codecs.ts'
import {canUnpack, Feature, type FetchTail, type ProduceTail} from '../../protocol/extension.ts'

const RETRY_BACKOFF_NS = 100e6
const FETCH_WAIT_NS = 500e6
const FETCH_BYTES_MAX = 1 << 20

/** Bytes of batches before and after packing, over the life of a session. */
export interface PackedBytes {
  rawBytes: number
  wireBytes: number
}

/** How the producers of a session send, as asked for and as the target can. */
export interface Sending {
  /** Packs a batch into one block, which the target stores as it is; 0: does not. */
  readonly blockCodec: number
  /** Packs each value by itself, because the target knows nothing of packing; 0: does not. */
  readonly valueCodec: number
  /** Of plain batches. Absent: the protocol's own bytes. */
  readonly tail: ProduceTail | undefined
  readonly isStamped: boolean // the target keeps the time of a message
  readonly isAwaited: boolean // done when answered, else when the bytes have left
  readonly retriesMax: number
  readonly retryBackoffMs: number
  readonly packed: PackedBytes
  /** Batches that are done for the caller, and not answered by the target yet. */
  readonly unheard: {count: number}
}

/** How its consumers read. */
export interface Fetching {
  readonly bytesMax: number
  /** Keys and values worth a delivery. Absent: any. */
  readonly bytesMin: number
  /** How long is waited for them. Absent: an empty answer is asked again after 1 to 100 ms. */
  readonly waitMsMax: number | undefined
  /** The target does the waiting. */
  readonly isLongPoll: boolean
  /** Absent: the protocol's own bytes. */
  readonly tail: FetchTail | undefined
  readonly unpacksValues: boolean
  readonly pollMessagesMax: number
}

/** What a session does of `client` against a target with these features. Throws SB_USAGE for what that cannot do. */
export function clientOptions(
  client: ClientSettings,
  features: number,
  address: string,
  requestTimeoutMs: number,
): {readonly sending: Sending; readonly fetching: Fetching} {
  const can = (feature: number) => (features & feature) !== 0
  const {acks, compression = 'none'} = client
  const codec = codecOf(compression)
  if (acks !== undefined && acks !== 'written' && !can(Feature.acks)) {
    throw cannot(address, `acks ${acks}: it answers when it has written`, '--acks written, or none of it')
  }
  const packsBlocks = codec !== 0 && can(Feature.compression)
  if (packsBlocks && !canUnpack(features, codec)) {
    throw cannot(address, `compression ${compression}`, 'producer.compression=gzip')
  }
  const level = can(Feature.acks) ? (acks ?? 'policy') : 'policy'
  const sending: Sending = {
    blockCodec: packsBlocks ? codec : 0,
    valueCodec: packsBlocks ? 0 : codec,
    tail: level === 'policy' ? undefined : {acks: level, codec: 0, count: 0, rawBytes: 0},
    isStamped: can(Feature.timestamps),
    isAwaited: acks !== 'none',
    retriesMax: client.retriesMax ?? 0,
    retryBackoffMs: (client.retryBackoffNs ?? RETRY_BACKOFF_NS) / 1e6,
    packed: {rawBytes: 0, wireBytes: 0},
    unheard: {count: 0},
  }
  return {sending, fetching: fetchingOf(client, features, codec, requestTimeoutMs)}
}

function fetchingOf(client: ClientSettings, features: number, codec: number, requestTimeoutMs: number): Fetching {
  const can = (feature: number) => (features & feature) !== 0
  const {fetchBytesMin, fetchWaitNsMax} = client
  const isPatient = fetchBytesMin !== undefined || fetchWaitNsMax !== undefined
  // An answer that is late on purpose must not look like none.
  const waitMsMax = isPatient ? Math.min((fetchWaitNsMax ?? FETCH_WAIT_NS) / 1e6, requestTimeoutMs / 2) : undefined
  const isLongPoll = can(Feature.longPoll) && waitMsMax !== undefined && waitMsMax > 0
  const unpacks = can(Feature.compression)
  const bytesMin = isPatient ? (fetchBytesMin ?? 1) : 1
  return {
    bytesMax: client.fetchBytesMax ?? FETCH_BYTES_MAX,
    bytesMin,
    waitMsMax,
    isLongPoll,
    tail: isLongPoll || unpacks ? {bytesMin, waitMsMax: isLongPoll ? waitMsMax : 0, unpacks} : undefined,
    unpacksValues: codec !== 0 && !unpacks,
    pollMessagesMax: client.pollMessagesMax ?? Number.POSITIVE_INFINITY,
  }
}

function cannot(address: string, what: string, hint: string): StreambusError {
  return new StreambusError('SB_USAGE', `The broker at ${address} cannot do ${what}.`, {hint})
}
