import {StreambusError, systemCodeOf} from '../../base/errors.ts'
import type {Loss} from './events.ts'

const mib = (bytes: number) => `${(bytes / 1_048_576).toFixed(0)} MiB`

/** A failed write or sync, as every later append hears it. */
export function storageFailure(doing: string, path: string, cause: unknown, freeBytes: number | undefined) {
  if (systemCodeOf(cause) === 'ENOSPC' || systemCodeOf(cause) === 'EDQUOT') {
    const free = freeBytes === undefined ? '' : `, ${mib(freeBytes)} free`
    return new StreambusError('SB_DISK_FULL', `The disk is full: cannot ${doing} ${path}${free}.`, {
      hint: 'Free space or lower storage.retention.bytes, then start the broker again; what was acknowledged is kept.',
      cause,
    })
  }
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new StreambusError('SB_STORAGE_FAILED', `The log takes no more writes: cannot ${doing} ${path} (${reason}).`, {
    hint: 'Check the disk (dmesg), then start the broker again: it recovers what was written.',
    cause,
  })
}

export function poolTooLarge(directory: string, needed: number, free: number) {
  return new StreambusError(
    'SB_DISK_FULL',
    `The log's pool needs ${mib(needed)} (${needed} bytes) in ${directory}, but only ${mib(free)} (${free} bytes) are free.`,
    {hint: 'Free space, point --data-dir at a larger disk, or lower the retention of the broker.'},
  )
}

export function locked(dataDir: string, pid: number, cause: unknown) {
  return new StreambusError('SB_STORAGE_FAILED', `The data directory ${dataDir} is in use by process ${pid}.`, {
    hint: `Stop that broker (kill ${pid}) or give this one another storage.data_dir.`,
    cause,
  })
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
