import type {StorageEvent} from '../broker/storage/events.ts'

/** What an operator should hear of the log, as one line; undefined for what is routine. */
export function describeStorageEvent(event: StorageEvent): string | undefined {
  switch (event.kind) {
    case 'recovered':
      if (event.cleanClose || event.records === 0) return undefined
      return `The log was not closed cleanly; ${event.records} records in ${event.segments} segments were recovered.`
    case 'cut':
      return `A crash tore the end of the log: dropped from record ${event.fromLsn} on (${event.path}, byte ${event.position}); none of it was known synced.`
    case 'loss-accepted':
      return `Damaged records were skipped as --accept-loss allows: ${event.losses.map(describeLoss).join('; ')}.`
    case 'index-rebuilt':
      return `The whole log was read to make its index anew (${event.why}); nothing of it is lost.`
    case 'compaction-failed':
      return `Merging index tables failed and is tried again (${event.error instanceof Error ? event.error.message : String(event.error)}); nothing is lost.`
    case 'failed':
      return `${event.error.message} Nothing after record ${event.lastSyncedLsn} is known synced.`
    case 'expired':
    case 'pool-ready':
      return undefined
  }
}

function describeLoss({
  path,
  position,
  offsets,
}: {
  path: string
  position: number
  offsets: readonly LostRange[]
}): string {
  const ranges = offsets.map(({topic, partition, from, to}) => `${topic}/${partition} offsets ${from} to ${to - 1}`)
  return `${ranges.length === 0 ? 'unknown topics' : ranges.join(', ')} (${path}, byte ${position})`
}

interface LostRange {
  readonly topic: string
  readonly partition: number
  readonly from: number
  readonly to: number
}
