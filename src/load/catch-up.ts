import type {ReceiptSink} from './receipt-sink.ts'

/** A message of the backlog is of the measured phase whenever it was meant to be sent. */
export function asMeasured(recorder: ReceiptSink): ReceiptSink {
  return {
    received: (intendedNs, receivedNs, count, group) => recorder.received(intendedNs, receivedNs, count, group),
    receivedUnstamped: (receivedNs, count, group) => recorder.receivedUnstamped(receivedNs, count, group),
    isMeasured: () => true,
  }
}

/**
 * Follows one pass: how much came and when the last of it did. Instants are those at which an answer
 * was read, so that what the reader is late in looking is not counted.
 */
export class PassSink implements ReceiptSink {
  messages = 0
  lastReceivedNs = Number.NaN
  readonly #inner: ReceiptSink
  readonly #wanted: number
  #onAll: () => void = () => {}
  /** Resolves when as many messages came as were wanted; doubles count only once. */
  readonly all: Promise<void>

  constructor(inner: ReceiptSink, wanted: number) {
    this.#inner = inner
    this.#wanted = wanted
    this.all = new Promise((resolve) => {
      this.#onAll = resolve
    })
  }

  received(intendedNs: number, receivedNs: number, count: number, group?: number): void {
    this.#count(receivedNs, count)
    this.#inner.received(intendedNs, receivedNs, count, group)
  }

  receivedUnstamped(receivedNs: number, count: number, group?: number): void {
    this.#count(receivedNs, count)
    this.#inner.receivedUnstamped(receivedNs, count, group)
  }

  isMeasured(intendedNs: number): boolean {
    return this.#inner.isMeasured(intendedNs)
  }

  #count(receivedNs: number, count: number): void {
    this.messages += count
    this.lastReceivedNs = receivedNs
    if (this.messages >= this.#wanted) this.#onAll()
  }
}
