import type {Consumer, IncomingBatch, Session} from '../drivers/driver.ts'
import {MESSAGE_BYTES_MIN} from '../model/workload.ts'
import type {ExpiredRange} from './load-outcome.ts'
import {intendedNsAt} from './message-stamp.ts'
import type {Recorder} from './recorder.ts'
import type {SequenceLedger} from './sequence-ledger.ts'

const TWO_32 = 4_294_967_296

/**
 * The consuming side: feeds what arrives to the ledger and to end-to-end time. Messages that follow
 * each other in sequence and share an intended send are accounted as one run.
 */
export class Receiver {
  /** Messages that arrived, doubles included, in all phases. */
  receivedTotal = 0
  /** Values too short to carry a stamp. */
  unstamped = 0
  #recorder: Recorder | undefined
  #ledger: SequenceLedger | undefined
  #isClosed = false
  readonly #nextOffset: number[] // by partition
  readonly #gaps: ExpiredRange[] = [] // offsets that were skipped; expired where retention passed them
  readonly #consumers: Consumer[] = []
  readonly #partitions: number

  constructor(partitions: number) {
    this.#partitions = partitions
    this.#nextOffset = Array<number>(partitions).fill(0)
  }

  /** Opens `count` consumers; consumer i reads partitions i, i + count, ... */
  async open(session: Session, topic: string, count: number): Promise<void> {
    for (let index = 0; index < Math.min(count, this.#partitions) && !this.#isClosed; index += 1) {
      const partitions: number[] = []
      for (let partition = index; partition < this.#partitions; partition += count) partitions.push(partition)
      const consumer = await session.openConsumer({topic, partitions, startOffset: 0, onBatch: this.#onBatch})
      this.#consumers[index] = consumer
      if (this.#isClosed) await consumer.close()
    }
  }

  /** Accounts from here on. What came before was not sent by this run and is only counted. */
  begin(recorder: Recorder, ledger: SequenceLedger | undefined): void {
    this.#recorder = recorder
    this.#ledger = ledger
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await Promise.all(this.#consumers.map((consumer) => consumer.close()))
  }

  /** The offset a partition's consumer asks for next. */
  positionOf(partition: number): number {
    return this.#consumers[partition % this.#consumers.length]!.positionOf(partition)
  }

  /** The skipped offsets below `logStart` of each partition. */
  expiredBelow(logStart: (partition: number) => number): ExpiredRange[] {
    return this.#gaps.filter((gap) => gap.to <= logStart(gap.partition))
  }

  readonly #onBatch = (batch: IncomingBatch): void => {
    const {partition, baseOffset, count} = batch
    const expected = this.#nextOffset[partition]!
    if (baseOffset > expected) {
      this.#gaps.push({partition, from: expected, to: baseOffset})
      this.#ledger?.offsetGap(partition, expected, baseOffset)
    }
    this.#nextOffset[partition] = baseOffset + count
    this.receivedTotal += count
    const recorder = this.#recorder
    if (recorder === undefined) return
    if (this.#ledger === undefined) recorder.receivedUnstamped(batch.receivedNs, count)
    else this.#account(batch, this.#ledger, recorder)
  }

  /** Three reads a message: the stamp's two words of stream and sequence, and the intended send. */
  #account(batch: IncomingBatch, ledger: SequenceLedger, recorder: Recorder): void {
    const {view, valueStart, valueBytes, count} = batch
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
      if (head >= 0)
        recorder.received(intendedNs, batch.receivedNs, accountRun(batch, ledger, head, first, next - first))
      head = itsHead
      first = low
      next = low + 1
      intendedNs = itsIntendedNs
    }
    if (head >= 0) recorder.received(intendedNs, batch.receivedNs, accountRun(batch, ledger, head, first, next - first))
  }
}

/** Gives how many were new. */
function accountRun(batch: IncomingBatch, ledger: SequenceLedger, head: number, low: number, count: number): number {
  return ledger.received(head >>> 16, batch.partition, (head & 0xffff) * TWO_32 + low, count)
}
