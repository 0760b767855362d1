import {StreambusError, systemCodeOf} from '../../base/errors.ts'

/** What the system said no with, and what helps. The disk itself is in doubt only where the system does not know better. */
interface Refusal {
  readonly because?: string // in place of the system's own words
  readonly hint: string
}

const notAllowed: Refusal = {
  hint: 'Let the user that runs the broker read and write it (chown, chmod), or choose another storage.data_dir.',
}
const notFolder: Refusal = {
  because: 'there is a file where a folder has to be',
  hint: 'Move that file away, or choose another storage.data_dir.',
}
const tooManyFiles: Refusal = {hint: 'Raise the limit of open files (ulimit -n), then start the broker again.'}

const refusals: Readonly<Record<string, Refusal>> = {
  EACCES: notAllowed,
  EPERM: notAllowed,
  EROFS: {
    because: 'the file system is read-only',
    hint: 'Mount it for writing, or choose another storage.data_dir; if nobody mounted it so, the disk failed (dmesg).',
  },
  EEXIST: notFolder,
  ENOTDIR: notFolder,
  EISDIR: {
    because: 'there is a folder where a file has to be',
    hint: 'Move that folder away: nothing but files of the broker may lie in its data directory.',
  },
  EMFILE: tooManyFiles,
  ENFILE: tooManyFiles,
}

/** A failed write or sync, as every later append hears it. */
export function storageFailure(doing: string, path: string, cause: unknown, freeBytes: number | undefined) {
  if (cause instanceof StreambusError) return cause
  const full = fullDisk(doing, path, cause, freeBytes)
  if (full !== undefined) return full
  const hint =
    refusalOf(cause)?.hint ?? 'Check the disk (dmesg), then start the broker again: it recovers what was written.'
  const message = `The log takes no more writes: cannot ${doing} ${path} (${reasonOf(cause)}).`
  return new StreambusError('SB_STORAGE_FAILED', message, {hint, cause})
}

/** The log could not be opened. */
export function unusableDirectory(dataDir: string, cause: unknown, freeBytes: number | undefined) {
  const full = fullDisk('open the log in', dataDir, cause, freeBytes)
  if (full !== undefined) return full
  const refusal = refusalOf(cause)
  return new StreambusError(
    refusal === undefined ? 'SB_STORAGE_FAILED' : 'SB_BROKER_START',
    `The data directory ${dataDir} cannot be used: ${reasonOf(cause)}.`,
    {hint: refusal?.hint ?? 'Check the disk (dmesg), then start the broker again.', cause},
  )
}

/** The files that are to be filled before the log opens do not fit. */
export function poolTooLarge(directory: string, needed: number, free: number) {
  return new StreambusError(
    'SB_DISK_FULL',
    `The log's pool needs ${mib(needed)} (${needed} bytes) in ${directory}, but only ${mib(free)} (${free} bytes) are free.`,
    {hint: 'Free space, point --data-dir at a larger disk, or lower the retention of the broker.'},
  )
}

/** Not even the first segment fits. */
export function diskTooSmall(dataDir: string, segmentBytes: number, free: number) {
  return new StreambusError(
    'SB_DISK_FULL',
    `The disk of ${dataDir} has ${mib(free)} free, and one segment of the log takes ${mib(segmentBytes)}.`,
    {
      hint: 'Free space, choose another storage.data_dir, or lower storage.wal.segment_size: a log takes three or more.',
    },
  )
}

function fullDisk(doing: string, path: string, cause: unknown, freeBytes: number | undefined) {
  const code = systemCodeOf(cause)
  if (code !== 'ENOSPC' && code !== 'EDQUOT') return undefined
  const what = code === 'ENOSPC' ? 'The disk is full' : 'The disk quota of this user is used up'
  const free = freeBytes === undefined ? '' : `, ${mib(freeBytes)} free`
  return new StreambusError('SB_DISK_FULL', `${what}: cannot ${doing} ${path}${free}.`, {
    hint: 'Free space, then start the broker again: what was acknowledged is kept. Or set storage.retention.bytes below what the log takes now: the next start removes its oldest segments first, down to three.',
    cause,
  })
}

function refusalOf(cause: unknown): Refusal | undefined {
  return refusals[systemCodeOf(cause) ?? '']
}

/** The system's words with the path it was about: `EACCES: permission denied, mkdir '/srv/log'`. */
function reasonOf(cause: unknown): string {
  const words = cause instanceof Error ? cause.message : String(cause)
  const because = refusalOf(cause)?.because
  return because === undefined ? words : `${because}; ${words}`
}

function mib(bytes: number): string {
  return `${(bytes / 1_048_576).toFixed(0)} MiB`
}
