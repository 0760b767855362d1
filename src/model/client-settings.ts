/** When a batch counts as acknowledged: `none` when its bytes have left, `written` and `synced` when the broker has done so. */
export type Acks = 'none' | 'written' | 'synced'
export const acksLevels: readonly Acks[] = ['none', 'written', 'synced']

export type Compression = 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd'
export const compressions: readonly Compression[] = ['none', 'gzip', 'snappy', 'lz4', 'zstd']

/**
 * How producers and consumers work with the target: the guide's `producer.*` and `consumer.*`, whose batch size
 * is the message shape's. What is absent is left to the driver, and costs nothing.
 */
export interface ClientSettings {
  /** Absent: when the broker's own policy says. */
  readonly acks?: Acks
  readonly compression?: Compression
  /** Open loops: a batch leaves so long after its first message was due, full or not. Absent: when it is full. */
  readonly batchTimeoutNs?: number
  /** How often a batch is sent again that was refused for a reason that may pass. Absent: never. */
  readonly retriesMax?: number
  readonly retryBackoffNs?: number // before each time; absent: 100 ms
  /** Bytes of keys and values worth an answer; less is waited for, up to `fetchWaitNsMax`. */
  readonly fetchBytesMin?: number
  readonly fetchBytesMax?: number
  readonly fetchWaitNsMax?: number
  /** Most messages handed over at once. */
  readonly pollMessagesMax?: number
}

/** The settings under the names that users know. */
export const clientSettingNames: Readonly<Record<keyof ClientSettings, string>> = {
  acks: 'acks',
  compression: 'producer.compression',
  batchTimeoutNs: 'producer.batch_timeout',
  retriesMax: 'producer.max_retries',
  retryBackoffNs: 'producer.retry_backoff',
  fetchBytesMin: 'consumer.fetch_min_bytes',
  fetchBytesMax: 'consumer.fetch_max_bytes',
  fetchWaitNsMax: 'consumer.fetch_max_wait',
  pollMessagesMax: 'consumer.max_poll_records',
}
