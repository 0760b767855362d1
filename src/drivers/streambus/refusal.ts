import {StreambusError} from '../../base/errors.ts'
import {readU32} from '../../protocol/bytes.ts'
import {errorCodeName, LENGTH_BYTES, RESPONSE_HEADER_BYTES, WireError} from '../../protocol/constants.ts'
import type {WireResponse} from './wire-request.ts'

const hints: Readonly<Record<number, string>> = {
  [WireError.storageError]: "Look at the broker's log and at the space on its disk.",
  [WireError.topicNotFound]: 'The topic was deleted, or has fewer partitions than asked for.',
  [WireError.topicExists]: 'Use a topic name that the target does not know yet.',
  [WireError.messageTooLarge]: 'Lower --message-size or --batch-size.',
  [WireError.quotaExceeded]: 'Raise server.max_connections of the broker, or let other clients close theirs.',
}

/** Its own trouble, which may pass: a timeout within, its storage, a quota. What is wrong with the request itself stays wrong. */
const passing: ReadonlySet<number> = new Set([
  WireError.requestTimeout,
  WireError.storageError,
  WireError.quotaExceeded,
])

/** Whether the same request may be taken when it is sent again. */
export function mayPass({errorCode}: WireResponse): boolean {
  return passing.has(errorCode)
}

/** What a target's error answer means to the caller. `asked` completes "refused to". */
export function refusalOf(response: WireResponse, asked: string): StreambusError {
  const {errorCode} = response
  const hint = hints[errorCode]
  const name = `${errorCodeName(errorCode)} (${errorCode})`
  const message = `The target refused to ${asked}: ${name}, ${textOf(response)}`
  return new StreambusError('SB_REQUEST_REFUSED', message, hint === undefined ? {} : {hint})
}

function textOf({bytes, start, end}: WireResponse): string {
  const at = start + RESPONSE_HEADER_BYTES
  if (at + LENGTH_BYTES > end) return 'without a text'
  const textEnd = Math.min(at + LENGTH_BYTES + readU32(bytes, at), end)
  return bytes.toString('utf8', at + LENGTH_BYTES, textEnd) || 'without a text'
}
