import {StreambusError} from '../base/errors.ts'
import {ClassicSeries, type ClassicSort} from '../compare/classic/classic-series.ts'
import type {ClassicDeltaTest} from '../compare/classic/delta.ts'
import {type ClassicLine, ClassicReader, classicLineOf} from '../compare/classic/read-lines.ts'
import {itemsOfResults} from '../compare/from-results.ts'
import type {ClassicComparison} from '../model/classic-comparison.ts'
import {forEachLine} from '../store/line-blocks.ts'
import {type InputStream, readStreamText} from '../store/read-input.ts'
import {parseResults} from '../store/read-results.ts'
import {type ComparisonInput, openComparisonInput} from './comparison-input.ts'
import type {Context} from './context.ts'

export interface ClassicRequest {
  readonly inputs: readonly string[] // paths, baselines' names, `-`; a label is the old tool's file name
  readonly deltaTest: ClassicDeltaTest
  readonly alpha: number // in [0, 1]; 0 means 0.05
  readonly geomean: boolean
  readonly split: string // labels with commas between
  readonly sort: ClassicSort
  readonly stdin: InputStream
}

/** Compares in the layout of benchstat before 2023. Throws SB_USAGE without input, and what reading throws. */
export async function compareClassic(request: ClassicRequest, context: Context): Promise<ClassicComparison> {
  const {inputs, stdin, alpha} = request
  if (inputs.length === 0) {
    throw new StreambusError('SB_USAGE', 'No file to compare was named.', {
      hint: 'streambus compare --layout classic old.txt new.txt',
    })
  }
  if (!(alpha >= 0 && alpha <= 1)) throw new StreambusError('SB_USAGE', '--alpha must be in range [0, 1]')
  const series = new ClassicSeries({...request, split: request.split.split(',').filter((key) => key !== '')})
  const empty: StreambusError[] = []
  for (const input of inputs) await addInput(series, input, stdin, context, empty)
  if (empty.length === inputs.length) throw empty[0]!
  for (const {message} of empty) context.warn(`${message} There is nothing of it in the comparison.`)
  return series.compare()
}

/** Beside others what is empty only lacks results, as for the old tool; it goes to `empty`. */
async function addInput(
  series: ClassicSeries,
  input: string,
  stdin: InputStream,
  context: Context,
  empty: StreambusError[],
): Promise<void> {
  series.begin(input)
  try {
    const opened = await openComparisonInput(input, stdin, context)
    for (const warning of opened.warnings) context.warn(warning)
    if (opened.kind === 'text') await readLines(opened, series)
    else for (const line of await linesOfResults(opened, context)) series.add(line)
  } catch (error) {
    if (!(error instanceof StreambusError && error.code === 'SB_INPUT_EMPTY')) throw error
    empty.push(error)
  }
}

async function readLines({name, stream}: ComparisonInput, series: ClassicSeries): Promise<void> {
  const reader = new ClassicReader()
  await forEachLine(stream, name, (text) => {
    const line = reader.read(text)
    if (line !== undefined) series.add(line)
  })
}

/** A results file as the lines that `--format gobench` would have written; invalid samples are left out. */
async function linesOfResults({name, stream}: ComparisonInput, context: Context): Promise<ClassicLine[]> {
  const {items, invalid} = itemsOfResults(await parseResults(await readStreamText(stream, name), name))
  for (const what of invalid) context.warn(`${name}: left out ${what}`)
  return items.flatMap((item) => (item.kind === 'record' ? classicLineOf(item.record) : []))
}
