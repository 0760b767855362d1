import type {FunctionRow, TopFunctions} from '../model/capture.ts'
import type {Capture} from './model.ts'

/**
 * Ranks the functions of a capture by the value at `valueIndex`, largest flat first (then cumulative,
 * then name), at most `rowsMax` rows. A function that is on a stack more than once is counted once
 * in its cumulative value.
 */
export function topFunctions(capture: Capture, valueIndex: number, rowsMax: number): TopFunctions {
  const value = capture.valueTypes[valueIndex]
  if (value === undefined) throw new RangeError(`the capture has no value ${valueIndex}`)
  const flat = new Float64Array(capture.functions.length)
  const cumulative = new Float64Array(capture.functions.length)
  const countedBy = new Int32Array(capture.functions.length).fill(-1) // last sample that counted the function
  let total = 0
  for (const [at, sample] of capture.samples.entries()) {
    const amount = sample.values[valueIndex]!
    total += amount
    if (sample.stack.length > 0) flat[sample.stack[0]!]! += amount
    for (const index of sample.stack) {
      if (countedBy[index] === at) continue
      countedBy[index] = at
      cumulative[index]! += amount
    }
  }
  const rows: FunctionRow[] = []
  for (const [index, {name, file, line}] of capture.functions.entries()) {
    if (countedBy[index] === -1 || (flat[index] === 0 && cumulative[index] === 0)) continue
    rows.push({name, file, line, flat: flat[index]!, cumulative: cumulative[index]!})
  }
  rows.sort((a, b) => b.flat - a.flat || b.cumulative - a.cumulative || (a.name < b.name ? -1 : 1))
  return {value, total, functionCount: rows.length, rows: rows.slice(0, rowsMax)}
}
