import {StreambusError} from '../base/errors.ts'
import {parseGoFloat} from '../base/go-number.ts'
import type {Budget} from './gate.ts'

/** `[BENCHMARK@]UNIT=PERCENT`, such as `p99-ns=10%` or `ProduceLatency*@p99-ns=15%`. Throws SB_USAGE. */
export function parseBudget(text: string): Budget {
  const match = /^(?:(?<benchmark>.+)@)?(?<unit>[^@=]+)=(?<percent>[^=]+)$/.exec(text.trim())
  const {benchmark = '*', unit = '', percent = ''} = match?.groups ?? {}
  if (match !== null) return budget('budget', unit.trim(), benchmark.trim(), parsePercent(percent))
  throw new StreambusError('SB_USAGE', `${JSON.stringify(text)} is not a budget, which is [BENCHMARK@]UNIT=PERCENT.`, {
    hint: "For example msgs/s=5% or 'ProduceLatency*@p99-ns=10%'.",
  })
}

/** `5`, `5%`, `5 %`: a share of the baseline in percent. Throws SB_USAGE below 0 and for what is no number. */
export function parsePercent(text: string): number {
  const value = parseGoFloat(text.trim().replace(/\s*%$/, ''))
  if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return value
  throw new StreambusError('SB_USAGE', `${JSON.stringify(text)} is not a percentage of at least 0.`, {
    hint: 'Write it as 5 or 5%.',
  })
}

/** Throws SB_USAGE for a proof of nothing: a margin of 0 cannot be shown by any number of samples. */
export function budget(rule: Budget['rule'], unit: string, benchmark: string, percent: number): Budget {
  if (rule === 'budget' || percent > 0) return {rule, unit, benchmark, percent}
  throw new StreambusError('SB_USAGE', `A margin of ${percent} % cannot be proven.`, {
    hint: 'Say how large a change would not matter, such as 3%.',
  })
}
