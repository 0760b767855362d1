import {StreambusError} from '../base/errors.ts'
import {compileFilter, type Filter} from './filter.ts'
import {type ProjectionField, parseProjection} from './projection.ts'
import {QuerySyntaxError} from './syntax.ts'

/** How to group, as the user wrote it. */
export interface QueryOptions {
  readonly filter?: string | undefined
  readonly table?: string | undefined
  readonly row?: string | undefined
  readonly col?: string | undefined
  readonly ignore?: string | undefined
}

/** Compiled: which measurements, and what decides their table, row and column. */
export interface Query {
  readonly filter: Filter
  readonly table: readonly ProjectionField[]
  readonly row: readonly ProjectionField[]
  readonly col: readonly ProjectionField[]
  readonly ignore: readonly ProjectionField[]
}

/** Compiles the options; absent ones take benchstat's defaults. Throws SB_USAGE with a caret under the fault. */
export function compileQuery(options: QueryOptions): Query {
  const projection = (flag: 'table' | 'row' | 'col' | 'ignore', fallback: string) =>
    compiling(flag, () => parseProjection(options[flag] ?? fallback))
  return {
    filter: compiling('filter', () => compileFilter(options.filter ?? '*')),
    table: projection('table', '.config'),
    row: projection('row', '.fullname'),
    col: projection('col', '.file'),
    ignore: projection('ignore', ''),
  }
}

function compiling<T>(flag: string, compile: () => T): T {
  try {
    return compile()
  } catch (error) {
    if (!(error instanceof QuerySyntaxError)) throw error
    throw new StreambusError('SB_USAGE', `parsing --${flag}: ${error.explained}`, {cause: error})
  }
}
