import {RecordExport} from '../compare/export-records.ts'
import {type CompareRequest, compareResults} from './compare-results.ts'
import type {Context} from './context.ts'

/** What a comparison is of, as one benchmark text. */
export interface ExportedComparison {
  readonly gobench: string
  readonly labelKey: string // the configuration key that holds the inputs' labels, `.file` here
  readonly problems: readonly string[] // lines that were left out
  readonly warnings: readonly string[]
}

/** Reads as `compareResults` does, and throws what it throws. */
export async function exportComparison(request: CompareRequest, context: Context): Promise<ExportedComparison> {
  const records = new RecordExport(request)
  const {problems, warnings} = await compareResults({...request, sound: false, exportTo: records}, context)
  return {gobench: records.text(), labelKey: records.labelKey, problems, warnings}
}
