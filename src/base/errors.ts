/**
 * The closed list of expected failures. A code is stable: scripts may match on it, so one that is
 * retired is never given another meaning.
 */

/** Exit codes of every command; nothing but a verdict exits 1. */
export const ExitCode = {
  done: 0,
  badVerdict: 1,
  usage: 2,
  targetUnusable: 3,
  measurementInvalid: 4,
  bug: 70,
  interrupted: 130,
} as const
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode]

/** Each code with the exit code it ends a command with. */
export const errorCodes = {
  SB_USAGE: ExitCode.usage,
  SB_UNKNOWN_COMMAND: ExitCode.usage,
  SB_UNKNOWN_FLAG: ExitCode.usage,
  SB_INPUT_NOT_FOUND: ExitCode.usage,
  SB_INPUT_INVALID: ExitCode.usage,
  SB_INPUT_EMPTY: ExitCode.usage,
  SB_SCHEMA_TOO_NEW: ExitCode.usage,
  SB_CONFIG_INVALID: ExitCode.usage,
  SB_BASELINE_NOT_FOUND: ExitCode.usage,
  SB_DOES_NOT_FIT: ExitCode.usage,
  SB_OUTPUT_UNWRITABLE: ExitCode.usage,
  SB_OUTPUT_LOCKED: ExitCode.usage,
  SB_TARGET_UNREACHABLE: ExitCode.targetUnusable,
  SB_TARGET_LOST: ExitCode.targetUnusable,
  SB_TARGET_TIMEOUT: ExitCode.targetUnusable,
  SB_TARGET_PROTOCOL: ExitCode.targetUnusable,
  SB_REQUEST_REFUSED: ExitCode.targetUnusable,
  SB_PORT_IN_USE: ExitCode.targetUnusable,
  SB_BROKER_START: ExitCode.targetUnusable,
  SB_DISK_FULL: ExitCode.targetUnusable,
  SB_STORAGE_FAILED: ExitCode.targetUnusable,
  SB_LOG_CORRUPT: ExitCode.targetUnusable,
  SB_CAPTURE_FAILED: ExitCode.targetUnusable,
  SB_GENERATOR_LIMITED: ExitCode.measurementInvalid,
  SB_PACED_IN_BURSTS: ExitCode.measurementInvalid,
  SB_CLOCK_STEPPED: ExitCode.measurementInvalid,
  SB_HOST_LIMITED: ExitCode.measurementInvalid,
  SB_FSYNC_MEANINGLESS: ExitCode.measurementInvalid,
  SB_NOTHING_ACKED: ExitCode.measurementInvalid,
  SB_INTERRUPTED: ExitCode.interrupted,
} as const satisfies Record<string, ExitCode>
export type ErrorCode = keyof typeof errorCodes

/**
 * A failure that the product expects: `message` says what happened with the values, `hint` what to
 * do next (where it can, a command that can be pasted).
 */
export class StreambusError extends Error {
  readonly code: ErrorCode
  readonly hint: string | undefined

  constructor(code: ErrorCode, message: string, options: {hint?: string; cause?: unknown} = {}) {
    super(message, options.cause === undefined ? undefined : {cause: options.cause})
    this.name = 'StreambusError'
    this.code = code
    this.hint = options.hint
  }

  get exitCode(): ExitCode {
    return errorCodes[this.code]
  }
}

/** The part of an error that may be stored in a results file or sent between processes. */
export interface ErrorRecord {
  readonly code: ErrorCode | 'SB_BUG'
  readonly message: string
  readonly hint?: string
}

/** Any thrown value as a record; what is not a StreambusError is a bug of ours. */
export function toErrorRecord(error: unknown): ErrorRecord {
  if (error instanceof StreambusError) {
    const base = {code: error.code, message: withoutCredentials(error.message)}
    return error.hint === undefined ? base : {...base, hint: withoutCredentials(error.hint)}
  }
  return {code: 'SB_BUG', message: withoutCredentials(error instanceof Error ? error.message : String(error))}
}

/** Whatever was quoted: user and password of a URL are nobody's business. */
function withoutCredentials(text: string): string {
  return text.replace(/\b([a-z][a-z0-9+.-]*:\/\/)[^\s/@]+@/gi, '$1***@')
}

/** The inverse of `toErrorRecord`, for a record that crossed a process or thread boundary. */
export function fromErrorRecord(record: ErrorRecord): Error {
  if (record.code === 'SB_BUG') return new Error(record.message)
  return new StreambusError(record.code, record.message, record.hint === undefined ? {} : {hint: record.hint})
}

/** `error.code` of a system error (`ENOSPC`, `ECONNREFUSED`), or undefined. */
export function systemCodeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}

/** The exit code that goes with a problem. */
export function exitCodeOf(problem: ErrorRecord): ExitCode {
  return problem.code === 'SB_BUG' ? ExitCode.bug : errorCodes[problem.code]
}
