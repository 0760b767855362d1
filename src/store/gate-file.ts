import {isNode, type YAMLMap} from 'yaml'
import {StreambusError} from '../base/errors.ts'
import type {Budget, GateRules} from '../model/gate.ts'
import {budget, parseBudget, parsePercent} from '../model/gate-text.ts'
import type {ShapeReader} from './read-shape.ts'
import {type InputKind, invalidInput, parseMapping, readInputFile} from './read-yaml.ts'
import type {Field, Shape} from './workload-fields.ts'

/** What a gate file says; what it leaves out is up to whoever reads it. */
export interface GateFile {
  readonly budgets: readonly Budget[]
  readonly confidence?: number
  readonly undecided?: GateRules['undecided']
}

interface WrittenBudget {
  readonly unit: string
  readonly benchmark?: string
  readonly worse?: number
  readonly proveNoRegression?: number
  readonly proveEquivalent?: number
}

const percent: Shape = {kind: 'text', parse: parsePercent}

function field(name: string, shape: Shape, says: string, isRequired = false): Field {
  return {name, spellings: {[name]: 1}, shape, says, ...(isRequired && {isRequired: true})}
}

const budgetFields: readonly Field[] = [
  field('unit', {kind: 'text'}, 'A metric as results name it: msgs/s, p99-ns; * is every one', true),
  field('benchmark', {kind: 'text'}, 'Pattern of the benchmark, * stands for any characters; all without it'),
  field('worse', percent, 'How much worse it may get'),
  field('proveNoRegression', percent, 'A loss of this size has to be ruled out'),
  field('proveEquivalent', percent, 'A change of this size either way has to be ruled out'),
]

const gateFields: readonly Field[] = [
  field(
    'budgets',
    {
      kind: 'list',
      of: {
        kind: 'either',
        text: {kind: 'text', parse: parseBudget},
        nested: {kind: 'mapping', fields: budgetFields},
      },
    },
    'Of several that fit a metric the last one holds',
    true,
  ),
  field('confidence', {kind: 'quantity', of: 'number'}, 'Level of the intervals; 0.95'),
  field(
    'undecided',
    {kind: 'choice', values: ['pass', 'fail', 'by-rule']},
    'What an open question means: by-rule (budgets pass, proofs fail), or pass or fail for both',
  ),
]

const gateInput: InputKind = {
  name: 'gate',
  example: 'budgets: [msgs/s=5%]',
  hint: 'docs/gate.md shows a whole file; `--gate defaults` needs none.',
}

/**
 * Reads a gate: budgets per metric and pattern of benchmarks. Throws SB_INPUT_NOT_FOUND, or
 * SB_INPUT_INVALID that names line and column of everything that is wrong.
 */
export async function readGateFile(path: string, cwd: string): Promise<GateFile> {
  return parseGateFile(await readInputFile(path, cwd, gateInput), path)
}

/** The text of a gate file; `path` is for messages. */
export function parseGateFile(text: string, path: string): GateFile {
  const {root, reader} = parseMapping(text, path, gateInput)
  const fields = reader.readMapping(root, gateFields, '') as GateFields
  const isSound = reader.problems.length === 0
  const budgets = (fields.budgets ?? []).flatMap((written, index) => budgetOf(written, index, reader, root))
  const {confidence, undecided} = fields
  if (isSound && (fields.budgets ?? []).length === 0) {
    reader.report(root, 'budgets is empty: a gate without a budget holds nothing')
  }
  if (confidence !== undefined && !(confidence > 0.5 && confidence < 1)) {
    reader.report(root, `confidence is ${confidence}, not between 0.5 and 1`)
  }
  if (reader.problems.length > 0) throw invalidInput(path, reader, gateInput)
  return {budgets, ...(confidence !== undefined && {confidence}), ...(undecided !== undefined && {undecided})}
}

interface GateFields {
  readonly budgets?: readonly (Budget | WrittenBudget | undefined)[]
  readonly confidence?: number
  readonly undecided?: GateRules['undecided']
}

/** What the mapping reader could not read is reported already. */
function budgetOf(
  written: Budget | WrittenBudget | undefined,
  index: number,
  reader: ShapeReader,
  root: YAMLMap,
): Budget[] {
  if (written?.unit === undefined) return []
  if ('rule' in written) return [written]
  const {unit, benchmark = '*', worse, proveNoRegression, proveEquivalent} = written
  const claims = [
    ['budget', worse],
    ['no-regression', proveNoRegression],
    ['equivalent', proveEquivalent],
  ] as const
  const made = claims.filter(([, value]) => value !== undefined)
  const node = root.getIn(['budgets', index], true)
  const report = (problem: string) => reader.report(isNode(node) ? node : root, `budgets[${index}] ${problem}`)
  if (made.length !== 1) report('needs one of worse, proveNoRegression and proveEquivalent')
  try {
    return made.slice(0, 1).map(([rule, value]) => budget(rule, unit, benchmark, value!))
  } catch (error) {
    if (!(error instanceof StreambusError)) throw error
    report(`: ${error.message}`)
    return []
  }
}
