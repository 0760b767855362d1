import {tidyUnit} from '../../../src/compare/units.ts'
import {variationBetween} from '../../../src/compare/variation.ts'
import type {BenchmarkRecord} from '../../../src/model/benchmark-record.ts'
import type {Invocation} from './invocations.ts'
import type {Adjust} from './null-set.ts'

/** Each question with what the other invocations vary by, as a baseline that was saved from them stores it. */
export const widenedByOthers: Adjust = (questions, {others}) => {
  const variations = variationBetween(others.map(recordsOf))
  return questions.map((question) => {
    const variation = variations.find(
      ({benchmark, unit}) => benchmark === question.benchmark && tidyUnit(unit).unit === question.unit,
    )
    return {...question, separate: {base: 1, candidate: 1, ...(variation && {variation})}}
  })
}

export function recordsOf({items}: Invocation): BenchmarkRecord[] {
  return items.flatMap((item) => (item.kind === 'record' ? [item.record] : []))
}
