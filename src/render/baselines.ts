import {toFixedEven} from '../base/go-number.ts'
import {formatThreeDigits} from '../base/units.ts'
import type {BaselineBenchmark, BaselineChange, BaselineFacts} from '../model/baseline.ts'
import type {StoredVariation} from '../model/results.ts'
import type {Style} from './style.ts'
import {renderTable} from './table.ts'

/** The baselines of a folder, a line each; those that cannot be read follow with the reason. */
export function renderBaselines(baselines: readonly BaselineFacts[], style: Style): string {
  if (baselines.length === 0) {
    return 'No baseline is saved here. streambus bench throughput --save-baseline main saves one.'
  }
  const sound = baselines.filter(({problem}) => problem === undefined)
  const columns = (
    [
      ['baseline', 'left', ({name}) => name],
      ['measured', 'left', ({measuredAt}) => minute(measuredAt)],
      ['suite', 'left', ({suite}) => suite ?? ''],
      ['benchmarks', 'right', ({benchmarks}) => String(benchmarks?.length ?? 0)],
      ['samples', 'right', ({benchmarks}) => samplesOf(benchmarks ?? [])],
      ['invocations', 'right', ({provenance}) => String(provenance?.variation?.runs.length ?? 1)],
      ['commit', 'left', ({commit}) => shortCommit(commit)],
      ['host', 'left', ({isThisHost}) => (isThisHost === true ? 'this kind of machine' : 'another machine')],
    ] satisfies [string, 'left' | 'right', (baseline: BaselineFacts) => string][]
  ).map(([header, align, cell]) => ({header, align, cells: sound.map(cell)}))
  const bad = baselines.filter(({problem}) => problem !== undefined)
  return [
    ...(sound.length > 0 ? [renderTable(columns, style)] : []),
    ...bad.map(({name, problem}) => `  ${style.bad('✗')} ${name}: ${problem}`),
  ].join('\n')
}

/** One baseline with the medians of its valid samples. */
export function renderBaseline(baseline: BaselineFacts, style: Style): string {
  const {
    name,
    path,
    suite,
    measuredAt,
    outcome,
    commit,
    cpu,
    target,
    provenance,
    isThisHost,
    benchmarks = [],
  } = baseline
  const facts: [string, string][] = [
    ['file', path],
    ['suite', `${suite} against ${target}, ${outcome}`],
    ['measured', minute(measuredAt)],
    ['commit', commit === undefined ? 'not in a repository' : shortCommit(commit)],
    ['host', `${cpu}${isThisHost === true ? '' : style.warn(' - another kind of machine than this one')}`],
    ...(provenance === undefined ? [] : [['saved', savedText(provenance)] as [string, string]]),
  ]
  const lines = benchmarks.flatMap((benchmark) => [
    `  ${benchmark.name}  n=${samplesOf([benchmark])}  ${mediansOf(benchmark)}`,
    ...variationLines(benchmark, provenance?.variation),
  ])
  return [
    style.bold(name),
    ...facts.map(([label, text]) => `  ${style.dim(label.padEnd(8))}  ${text}`),
    '',
    ...lines,
  ].join('\n')
}

/** `Saved baseline main: results/baselines/main.json (in place of 20261123T154012-throughput)`. */
export function renderBaselineChange(
  what: 'saved' | 'removed',
  {name, path, replaced, source, invocations}: BaselineChange,
): string {
  const from = source === undefined ? '' : ` from ${source}`
  const instead = replaced === undefined ? '' : ` (in place of ${replaced})`
  const knows = invocations === undefined ? '' : `, with how far ${invocations} invocations lie apart`
  return `${what === 'saved' ? 'Saved' : 'Removed'} baseline ${name}${from}${knows}: ${path}${instead}`
}

function savedText({savedAt, promotedFrom}: NonNullable<BaselineFacts['provenance']>): string {
  return `${minute(savedAt)}${promotedFrom === undefined ? '' : `, promoted from ${promotedFrom}`}`
}

/** `10 invocations vary by 1.2 % msgs/s  4.5 % p99-ns`: standard deviations of one benchmark's figures. */
function variationLines({name}: BaselineBenchmark, variation: StoredVariation | undefined): string[] {
  const metrics = (variation?.metrics ?? []).filter(({benchmark}) => benchmark === name)
  if (metrics.length === 0) return []
  const texts = metrics.map(({unit, logDeviation}) => `${toFixedEven(Math.expm1(logDeviation) * 100, 1)} % ${unit}`)
  const invocations = Math.max(...metrics.map(({invocations}) => invocations))
  return [`    ${invocations} invocations vary by (standard deviation)  ${texts.join('  ')}`]
}

function mediansOf({medians}: BaselineBenchmark): string {
  const texts = Object.entries(medians).map(([unit, value]) => `${formatThreeDigits(value)} ${unit}`)
  return texts.length === 0 ? 'no valid sample' : texts.join('  ')
}

/** `6`, or `4 of 6 valid`. */
function samplesOf(benchmarks: readonly BaselineBenchmark[]): string {
  const all = benchmarks.reduce((sum, {samples}) => sum + samples, 0)
  const valid = benchmarks.reduce((sum, {validSamples}) => sum + validSamples, 0)
  return all === valid ? String(all) : `${valid} of ${all} valid`
}

/** `2026-11-23 15:40` UTC. */
function minute(instant: string | undefined): string {
  return instant === undefined ? '' : `${instant.slice(0, 16).replace('T', ' ')} UTC`
}

function shortCommit(commit: string | undefined): string {
  return commit === undefined ? '-' : `${commit.slice(0, 10)}${commit.endsWith('+') ? ' with changes' : ''}`
}
