import {readI64} from '../../protocol/bytes.ts'
import {recordEnd, type ValueLocations} from '../../protocol/records.ts'

/** Records [from, to) of an answer, whose offsets follow each other from `baseOffset`. */
export interface RecordRun {
  readonly from: number
  readonly to: number
  readonly baseOffset: number
}

/**
 * Cuts an answer's records where the log has gaps, leaving out what lies before `position`. One run
 * without a look at the records in the ordinary case.
 */
export function recordRuns(
  bytes: Buffer,
  start: number,
  end: number,
  located: ValueLocations,
  position: number,
): RecordRun[] {
  const {count, firstOffset, lastOffset} = located
  if (lastOffset - firstOffset + 1 === count && firstOffset >= position) {
    return [{from: 0, to: count, baseOffset: firstOffset}]
  }
  const runs: {from: number; to: number; baseOffset: number}[] = []
  let at = start
  for (let index = 0; index < count; index += 1) {
    const offset = readI64(bytes, at)
    at = recordEnd(bytes, at, end)
    if (offset < position) continue
    const last = runs.at(-1)
    if (last !== undefined && offset === last.baseOffset + last.to - last.from) last.to = index + 1
    else runs.push({from: index, to: index + 1, baseOffset: offset})
  }
  return runs
}
