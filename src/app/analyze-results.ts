import {relative, resolve} from 'node:path'
import {analyze} from '../analyze/analyze.ts'
import {isInvalid, type Subject, subjectsOfRecords, subjectsOfResults} from '../analyze/subject.ts'
import {thresholdsWith} from '../analyze/thresholds.ts'
import {StreambusError} from '../base/errors.ts'
import type {Analysis} from '../model/finding.ts'
import type {Results} from '../model/results.ts'
import {hasGoBench, readGoBench} from '../store/go-bench.ts'
import {readInputText, readStreamText} from '../store/read-input.ts'
import {parseResults} from '../store/read-results.ts'
import type {Context} from './context.ts'
import {parseThresholds} from './parse-thresholds.ts'

export interface AnalyzeRequest {
  readonly inputs: readonly string[] // paths; `-` is stdin
  readonly last: boolean // the newest results file too
  readonly thresholds: readonly string[] // `name=value`
  readonly stdin: AsyncIterable<Buffer | string>
}

/** What one input turned out to hold. */
interface Input {
  readonly subjects: readonly Subject[]
  readonly warnings: readonly string[]
}

/**
 * Runs the rules over results files and Go benchmark text. Throws SB_USAGE without input or with an
 * unknown threshold, and what reading throws: one bad input fails all, so that none is overlooked.
 */
export async function analyzeResults(request: AnalyzeRequest, context: Context): Promise<Analysis> {
  const thresholds = thresholdsWith(parseThresholds(request.thresholds))
  const sources = await sourcesOf(request, context)
  const inputs: Input[] = []
  for (const source of sources) inputs.push(await readInput(source, request, context)) // one in memory at a time
  const subjects = inputs.flatMap((input) => input.subjects)
  return {
    sources: sources.map(displayName),
    benchmarksChecked: subjects.length,
    findings: analyze(subjects, thresholds),
    warnings: inputs.flatMap((input) => input.warnings),
  }
}

async function sourcesOf(request: AnalyzeRequest, context: Context): Promise<readonly string[]> {
  const last = request.last ? [relative(context.cwd, await context.store.lastResultsPath())] : []
  const sources = [...new Set([...request.inputs, ...last])]
  if (sources.length > 0) return sources
  throw new StreambusError('SB_USAGE', 'No file to analyze was named.', {
    hint: 'streambus analyze --last, or streambus analyze results/<run>.json',
  })
}

async function readInput(source: string, request: AnalyzeRequest, context: Context): Promise<Input> {
  const path = resolve(context.cwd, source)
  const text = source === '-' ? await readStreamText(request.stdin, 'stdin') : await readInputText(path)
  const name = displayName(source)
  if (!text.trimStart().startsWith('{') && hasGoBench(text)) return fromGoBench(text, name)
  return fromResults(await parseResults(text, name), name)
}

function displayName(source: string): string {
  return source === '-' ? 'stdin' : source
}

function fromGoBench(text: string, source: string): Input {
  const items = [...readGoBench(text, source)]
  const records = items.flatMap((item) => (item.kind === 'record' ? item.record : []))
  const problems = items.flatMap((item) => (item.kind === 'problem' ? `${source}:${item.line}: ${item.message}` : []))
  if (records.length === 0) {
    throw new StreambusError('SB_INPUT_INVALID', `${source} holds no complete benchmark line; ${problems[0] ?? ''}.`, {
      hint: 'A line reads: BenchmarkName-8  1000  1234 ns/op',
    })
  }
  const invalid = records.filter(isInvalid).length
  const left =
    invalid === 0 ? [] : [`${source}: ${invalid} of ${records.length} samples are marked invalid and were left out`]
  return {subjects: subjectsOfRecords(records, source), warnings: [...problems, ...left]}
}

function fromResults(results: Results, source: string): Input {
  const subjects = subjectsOfResults(results, source).filter(hasSample)
  return {subjects, warnings: incompleteness(results, subjects.length, source)}
}

/** A micro-benchmark's samples have figures and nothing else. */
function hasSample({samples, series}: Subject): boolean {
  return samples.length > 0 || series.length > 0
}

function incompleteness(results: Results, benchmarks: number, source: string): readonly string[] {
  const because = results.error === undefined ? '' : ` (${results.error.message})`
  if (benchmarks === 0) return [`${source} has no sample yet: the run is ${results.outcome}${because}`]
  if (results.outcome === 'completed') return []
  return [`${source} is incomplete: the run is ${results.outcome}${because}`]
}
