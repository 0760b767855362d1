import type {Estimate} from '../model/bench-report.ts'
import type {MicroBenchmark} from '../model/micro.ts'
import type {MicroReport, MicroRow} from '../model/micro-report.ts'
import type {Results} from '../model/results.ts'
import {estimateOf} from './summarize-bench.ts'

/** Sums a results file up over samples, a row a micro-benchmark. Invalid samples count only where none is valid. */
export function summarizeMicro(results: Results, path: string, samplesPlanned: number): MicroReport {
  const benchmarks = results.micro ?? []
  return {
    results,
    path,
    rows: benchmarks.map((benchmark) => rowOf(benchmark, samplesPlanned)),
    warnings: [...results.warnings, ...benchmarks.flatMap(({samples}) => samples.flatMap(({warnings}) => warnings))],
  }
}

function rowOf({name, summary, samples}: MicroBenchmark, samplesPlanned: number): MicroRow {
  const valid = samples.filter(({validity}) => validity.verdict === 'valid')
  const used = valid.length > 0 ? valid : samples
  const units = new Set(used.flatMap(({metrics}) => Object.keys(metrics)))
  const metrics = [...units].map((unit): [string, Estimate] => [
    unit,
    estimateOf(used.flatMap((sample) => sample.metrics[unit] ?? [])),
  ])
  return {
    name,
    summary,
    samplesTotal: samples.length,
    samplesPlanned,
    samplesValid: valid.length,
    metrics: Object.fromEntries(metrics),
  }
}
