import {StreambusError} from '../base/errors.ts'
import {SeriesComparison} from '../compare/compare.ts'
import {correctForMany} from '../compare/correct.ts'
import {describeDifferences, differencesOf} from '../compare/differences.ts'
import type {RecordExport} from '../compare/export-records.ts'
import {itemsOfResults} from '../compare/from-results.ts'
import type {GateQuestion, SeparateSidesOf} from '../compare/gate.ts'
import {type InputArgument, parseInputs} from '../compare/labels.ts'
import type {QueryOptions} from '../compare/query.ts'
import type {BenchmarkItem} from '../model/benchmark-record.ts'
import type {Comparison, ComparisonTable, PairedDelta} from '../model/comparison.ts'
import type {Gate, GateRules} from '../model/gate.ts'
import type {Results} from '../model/results.ts'
import {readGoBenchItems, readGoBenchStream} from '../store/go-bench-stream.ts'
import {type InputStream, readStreamText} from '../store/read-input.ts'
import {parseResults} from '../store/read-results.ts'
import {BetweenInvocations} from './between-invocations.ts'
import {spoiltSamples} from './comparison-conditions.ts'
import {ignoredKeys, notAlike, nothingKept, splitWarnings} from './comparison-doubts.ts'
import {type ComparisonInput, isBenchmarkText, openComparisonInput} from './comparison-input.ts'
import type {Context} from './context.ts'
import {judgeTables} from './judge-tables.ts'
import {pairedDeltas, pairedQuestions} from './paired-comparison.ts'

export interface CompareRequest extends QueryOptions {
  /** `path` or `label=path`; a path may be a baseline's name, or `-` for stdin. */
  readonly inputs: readonly string[]
  readonly alpha: number // in [0, 1]
  readonly confidence: number // in [0, 1]
  readonly gate?: GateRules | undefined
  /** Refuses inputs that were not measured alike instead of warning. */
  readonly strict?: boolean | undefined
  readonly includeInvalid?: boolean | undefined
  /** Allows for the number of questions in the sound verdicts. */
  readonly correct?: 'fdr' | undefined
  /** Whether to answer soundly beside benchstat's figures, which costs the more the larger the samples; absent: yes. */
  readonly sound?: boolean | undefined
  /** Takes what is compared, to write it as one benchmark text. */
  readonly exportTo?: RecordExport | undefined
  readonly stdin: InputStream
}

/**
 * Compares the inputs' benchmarks: the first column is the baseline. Throws SB_USAGE without input,
 * for a bad query or level; what reading throws; and, with a gate, SB_INPUT_INVALID when there was
 * nothing to compare, because a gate that looked at nothing must not pass.
 */
export async function compareResults(request: CompareRequest, context: Context): Promise<Comparison> {
  checkInputs(request.inputs)
  const comparison = new Comparing(request, context)
  checkLevels(request)
  for (const input of parseInputs(request.inputs)) await comparison.read(input)
  return comparison.finish()
}

export interface RunComparisonRequest {
  /** Name or path of what the run is compared with. Absent: only what it measured in turn is judged. */
  readonly baseline?: string | undefined
  readonly gate?: GateRules | undefined
}

/**
 * Reads what a run will be compared with before it starts, so that it is not measured in vain, nor compared with
 * itself where it becomes the baseline of that name. The answer compares its results. Throws what reading throws;
 * the answer, with a gate, SB_INPUT_INVALID when there was nothing to compare.
 */
export async function comparisonForRun(
  {baseline, gate}: RunComparisonRequest,
  context: Context,
): Promise<(results: Results) => Comparison> {
  const comparison = new Comparing({alpha: 0.05, confidence: 0.95, gate, inputs: [], stdin: noInput()}, context)
  if (baseline !== undefined) await comparison.read({label: baseline, path: baseline, isLabelled: true})
  return (results) => {
    comparison.addResults('this run', results.id, results)
    return comparison.finish()
  }
}

async function* noInput(): AsyncGenerator<string> {}

function checkInputs(inputs: readonly string[]): void {
  if (inputs.length === 0) {
    throw new StreambusError('SB_USAGE', 'No file to compare was named.', {
      hint: 'streambus compare old=results/a.json new=results/b.json',
    })
  }
  if (inputs.filter((input) => input === '-' || input.endsWith('=-')).length > 1) {
    throw new StreambusError('SB_USAGE', 'Standard input (-) can be read only once.', {
      hint: 'Save it to a file first.',
    })
  }
}

function checkLevels({alpha, confidence}: CompareRequest): void {
  if (!(alpha >= 0 && alpha <= 1)) throw new StreambusError('SB_USAGE', '--alpha must be in range [0, 1]')
  if (!(confidence >= 0 && confidence <= 1))
    throw new StreambusError('SB_USAGE', '--confidence must be in range [0, 1]')
}

class Comparing {
  private readonly request: CompareRequest
  private readonly context: Context
  private readonly series: SeriesComparison
  private readonly problems: string[] = []
  private readonly warnings: string[] = []
  private readonly sources: string[] = []
  private readonly withoutResult: string[] = []
  private readonly notRead: StreambusError[] = [] // of what is empty, or no benchmark text at all
  private readonly paired: PairedDelta[] = []
  private readonly pairedQuestions: GateQuestion[] = []
  private readonly between = new BetweenInvocations()
  private readonly measurements = new Set<string>() // by label
  private baseline: {readonly label: string; readonly results: Results} | undefined

  constructor(request: CompareRequest, context: Context) {
    this.request = request
    this.context = context
    this.series = new SeriesComparison({...request, sound: request.correct !== undefined || request.sound !== false})
  }

  async read(input: InputArgument): Promise<void> {
    try {
      await this.readOpened(input)
    } catch (error) {
      if (!(error instanceof StreambusError && error.code === 'SB_INPUT_EMPTY')) throw error
      this.sources.push(input.label)
      this.leaveOut(error)
    }
  }

  /**
   * Beside others, what is empty or a text of another kind only lacks results, as for benchstat. A gate
   * must not pass without what it was given.
   */
  private leaveOut(error: StreambusError): void {
    if (this.request.gate !== undefined || this.request.strict === true) throw error
    this.notRead.push(error)
  }

  private async readOpened(input: InputArgument): Promise<void> {
    const opened = await openComparisonInput(input.path, this.request.stdin, this.context)
    this.warnings.push(...opened.warnings)
    if (opened.kind === 'json') {
      const text = await readStreamText(opened.stream, opened.name)
      this.addResults(input.label, opened.name, await parseResults(text, opened.name))
      return
    }
    this.measuredOnce(input.label, input.path, opened.name)
    await this.addText(input, opened)
  }

  /** The same samples twice in a column look like two measurements to a gate, and like less noise. */
  private measuredOnce(label: string, identity: string, name: string): void {
    if (this.request.gate === undefined) return
    const key = `${label}\n${identity}`
    if (this.measurements.has(key)) {
      throw new StreambusError(
        'SB_USAGE',
        `${name} is given twice as ${label}; a gate would count it as two measurements.`,
        {
          hint: 'Name each invocation once, or leave out the gate.',
        },
      )
    }
    this.measurements.add(key)
  }

  private async addText({label, path}: InputArgument, {name, head, stream}: ComparisonInput): Promise<void> {
    this.sources.push(label)
    if ((await this.addLines(label, path, stream)) > 0) return
    if (isBenchmarkText(head)) this.withoutResult.push(name)
    else this.leaveOut(await notBenchmarks(head, name))
  }

  /** Answers how many result lines there were, malformed ones too. */
  private async addLines(label: string, path: string, stream: AsyncIterable<Buffer>): Promise<number> {
    if (this.request.gate !== undefined || this.request.exportTo !== undefined) {
      const items = await readGoBenchItems(stream, path)
      this.addItems(label, path, items)
      return items.filter(({kind}) => kind !== 'unit').length
    }
    const input = this.series.input(label, path)
    await readGoBenchStream(stream, path, input)
    this.addProblems(input.problems)
    return input.results + input.problems.length
  }

  /** For those who must see every record. */
  private addItems(label: string, path: string, items: Iterable<BenchmarkItem>): void {
    const judged = this.request.gate === undefined ? items : this.between.of(label, items)
    this.addProblems(this.series.add(label, path, this.request.exportTo?.of(label, judged) ?? judged))
  }

  private addProblems(problems: readonly string[]): void {
    // One by one: a file of nothing but malformed lines has more of them than a call has arguments.
    for (const problem of problems) this.problems.push(problem)
  }

  addResults(label: string, name: string, results: Results): void {
    this.measuredOnce(label, results.id, name)
    this.sources.push(label)
    const {includeInvalid = false, strict = false} = this.request
    const {items, invalid} = itemsOfResults(results, includeInvalid ? 'keep' : 'leave-out')
    this.addItems(label, name, items)
    this.warnings.push(...invalid.map((what) => `${name}: ${includeInvalid ? 'kept' : 'left out'} ${what}`))
    const hasRecord = items.some(({kind}) => kind === 'record')
    if (!hasRecord) this.warnings.push(`${name} has no valid sample to compare (the run is ${results.outcome})`)
    else if (results.outcome !== 'completed') this.warnings.push(`${name} is incomplete: the run is ${results.outcome}`)
    this.warnings.push(...spoiltSamples(results, name))
    this.paired.push(...pairedDeltas(results))
    this.pairedQuestions.push(...pairedQuestions(results))
    this.between.addStored(results)
    this.baseline ??= {label, results}
    const base = this.baseline
    const differences = differencesOf(base.results, results, ignoredKeys(this.request.ignore))
    if (differences.length === 0) return
    const isOtherHost = differences.some(({isOfHost}) => isOfHost)
    const how = isOtherHost ? `on another kind of machine than ${base.label}` : `not measured like ${base.label}`
    const what = `${label} was ${how}: ${describeDifferences(differences)}`
    if (strict) throw notAlike(what, differences)
    this.warnings.push(`${what}; a delta may come from that`)
  }

  finish(): Comparison {
    const {alpha, confidence, gate: rules} = this.request
    const {tables, warning} = this.tables()
    if (warning !== undefined) this.warnings.push(warning)
    this.tellWithoutResult()
    this.warnings.push(...this.nothingKept(tables))
    if (this.baseline !== undefined) this.warnings.push(...splitWarnings(tables, this.sources.length))
    const gate = rules === undefined ? undefined : this.judge(tables, rules)
    const {sources, problems, warnings, paired} = this
    const answers = {...(paired.length > 0 && {paired}), ...(gate !== undefined && {gate})}
    return {alpha, confidence, sources, tables, problems, warnings, ...answers}
  }

  private judge(tables: readonly ComparisonTable[], rules: GateRules): Gate {
    const separateOf: SeparateSidesOf = (...figure) => this.between.between(...figure)
    const {gate, warnings} = judgeTables(tables, rules, {
      paired: this.pairedQuestions,
      separateOf,
      nothingKept: this.nothingKept(tables)[0],
    })
    this.warnings.push(...warnings)
    return gate
  }

  /** One benchmark text without a result beside others is as usual for benchstat as for a shell's wildcard. */
  private tellWithoutResult(): void {
    const {withoutResult, notRead, sources} = this
    const hasResult = withoutResult.length + notRead.length < sources.length
    if (!hasResult && notRead.length > 0) throw notRead[0]!
    if (!hasResult) this.warnings.push(`${withoutResult.join(', ')}: no benchmark line found`)
    this.warnings.push(...notRead.map(({message}) => `${message} There is nothing of it in the comparison.`))
  }

  private nothingKept(tables: readonly ComparisonTable[]): string[] {
    return nothingKept(tables, this.series.offered, this.request.filter)
  }

  private tables(): {tables: readonly ComparisonTable[]; warning?: string} {
    const tables = this.series.tables()
    return this.request.correct === 'fdr' ? correctForMany(tables, this.request.alpha) : {tables}
  }
}

/** What a text without any line of the format looks like. */
async function notBenchmarks(text: string, name: string): Promise<StreambusError> {
  try {
    await parseResults(text, name)
  } catch (error) {
    if (error instanceof StreambusError) return error
    throw error
  }
  throw new Error(`${name} was read as results`) // which start with a brace and never come here
}
