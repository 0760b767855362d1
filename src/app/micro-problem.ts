import type {ErrorRecord} from '../base/errors.ts'
import type {MicroReport} from '../model/micro-report.ts'

/** Why the run must not be taken as an answer, or undefined: interrupted, failed, or no valid sample of some case. */
export function microProblem({results, rows, path}: MicroReport): ErrorRecord | undefined {
  const samples = rows.reduce((sum, {samplesTotal}) => sum + samplesTotal, 0)
  const kept = `${samples} ${samples === 1 ? 'sample is' : 'samples are'} kept in ${path}`
  if (results.outcome === 'interrupted') return {code: 'SB_INTERRUPTED', message: `Interrupted; ${kept}`}
  if (results.error !== undefined) return {...results.error, message: `${results.error.message}\n${kept}`}
  for (const {samples: ofCase} of results.micro ?? []) {
    const [first] = ofCase
    if (first?.validity.verdict !== 'invalid') continue
    const [reason] = first.validity.reasons
    if (reason === undefined) continue
    return {
      code: 'SB_FSYNC_MEANINGLESS',
      message: `${reason.message}\n${kept}, marked invalid.`,
      hint: reason.suggestion,
    }
  }
  return undefined
}
