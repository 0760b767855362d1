import {boolean, custom, option, string} from '@oclif/core/flags'
import type {GateRequest} from '../app/resolve-gate.ts'
import {StreambusError} from '../base/errors.ts'
import {parseGoFloat} from '../base/go-number.ts'
import type {ClassicSort} from '../compare/classic/classic-series.ts'
import type {ClassicDeltaTest} from '../compare/classic/delta.ts'

/** A number, such as a probability: `0.05`. */
export const numberFlag = custom<number>({helpValue: '<number>', parse: async (text) => parseNumber(text)})

/** A percentage, with or without its sign: `5`, `5%`. */
export const percentFlag = custom<number>({
  helpValue: '<percent>',
  parse: async (text) => parseNumber(text.replace(/\s*%$/, '')),
})

function parseNumber(text: string): number {
  const value = parseGoFloat(text)
  if (typeof value === 'number' && Number.isFinite(value)) return value
  throw new StreambusError('SB_USAGE', `${JSON.stringify(text)} is not a number.`, {hint: 'Write it as 0.05 or 5.'})
}

const GATE = 'GATE'

/** Flags that make a gate; `resolveGate` reads them. */
export const gateFlags = {
  gate: string({
    summary: 'Exit 1 when a metric is beyond its budget: a gate file, or defaults (msgs/s -5 %, p99-ns +10 %).',
    helpValue: '<file|defaults>',
    helpGroup: GATE,
  }),
  'fail-above': string({
    summary: 'Exit 1 when any metric is worse by more than this percentage, all of its interval.',
    helpValue: '<percent>',
    helpGroup: GATE,
  }),
  budget: string({
    summary: "A budget, such as msgs/s=5% or 'ProduceLatency*@p99-ns=10%'; later ones override.",
    helpValue: '<budget>',
    multiple: true,
    multipleNonGreedy: true,
    helpGroup: GATE,
  }),
  'prove-no-regression': string({
    summary: 'Exit 1 unless a loss of this size is ruled out (one-sided, 0.05): 3%, or UNIT=3%.',
    helpValue: '<percent>',
    multiple: true,
    multipleNonGreedy: true,
    helpGroup: GATE,
  }),
  'prove-equivalent': string({
    summary: 'Exit 1 unless a change of this size either way is ruled out (two one-sided tests).',
    helpValue: '<percent>',
    multiple: true,
    multipleNonGreedy: true,
    helpGroup: GATE,
  }),
  undecided: option({
    options: ['pass', 'fail', 'by-rule'] as const,
    summary:
      'An open question: pass (also for proofs, which disarms them), fail, or by-rule, the default: budgets pass with a warning, proofs fail.',
    helpGroup: GATE,
  })(),
}

/** What `gateFlags` were parsed to. */
export interface GateFlagValues {
  readonly gate?: string | undefined
  readonly 'fail-above'?: string | undefined
  readonly budget?: string[] | undefined
  readonly 'prove-no-regression'?: string[] | undefined
  readonly 'prove-equivalent'?: string[] | undefined
  readonly undecided?: GateRequest['undecided']
}

/** The gate flags under the names of the use case. */
export function gateRequestOf(flags: GateFlagValues): GateRequest {
  return {
    gate: flags.gate,
    failAbove: flags['fail-above'],
    budgets: flags.budget,
    proveNoRegression: flags['prove-no-regression'],
    proveEquivalent: flags['prove-equivalent'],
    undecided: flags.undecided,
  }
}

export const githubFlag = () =>
  boolean({
    summary: 'In GitHub Actions: also write the job summary, and annotate what the gate found.',
    helpGroup: GATE,
  })

const CLASSIC = 'CLASSIC LAYOUT'

/** Flags of the layout that benchstat had before 2023; with the current one only their defaults are allowed. */
export const classicFlags = {
  layout: option({
    options: ['current', 'classic'] as const,
    default: 'current' as const,
    summary: 'classic prints what benchstat before 2023 printed: means without outliers.',
    helpGroup: CLASSIC,
  })(),
  'delta-test': option({
    options: ['utest', 'ttest', 'none'] as const,
    default: 'utest' as const,
    summary: 'Significance test.',
    helpGroup: CLASSIC,
  })(),
  geomean: boolean({summary: 'Add a geometric mean of each file.', helpGroup: CLASSIC}),
  norange: boolean({summary: 'No range columns in CSV.', helpGroup: CLASSIC}),
  sort: option({
    options: ['none', 'name', '-name', 'delta', '-delta'] as const,
    default: 'none' as const,
    summary: 'Order of rows; - reverses.',
    helpGroup: CLASSIC,
  })(),
  split: string({summary: 'Labels that split rows into groups.', default: 'pkg,goos,goarch', helpGroup: CLASSIC}),
}

export interface ClassicFlagValues {
  readonly 'delta-test': ClassicDeltaTest
  readonly alpha: number
  readonly geomean?: boolean // absent: not given
  readonly norange?: boolean
  readonly sort: ClassicSort
  readonly split: string
  readonly format: string
}

const onlyCurrent = [
  'export',
  'github',
  'strict',
  'include-invalid',
  'correct',
  'filter',
  'table',
  'row',
  'col',
  'ignore',
  ...Object.keys(gateFlags),
]
const onlyClassic = {'delta-test': 'utest', geomean: false, norange: false, sort: 'none', split: 'pkg,goos,goarch'}

/** Throws SB_USAGE for a flag that the layout does not have: it would be ignored in silence. */
export function checkLayout(flags: Readonly<Record<string, unknown>> & {readonly layout: 'current' | 'classic'}): void {
  if (flags.layout === 'classic') {
    const foreign = onlyCurrent.find((name) => flags[name] !== undefined)
    if (foreign === undefined) return
    throw new StreambusError('SB_USAGE', `--${foreign} has no meaning with --layout classic.`, {
      hint: 'Leave out --layout classic: the current layout filters, groups and gates.',
    })
  }
  const foreign = Object.entries(onlyClassic).find(([name, value]) => (flags[name] ?? value) !== value)
  if (foreign === undefined) return
  throw new StreambusError('SB_USAGE', `--${foreign[0]} belongs to the classic layout.`, {
    hint: 'Add --layout classic.',
  })
}

/** Throws SB_USAGE for a gate beside `--export`: what is written is no verdict. */
export function checkExport(flags: Readonly<Record<string, unknown>> & {readonly export?: string | undefined}): void {
  const gate = Object.keys(gateFlags).find((name) => flags[name] !== undefined)
  if (flags.export === undefined || gate === undefined) return
  throw new StreambusError('SB_USAGE', `--${gate} judges a comparison, and --export writes none.`, {
    hint: 'Call compare twice: once with --export, once with the gate.',
  })
}
