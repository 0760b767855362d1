import {StreambusError} from '../../base/errors.ts'
import type {Loss} from './events.ts'

export function locked(dataDir: string, holder: string | undefined, cause: unknown) {
  const message =
    holder === undefined
      ? `The data directory ${dataDir} is in use, or its file system has no locks (fcntl).`
      : `The data directory ${dataDir} is in use by ${holder}.`
  return new StreambusError('SB_STORAGE_FAILED', message, {
    hint: 'Stop that broker, or give this one another storage.data_dir.',
    cause,
  })
}

/** `cause` says what became of the lock. */
export function lostLock(dataDir: string, cause: Error) {
  return new StreambusError(
    'SB_STORAGE_FAILED',
    `The log takes no more writes: ${cause.message}, so another broker may write to ${dataDir} too.`,
    {hint: 'Stop every broker on that directory and start one again; never remove its lock.', cause},
  )
}

export function unreadableSegment(path: string, what: string) {
  return new StreambusError('SB_LOG_CORRUPT', `${path}: ${what}.`, {
    hint: 'Restore the file from a backup, or start with --accept-loss to go on without what it holds.',
  })
}

/** The index tables are derived from the log, so a damaged one is no loss. */
export function damagedTable(what: string) {
  return new StreambusError('SB_LOG_CORRUPT', `${what}.`, {
    hint: 'Nothing is lost: start the broker again, and it makes the tables anew from the log.',
  })
}

export function foreignFile(path: string) {
  return new StreambusError('SB_LOG_CORRUPT', `${path} is not a segment of a log.`, {
    hint: 'Move the file out of the data directory; nothing but segments may lie there.',
  })
}

export function newerFormat(path: string, version: number, known: number) {
  return new StreambusError('SB_LOG_CORRUPT', `${path} has log format ${version}; this broker reads format ${known}.`, {
    hint: 'Start it with the version of streambus that wrote it.',
  })
}

export function corrupt(losses: readonly Loss[]) {
  const named = losses.slice(0, 5).map(describeLoss).join('; ')
  const more = losses.length > 5 ? `; and ${losses.length - 5} more places` : ''
  return new StreambusError('SB_LOG_CORRUPT', `Synced records of the log are damaged: ${named}${more}.`, {
    hint: 'Restore the file from a backup, or start with --accept-loss to skip them and keep the rest.',
  })
}

function describeLoss(loss: Loss): string {
  const place = `${loss.path} at byte ${loss.position}`
  if (loss.offsets.length === 0) return `records ${loss.fromLsn}-${loss.toLsn - 1} of unknown topics (${place})`
  const what = loss.offsets.map(
    (lost) => `topic "${lost.topic}" partition ${lost.partition} offsets ${lost.from}-${lost.to - 1}`,
  )
  return `${what.join(', ')} (${place})`
}

export function refused(message: string, hint: string) {
  return new StreambusError('SB_REQUEST_REFUSED', message, {hint})
}

export function closed() {
  return new StreambusError('SB_STORAGE_FAILED', 'The storage is closed.')
}
