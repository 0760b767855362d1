/**
 * The numbers of the StreamBus wire protocol. TCP, every integer big-endian, strings and bytes are a
 * u32 length and the raw bytes. There is no handshake and no version negotiation.
 */

/** Largest frame, its own length field included; both directions. */
export const FRAME_BYTES_MAX = 10_485_760

/** Bytes of the length field that starts every frame; its value counts what follows it. */
export const LENGTH_BYTES = 4
/** Bytes of the CRC-32 (IEEE) that ends every frame, over all but the length field and itself. */
export const CRC_BYTES = 4

/** Request: length u32, id u64, type u8, version u8, flags u16, payload, crc u32. */
export const REQUEST_HEADER_BYTES = 16
export const REQUEST_BYTES_MIN = REQUEST_HEADER_BYTES + CRC_BYTES

/** Response: length u32, id u64, status u8, error code u16, payload, crc u32. */
export const RESPONSE_HEADER_BYTES = 15
export const RESPONSE_BYTES_MIN = RESPONSE_HEADER_BYTES + CRC_BYTES

/** Offsets within a frame. */
export const ID_AT = 4
export const TYPE_AT = 12
export const FLAGS_AT = 14
export const STATUS_AT = 12
export const ERROR_CODE_AT = 13

/** Record: offset i64, timestamp i64, key, value, header count u32: this much without their bytes. */
export const RECORD_OVERHEAD_BYTES = 28

/** What a client says in the version field; a server never checks it. */
export const PROTOCOL_VERSION = 1
/** Bit 0 of the flags; every flag is ignored by servers. */
export const FLAG_REQUIRE_ACK = 1

/** The seven requests that have a codec. A server closes the connection on any other type. */
export const RequestType = {
  produce: 0x01,
  fetch: 0x02,
  getOffset: 0x03,
  createTopic: 0x04,
  deleteTopic: 0x05,
  listTopics: 0x06,
  healthCheck: 0x07,
} as const
export type RequestType = (typeof RequestType)[keyof typeof RequestType]

/** Response status; `partialSuccess` is never sent. */
export const Status = {ok: 0, error: 1, partialSuccess: 2} as const

/** Codes 0-43 of the protocol by number. Only 2, 7, 8 and 9 come from a broker of this protocol. */
export const errorCodeNames: readonly string[] = [
  'None',
  'UnknownRequest',
  'InvalidRequest',
  'OffsetOutOfRange',
  'CorruptMessage',
  'PartitionNotFound',
  'RequestTimeout',
  'StorageError',
  'TopicNotFound',
  'TopicExists',
  'ChecksumMismatch',
  'InvalidProtocol',
  'MessageTooLarge',
  ...Array<string>(7).fill('Unassigned'), // 13-19
  'UnknownMemberID',
  'InvalidSessionTimeout',
  'RebalanceInProgress',
  'InvalidGenerationID',
  'UnknownConsumerGroupID',
  'NotCoordinator',
  'InvalidCommitOffsetSize',
  'GroupAuthorizationFailed',
  'IllegalGeneration',
  'InconsistentGroupProtocol',
  'InvalidProducerEpoch',
  'InvalidTransactionState',
  'InvalidProducerIDMapping',
  'TransactionCoordinatorNotAvailable',
  'TransactionCoordinatorFenced',
  'ProducerFenced',
  'InvalidTransactionTimeout',
  'ConcurrentTransactions',
  'TransactionAborted',
  'InvalidPartitionList',
  'AuthenticationFailed',
  'AuthorizationFailed',
  'InvalidCredentials',
  'AccountDisabled',
]

/** The codes this project sends or looks at by name. */
export const WireError = {
  none: 0,
  invalidRequest: 2,
  requestTimeout: 6,
  storageError: 7,
  topicNotFound: 8, // also: no such partition
  topicExists: 9, // also: could not be created, for any reason
  messageTooLarge: 12,
  quotaExceeded: 1100, // no more connections
} as const

/** `TopicNotFound` for 8; a number without a name is `code 1100`. */
export function errorCodeName(code: number): string {
  return errorCodeNames[code] ?? `code ${code}`
}

const topicNamePattern = /^[A-Za-z0-9._-]{1,200}$/

/** Names become directories in the Go broker, so nothing that a path could misread is let through. */
export function isTopicName(name: string): boolean {
  return topicNamePattern.test(name) && name !== '.' && name !== '..'
}
