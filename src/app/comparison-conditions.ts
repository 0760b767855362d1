import type {Rule} from '../analyze/rule.ts'
import {hostDisturbed} from '../analyze/rules/host-disturbed.ts'
import {notSteady} from '../analyze/rules/not-steady.ts'
import {type Subject, subjectsOfResults} from '../analyze/subject.ts'
import {thresholdsWith} from '../analyze/thresholds.ts'
import {formatDurationNs, formatRate} from '../base/units.ts'
import type {Benchmark, Results} from '../model/results.ts'
import {unsteadyFigure} from '../model/unsteady.ts'
import {summarizeBenchmark} from './summarize-bench.ts'

const SHOWN_MAX = 3

/**
 * What spoilt valid samples of a file, in one line: who held them back, and what was not steady. The rules are those
 * of `analyze` and of the report of `bench`. Empty: nothing did.
 */
export function spoiltSamples(results: Results, name: string): string[] {
  const subjects = subjectsOfResults(results, name)
  const found = results.benchmarks.flatMap((benchmark, index) => {
    const what = [...hostLimited(subjects[index]!), ...ruled(subjects[index]!), ...unsteady(benchmark)]
    return what.length === 0 ? [] : [`${subjects[index]!.name}: ${what.join('; ')}`]
  })
  if (found.length === 0) return []
  const more = found.length - SHOWN_MAX
  const shown = more > 0 ? [...found.slice(0, SHOWN_MAX), `and ${more} more benchmarks`] : found
  return [`${name} was disturbed while it was measured, so a delta may come from that: ${shown.join(' | ')}`]
}

function hostLimited({usable}: Subject): string[] {
  const limited = usable.filter(({limiter}) => limiter.name === 'host').length
  return limited === 0 ? [] : [`limiter host in ${limited} of ${usable.length} samples`]
}

function ruled(subject: Subject): string[] {
  const thresholds = thresholdsWith()
  const rules: readonly Rule[] = [hostDisturbed, notSteady]
  return rules.flatMap((rule) => rule.check(subject, thresholds)?.description ?? [])
}

/** Sides measured in turn are judged by their pairs. */
function unsteady(benchmark: Benchmark): string[] {
  if (benchmark.configuration !== undefined) return []
  const figure = unsteadyFigure(summarizeBenchmark(benchmark))
  if (figure === undefined) return []
  const show = figure.unit === 'msgs/s' ? formatRate : formatDurationNs
  return [`${figure.unit} of its samples ranges from ${show(figure.lo)} to ${show(figure.hi)}`]
}
