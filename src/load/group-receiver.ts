import type {Consumer, IncomingBatch, Session} from '../drivers/driver.ts'
import {MESSAGE_BYTES_MIN} from '../model/workload.ts'
import type {ExpiredRange} from './load-outcome.ts'
import {intendedNsAt} from './message-stamp.ts'
import type {ReceiptSink} from './receipt-sink.ts'
import type {LedgerReport, SequenceLedger} from './sequence-ledger.ts'
import type {RunTopics} from './topics.ts'

const TWO_32 = 4_294_967_296

/** What the consumers of one group have seen on one worker. */
export interface GroupReport {
  readonly ledger: LedgerReport | undefined
  /** Offset that is asked for next, by partition; infinity where another worker reads it. */
  readonly positions: readonly number[]
  /** Offsets that were skipped; expired where retention passed them. */
  readonly skipped: readonly ExpiredRange[]
}

/**
 * The consumers of one group: feeds what arrives to the group's ledger and to end-to-end time.
 * Messages that follow each other in sequence and share an intended send are accounted as one run.
 */
export class GroupReceiver {
  /** Messages that arrived, doubles included, in all phases. */
  receivedTotal = 0
  /** Values too short to carry a stamp. */
  unstamped = 0
  #recorder: ReceiptSink | undefined
  #ledger: SequenceLedger | undefined
  #isClosed = false
  #givenAgain = 0 // offsets
  #isAccounted = true
  readonly #nextOffset: number[] // by partition, counted through all topics, as everywhere here
  readonly #gaps: ExpiredRange[] = [] // offsets that were skipped; expired where retention passed them
  readonly #consumers: Consumer[] = []
  readonly #readers: Consumer[] = [] // by partition
  readonly #topics: RunTopics
  readonly #group: number
  readonly #isIdle: boolean

  /** Idle: its consumers ask for nothing until `readFrom`. */
  constructor(topics: RunTopics, group: number, isIdle = false) {
    this.#topics = topics
    this.#group = group
    this.#isIdle = isIdle
    this.#nextOffset = Array<number>(topics.partitionCount).fill(0)
  }

  /**
   * Opens `count` consumers, or those of them that `isOurs` says; consumer i reads partitions i,
   * i + count, ..., over a connection a topic.
   */
  async open(session: Session, count: number, isOurs: (consumer: number) => boolean = () => true): Promise<void> {
    const {names, partitionsEach} = this.#topics
    for (let index = 0; index < count; index += 1) {
      if (!isOurs(index)) continue
      for (let topic = 0; topic < names.length; topic += 1) {
        const base = topic * partitionsEach
        const partitions = Array.from({length: partitionsEach}, (_, local) => local).filter(
          (local) => (base + local) % count === index,
        )
        if (partitions.length > 0 && !this.#isClosed) await this.#read(session, names[topic]!, base, partitions)
      }
    }
  }

  /** Reads partitions of one topic, whose first one is `base` to the engine. */
  async #read(session: Session, topic: string, base: number, partitions: readonly number[]): Promise<void> {
    const onBatch = (batch: IncomingBatch) => this.#onBatch(batch, base + batch.partition)
    const consumer = await session.openConsumer({topic, partitions, startOffset: 0, isIdle: this.#isIdle, onBatch})
    this.#consumers.push(consumer)
    for (const local of partitions) this.#readers[base + local] = consumer
    if (this.#isClosed) await consumer.close()
  }

  /** Accounts from here on. What came before was not sent by this run and is only counted. */
  begin(recorder: ReceiptSink, ledger: SequenceLedger | undefined): void {
    this.#recorder = recorder
    this.#ledger = ledger
  }

  /** Tells another sink from here on; `isAccounted` false: of numbers alone, and the ledger nothing. */
  listen(sink: ReceiptSink, isAccounted: boolean): void {
    this.#recorder = sink
    this.#isAccounted = isAccounted
  }

  /** Reads every partition from `offset` on. */
  readFrom(offset: number): void {
    this.#nextOffset.fill(offset)
    for (const consumer of this.#consumers) consumer.readFrom(offset)
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await Promise.all(this.#consumers.map((consumer) => consumer.close()))
  }

  /** The offset a partition's consumer asks for next; infinity where another worker reads it. */
  positionOf(partition: number): number {
    return this.#readers[partition]?.positionOf(this.#topics.localOf(partition)) ?? Number.POSITIVE_INFINITY
  }

  /** Offsets that were read and are given again, or would be: the target came back with a shorter log. */
  get cutOffsets(): number {
    return this.#nextOffset.reduce(
      (sum, next, partition) => sum + Math.max(0, next - this.positionOf(partition)),
      this.#givenAgain,
    )
  }

  /** Messages that no stream of this run sent there. */
  get foreign(): number {
    return this.#ledger?.foreign ?? 0
  }

  report(): GroupReport {
    const positions = Array.from({length: this.#topics.partitionCount}, (_, partition) => this.positionOf(partition))
    return {ledger: this.#ledger?.report(), positions, skipped: this.#gaps}
  }

  #onBatch(batch: IncomingBatch, partition: number): void {
    const {baseOffset, count} = batch
    const expected = this.#nextOffset[partition]!
    if (baseOffset > expected) {
      this.#gaps.push({partition, from: expected, to: baseOffset})
      this.#ledger?.offsetGap(partition, expected, baseOffset)
    }
    if (baseOffset < expected) this.#givenAgain += expected - baseOffset
    this.#nextOffset[partition] = baseOffset + count
    this.receivedTotal += count
    const recorder = this.#recorder
    if (recorder === undefined) return
    if (this.#ledger === undefined || !this.#isAccounted)
      recorder.receivedUnstamped(batch.receivedNs, count, this.#group)
    else this.#account(batch, partition, this.#ledger, recorder)
  }

  /** Three reads a message: the stamp's two words of stream and sequence, and the intended send. */
  #account(batch: IncomingBatch, partition: number, ledger: SequenceLedger, recorder: ReceiptSink): void {
    const {view, valueStart, valueBytes, count} = batch
    const group = this.#group
    let head = -1
    let first = 0 // low word of the run's first sequence
    let next = -1
    let intendedNs = 0
    for (let index = 0; index < count; index += 1) {
      if (valueBytes[index]! < MESSAGE_BYTES_MIN) {
        this.unstamped += 1
        continue
      }
      const at = valueStart[index]!
      const itsHead = view.getUint32(at)
      const low = view.getUint32(at + 4)
      const itsIntendedNs = intendedNsAt(view, at)
      if (itsHead === head && low === next && itsIntendedNs === intendedNs) {
        next += 1
        continue
      }
      if (head >= 0) {
        const isMeasured = recorder.isMeasured(intendedNs)
        const added = accountRun(partition, ledger, head, first, next - first, isMeasured)
        recorder.received(intendedNs, batch.receivedNs, added, group)
      }
      head = itsHead
      first = low
      next = low + 1
      intendedNs = itsIntendedNs
    }
    if (head < 0) return
    const isMeasured = recorder.isMeasured(intendedNs)
    const added = accountRun(partition, ledger, head, first, next - first, isMeasured)
    recorder.received(intendedNs, batch.receivedNs, added, group)
  }
}

/** Gives how many were new. */
function accountRun(
  partition: number,
  ledger: SequenceLedger,
  head: number,
  low: number,
  count: number,
  isMeasured: boolean,
): number {
  return ledger.received(head >>> 16, partition, (head & 0xffff) * TWO_32 + low, count, isMeasured)
}
