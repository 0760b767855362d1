import {StreambusError} from '../base/errors.ts'
import {ClassicSeries, type ClassicSort} from '../compare/classic/classic-series.ts'
import type {ClassicDeltaTest} from '../compare/classic/delta.ts'
import {type ClassicLine, classicLineOf, readClassicLines} from '../compare/classic/read-lines.ts'
import {itemsOfResults} from '../compare/from-results.ts'
import type {ClassicComparison} from '../model/classic-comparison.ts'
import {parseResults} from '../store/read-results.ts'
import {openComparisonInput} from './comparison-input.ts'
import type {Context} from './context.ts'

export interface ClassicRequest {
  readonly inputs: readonly string[] // paths, baselines' names, `-`; a label is the old tool's file name
  readonly deltaTest: ClassicDeltaTest
  readonly alpha: number // in [0, 1]; 0 means 0.05
  readonly geomean: boolean
  readonly split: string // labels with commas between
  readonly sort: ClassicSort
  readonly stdin: AsyncIterable<Buffer | string>
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
  for (const input of inputs) series.add(input, await linesOf(input, stdin, context, empty))
  if (empty.length === inputs.length) throw empty[0]!
  for (const {message} of empty) context.warn(`${message} There is nothing of it in the comparison.`)
  return series.compare()
}

/** Beside others what is empty only lacks results, as for the old tool; it goes to `empty`. */
async function linesOf(
  input: string,
  stdin: ClassicRequest['stdin'],
  context: Context,
  empty: StreambusError[],
): Promise<Iterable<ClassicLine>> {
  try {
    const {kind, name, text, warnings} = await openComparisonInput(input, stdin, context)
    for (const warning of warnings) context.warn(warning)
    return kind === 'text' ? readClassicLines(text, name) : await linesOfResults(text, name, context)
  } catch (error) {
    if (!(error instanceof StreambusError && error.code === 'SB_INPUT_EMPTY')) throw error
    empty.push(error)
    return []
  }
}

/** A results file as the lines that `--format gobench` would have written; invalid samples are left out. */
async function linesOfResults(text: string, name: string, context: Context): Promise<ClassicLine[]> {
  const {items, invalid} = itemsOfResults(await parseResults(text, name))
  for (const what of invalid) context.warn(`${name}: left out ${what}`)
  return items.flatMap((item) => (item.kind === 'record' ? classicLineOf(item.record) : []))
}
