import {RecordExport} from '../compare/export-records.ts'
import {type CompareRequest, compareResults} from './compare-results.ts'
import type {Context} from './context.ts'

/** What a comparison is of, as one benchmark text. */
export interface ExportedComparison {
  readonly gobench: string
  /** The configuration key that holds the inputs' labels, `.file` here; absent with a single input. */
  readonly labelKey?: string
  readonly problems: readonly string[] // lines that were left out
  readonly warnings: readonly string[]
}

/** Reads as `compareResults` does, and throws what it throws. */
export async function exportComparison(request: CompareRequest, context: Context): Promise<ExportedComparison> {
  const records = new RecordExport(request, request.inputs.length)
  const {problems, warnings} = await compareResults({...request, sound: false, exportTo: records}, context)
  const {labelKey} = records
  return {gobench: records.text(), ...(labelKey !== undefined && {labelKey}), problems, warnings}
}
