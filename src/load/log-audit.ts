import type {Session} from '../drivers/driver.ts'
import {GroupReceiver} from './group-receiver.ts'
import type {ReceiptSink} from './receipt-sink.ts'
import type {Recorder} from './recorder.ts'
import type {SequenceLedger} from './sequence-ledger.ts'
import type {RunTopics} from './topics.ts'

const POLL_MS = 2

export interface LogAudit {
  readonly session: Session
  readonly topics: RunTopics
  /** Is told what the log holds as if a consumer had read it. */
  readonly ledger: SequenceLedger
  /** Offset that each partition would give next. */
  readonly ends: readonly number[]
  /** Knows which messages are of the measured phase. */
  readonly recorder: Recorder
  readonly isOutOfTime: () => boolean
  readonly pause: (ms: number) => Promise<void>
}

/** Counts nothing but what the ledger counts. */
const nowhere = (recorder: Recorder): ReceiptSink => ({
  received() {},
  receivedUnstamped() {},
  isMeasured: (intendedNs) => recorder.isMeasured(intendedNs),
})

/**
 * Reads the whole log once, after a run without consumers that lost its target meanwhile: how many
 * messages the log holds does not tell which, because some were stored and never acknowledged. False
 * when time was too short for all of it.
 */
export async function auditLog({
  session,
  topics,
  ledger,
  recorder,
  ends,
  isOutOfTime,
  pause,
}: LogAudit): Promise<boolean> {
  const reader = new GroupReceiver(topics, 0)
  reader.begin(nowhere(recorder), ledger)
  try {
    await reader.open(session, 1)
    while (!ends.every((end, partition) => reader.positionOf(partition) >= end)) {
      if (isOutOfTime()) return false
      await pause(POLL_MS)
    }
    return true
  } finally {
    await reader.close()
  }
}
