/** Whoever is told of receipts: the recorder, or somebody between it and the consumers. */
export interface ReceiptSink {
  /** `count` messages with one intended send arrived together at one group, each for the first time there. */
  received(intendedNs: number, receivedNs: number, count: number, group?: number): void
  /** With the ledger off: receipts are only counted. */
  receivedUnstamped(receivedNs: number, count: number, group?: number): void
  /** Whether a message that was meant to be sent then belongs to the measured phase. */
  isMeasured(intendedNs: number): boolean
}
