import {expect} from 'vitest'
import type {AcksLevel} from '../storage.ts'
import type {FsyncPolicy} from '../syncer.ts'
import type {ReadBatch} from './driving.ts'

/** One batch that was committed, and what is known of it. */
export interface SentBatch {
  readonly base: number
  readonly count: number
  readonly text: string
  readonly lsn: number
  readonly acks: AcksLevel | undefined // undefined: what the policy says
  ackedAtMs: number | undefined
}

/** What may be read of a partition, and what has to be there. */
export class PartitionWitness {
  readonly sent = new Map<number, SentBatch[]>() // by base offset: a lost offset is given again
  life: SentBatch[] = [] // since the log was opened
  safe: readonly ReadBatch[] = [] // read after a start: the next lives must have it
  startSeen = 0

  send(batch: SentBatch): void {
    this.life.push(batch)
    const others = this.sent.get(batch.base)
    if (others === undefined) this.sent.set(batch.base, [batch])
    else others.push(batch)
  }

  wasSent({baseOffset, count, text}: ReadBatch): boolean {
    return this.sent.get(baseOffset)?.some((batch) => batch.count === count && batch.text === text) ?? false
  }
}

/** A topic as its client knows it; another one of the same name is another topic. */
export class TopicWitness {
  readonly name: string
  readonly partitions: readonly PartitionWitness[]
  /** Its create record is durable for sure from this synced number on; undefined: it was never acknowledged. */
  createdLsn: number | undefined
  isDeleteAsked = false
  deletedLsn: number | undefined // likewise

  constructor(name: string, partitions: number) {
    this.name = name
    this.partitions = Array.from({length: partitions}, () => new PartitionWitness())
  }
}

/** How far the promises of the policy reach at the moment the power goes. */
export interface Promises {
  readonly policy: FsyncPolicy
  readonly syncedLsn: number
  /** `interval`: what was acknowledged before this instant has had its interval. */
  readonly intervalBeganMs: number
}

export function mustSurvive(batch: SentBatch, {policy, syncedLsn, intervalBeganMs}: Promises): boolean {
  if (batch.lsn <= syncedLsn) return true
  if (batch.ackedAtMs === undefined || batch.acks === 'accepted') return false
  if (batch.acks === 'synced' || (policy === 'always' && batch.acks === undefined)) return true
  return policy === 'interval' && batch.ackedAtMs < intervalBeganMs
}

/**
 * Compares what a partition holds after a start with what was sent to it: fails when there is anything that
 * was never sent, a hole, or something that had expired; returns what had to be there and is not.
 */
export function findLost(
  witness: PartitionWitness,
  partition: {readonly start: number; readonly end: number},
  held: readonly ReadBatch[],
  promises: Promises,
): string[] {
  let next = partition.start
  for (const batch of held) {
    expect(batch.baseOffset, 'no hole').toBe(next)
    if (!witness.wasSent(batch)) expect.fail(`offset ${batch.baseOffset}: ${batch.text.slice(0, 40)} was never sent`)
    next += batch.count
  }
  expect(next, 'up to the end').toBe(partition.end)
  expect(partition.start, 'what expired stays away').toBeGreaterThanOrEqual(witness.startSeen)
  const byOffset = new Map(held.map((batch) => [batch.baseOffset, batch.text]))
  const isGone = (base: number, text: string) => base >= partition.start && byOffset.get(base) !== text
  const safe = witness.safe.filter(({baseOffset, text}) => isGone(baseOffset, text))
  const due = witness.life.filter((batch) => mustSurvive(batch, promises) && isGone(batch.base, batch.text))
  witness.startSeen = partition.start
  witness.safe = held
  witness.life = []
  return [
    ...safe.map(({baseOffset}) => `offset ${baseOffset}, which an earlier start found`),
    ...due.map(({base, lsn, acks}) => `offset ${base} (record ${lsn}, acks ${acks}, synced ${promises.syncedLsn})`),
  ]
}
