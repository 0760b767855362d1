import {StreambusError} from '../base/errors.ts'
import {defaultBudgets} from '../compare/gate-rules.ts'
import type {Budget, GateRules} from '../model/gate.ts'
import {budget, parseBudget, parsePercent} from '../model/gate-text.ts'
import {readGateFile} from '../store/gate-file.ts'

/** The gate as flags ask for it; nothing of it given: no gate. */
export interface GateRequest {
  readonly gate?: string | undefined // a file, or `defaults`
  readonly failAbove?: string | undefined // a percentage for every metric
  readonly budgets?: readonly string[] | undefined // `[BENCHMARK@]UNIT=PERCENT`
  readonly proveNoRegression?: readonly string[] | undefined // a percentage, or like a budget
  readonly proveEquivalent?: readonly string[] | undefined
  readonly undecided?: GateRules['undecided'] | undefined
}

/**
 * The rules that file and flags make together; flags come last, so that they hold. Throws SB_USAGE,
 * SB_INPUT_NOT_FOUND and SB_INPUT_INVALID.
 */
export async function resolveGate(
  request: GateRequest,
  confidence: number,
  cwd: string,
): Promise<GateRules | undefined> {
  const {gate, failAbove, undecided} = request
  const file = gate === undefined || gate === 'defaults' ? undefined : await readGateFile(gate, cwd)
  const budgets: Budget[] = [
    ...(gate === 'defaults' ? defaultBudgets : (file?.budgets ?? [])),
    ...(failAbove === undefined ? [] : [budget('budget', '*', '*', parsePercent(failAbove))]),
    ...(request.budgets ?? []).map(parseBudget),
    ...(request.proveNoRegression ?? []).map((text) => parseProof('no-regression', text)),
    ...(request.proveEquivalent ?? []).map((text) => parseProof('equivalent', text)),
  ]
  if (budgets.length === 0) {
    if (undecided === undefined) return undefined
    throw new StreambusError(
      'SB_USAGE',
      '--undecided says what a gate makes of an open question, but there is no gate.',
      {
        hint: 'Add --gate defaults, --fail-above 5% or --budget msgs/s=5%.',
      },
    )
  }
  const level = file?.confidence ?? confidence
  if (!(level > 0.5 && level < 1)) {
    throw new StreambusError('SB_USAGE', `A gate cannot decide at a confidence of ${level}.`, {
      hint: 'Use --confidence 0.95, or another level above 0.5 and below 1.',
    })
  }
  return {budgets, confidence: level, undecided: undecided ?? file?.undecided ?? 'by-rule'}
}

function parseProof(rule: Budget['rule'], text: string): Budget {
  if (!text.includes('=')) return budget(rule, '*', '*', parsePercent(text))
  const {unit, benchmark, percent} = parseBudget(text)
  return budget(rule, unit, benchmark, percent)
}
