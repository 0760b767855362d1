import type {ErrorCode, ErrorRecord} from '../base/errors.ts'
import type {BenchReport, BenchRow} from '../model/bench-report.ts'

const codeOfReason = {
  'generator-late': 'SB_GENERATOR_LIMITED',
  'paced-in-bursts': 'SB_PACED_IN_BURSTS',
  'host-limited': 'SB_HOST_LIMITED',
  'clock-stepped': 'SB_CLOCK_STEPPED',
  'fsync-meaningless': 'SB_FSYNC_MEANINGLESS',
  'nothing-acked': 'SB_NOTHING_ACKED',
  interrupted: 'SB_INTERRUPTED',
  failed: 'SB_TARGET_LOST',
} as const satisfies Record<string, ErrorCode>

/**
 * Why the run must not be taken as an answer, or undefined: it was interrupted, it failed, or for
 * one benchmark fewer than half of the samples are valid.
 */
export function benchProblem(report: BenchReport, isReasonPrinted = false): ErrorRecord | undefined {
  const {results} = report
  if (results.outcome === 'interrupted') return interrupted(report)
  if (results.error !== undefined) return kept(results.error, report)
  const row = report.rows.find((candidate) => candidate.samplesValid * 2 < candidate.samplesTotal)
  return row === undefined ? undefined : invalid(row, report, isReasonPrinted)
}

function interrupted(report: BenchReport): ErrorRecord {
  const samples = report.rows.reduce((sum, row) => sum + row.samplesTotal, 0)
  return {
    code: 'SB_INTERRUPTED',
    message: `Interrupted after ${samples} ${samples === 1 ? 'sample' : 'samples'}; they are kept in ${report.path}`,
  }
}

/** The error that ended the run, and where what was measured before it lies. */
function kept(error: ErrorRecord, report: BenchReport): ErrorRecord {
  const samples = report.rows.reduce((sum, row) => sum + row.samplesTotal, 0)
  const what = samples === 1 ? 'One sample is' : `${samples} samples are`
  return samples === 0 ? error : {...error, message: `${error.message}\n${what} kept in ${report.path}`}
}

function invalid(row: BenchRow, report: BenchReport, isReasonPrinted: boolean): ErrorRecord {
  const count = row.samplesTotal - row.samplesValid
  const [first] = row.invalidReasons
  const code = first === undefined ? 'SB_GENERATOR_LIMITED' : codeOfReason[first.code]
  const message =
    `${count} of ${row.samplesTotal} samples of ${row.name} are invalid${isReasonPrinted ? '.' : `: ${first?.message ?? 'no reason was stored'}`}\n` +
    `The samples are kept, marked invalid, in ${report.path}`
  return first === undefined ? {code, message} : {code, message, hint: first.suggestion}
}
