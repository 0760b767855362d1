import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {formatBytes, formatDurationNs, formatThreeDigits} from '../../src/base/units.ts'
import {type PairedRatio, pairedRatio} from '../../src/stats/paired-ratio.ts'
import {median} from '../../src/stats/quantile.ts'
import {sortSamples} from '../../src/stats/sorted-samples.ts'
import {whereAndWhen} from './abba.ts'
import {type Inputs, writeInputs} from './compare/input.ts'
import {findBenchstat, type Program, peakBytes, streambus, timeNs} from './compare/processes.ts'
import {exactTestNs, ratioIntervalNs} from './compare/statistics.ts'

/*
 * How fast `streambus compare` is, beside the real benchstat on the same files: whole processes in
 * ABBA order. Writes docs/compare-performance.md; exits 1 where a figure is missed. Needs a build
 * (`npm run build`).
 *
 *   npm run bench:compare           6 pairs; about a minute
 *   npm run bench:compare -- 2      2 pairs, to try it; writes nothing
 */
const PAIRS = Number(process.argv[2] ?? 6)
const IS_FULL = PAIRS >= 6
const SMALL_RUNS = 15
const MEMORY_RUNS = 3

interface Row {
  readonly figure: string
  readonly measured: string
  readonly toReach: string
  readonly isReached: boolean | undefined // undefined: nothing was promised
}

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'streambus-bench-compare-'))
  try {
    const rows = await measure(folder)
    const page = await pageOf(rows)
    process.stdout.write(page)
    if (IS_FULL) writeFileSync(new URL('../../docs/compare-performance.md', import.meta.url), page)
    if (rows.some(({isReached}) => isReached === false)) process.exitCode = 1
  } finally {
    rmSync(folder, {recursive: true, force: true})
  }
}

async function measure(folder: string): Promise<Row[]> {
  const many = writeInputs(folder, 500, 300)
  const few = writeInputs(folder, 15_000, 10)
  const benchstat = findBenchstat(folder)
  return [
    ...(benchstat === undefined ? [] : await besideBenchstat(many, benchstat, folder, '500 benchmarks x 300', 1.2)),
    ...(benchstat === undefined ? [] : await besideBenchstat(few, benchstat, folder, '15,000 benchmarks x 10')),
    await memory(many, folder, '500 benchmarks x 300', 400),
    await memory(few, folder, '15,000 benchmarks x 10'),
    await smallFiles(folder),
    exact('without ties', 50, false),
    exact('with ties', 25, true),
    ...ratioIntervals(),
  ]
}

/** A B B A A B B A ...: drift that is linear in time meets both alike. */
async function besideBenchstat(
  inputs: Inputs,
  benchstat: Program,
  folder: string,
  what: string,
  ratioMax?: number,
): Promise<Row[]> {
  const programs = [streambus, benchstat] as const
  const outputs = programs.map((_, index) => join(folder, `output-${index}`))
  const once = (which: 0 | 1) => timeNs(programs[which], [inputs.base, inputs.next], outputs[which]!)
  await once(0) // fills the compile cache and the page cache
  const times: [number[], number[]] = [[], []]
  for (let pair = 0; pair < PAIRS; pair += 1) {
    for (const which of pair % 2 === 0 ? ([0, 1] as const) : ([1, 0] as const)) {
      times[which].push(await once(which))
      process.stderr.write(`${what}  ${programs[which].name}  ${formatDurationNs(times[which].at(-1)!)}\n`)
    }
  }
  if (!readFileSync(outputs[0]!).equals(readFileSync(outputs[1]!))) throw new Error(`${what}: the outputs differ`)
  const ratio = pairedRatio(times[0].map((ns, index) => ({candidate: ns, baseline: times[1][index]!})))
  const [ours, theirs] = times.map((values) => formatDurationNs(median(sortSamples(values))))
  const medians = median(sortSamples(times[0])) / median(sortSamples(times[1]))
  return [
    {
      figure: `${what} (${formatBytes(inputs.bytes)}, ${inputs.lines / 1000} K lines), beside benchstat`,
      measured: `${ours} of ${theirs}: ${formatThreeDigits(medians)} (pairs: ${ratioText(ratio)})`,
      toReach: ratioMax === undefined ? '' : `<= ${ratioMax} of its time`,
      isReached: ratioMax === undefined ? undefined : medians <= ratioMax,
    },
  ]
}

function ratioText({ratio, lo, hi, n}: PairedRatio): string {
  const interval = n < 3 ? '' : ` [${formatThreeDigits(lo)}, ${formatThreeDigits(hi)}]`
  return `${formatThreeDigits(ratio)}${interval} n=${n}`
}

async function memory(inputs: Inputs, folder: string, what: string, mebibytesMax?: number): Promise<Row> {
  const peaks: number[] = []
  for (let run = 0; run < MEMORY_RUNS; run += 1) {
    peaks.push(await peakBytes(streambus, [inputs.base, inputs.next], join(folder, 'output')))
  }
  const most = Math.max(...peaks)
  return {
    figure: `${what}, resident memory at most, ${MEMORY_RUNS} runs`,
    measured: formatBytes(most),
    toReach: mebibytesMax === undefined ? '' : `<= ${mebibytesMax} MiB`,
    isReached: mebibytesMax === undefined ? undefined : most <= mebibytesMax * 2 ** 20,
  }
}

async function smallFiles(folder: string): Promise<Row> {
  const small = writeInputs(folder, 3, 6)
  const times: number[] = []
  for (let run = 0; run <= SMALL_RUNS; run += 1) {
    const ns = await timeNs(streambus, [small.base, small.next], join(folder, 'output'))
    if (run > 0) times.push(ns) // the first fills caches
  }
  const middle = median(sortSamples(times))
  return {
    figure: `two files of 18 lines, whole process, median of ${SMALL_RUNS}`,
    measured: `${formatDurationNs(middle)}, slowest ${formatDurationNs(Math.max(...times))}`,
    toReach: '<= 250 ms',
    isReached: middle <= 250e6,
  }
}

function exact(what: string, n: number, isTied: boolean): Row {
  const ns = exactTestNs(n, isTied)
  return {
    figure: `exact Mann-Whitney, ${n} against ${n} ${what}, first call of a process`,
    measured: formatDurationNs(ns),
    toReach: '<= 50 ms',
    isReached: ns <= 50e6,
  }
}

function ratioIntervals(): Row[] {
  return [50, 300, 100_000].map((n) => ({
    figure: `interval of a ratio (Hodges-Lehmann), ${n} against ${n}`,
    measured: formatDurationNs(ratioIntervalNs(n)),
    toReach: '',
    isReached: undefined,
  }))
}

async function pageOf(rows: readonly Row[]): Promise<string> {
  const verdictOf = ({isReached}: Row) => (isReached === undefined ? '' : isReached ? 'reached' : '**missed**')
  const lines = rows.map((row) => `| ${row.figure} | ${row.measured} | ${row.toReach} | ${verdictOf(row)} |`)
  const isBeside = rows.some(({figure}) => figure.includes('beside benchstat'))
  return `# How fast \`compare\` is

<!-- Written by \`npm run bench:compare\`; do not edit. -->

Measured ${await whereAndWhen()}.
Both programs read the same two files of generated benchmark text (five units a line, the seed fixed), as whole
processes in ABBA order, ${PAIRS} pairs, and print the same bytes. A figure is a ratio of medians, which decides; in
brackets stands the geometric mean over pairs with its 95 % t interval on logarithms.

| Figure | Measured | To reach | Verdict |
|---|---|---|---|
${lines.join('\n')}
${isBeside ? '' : '\nNot measured: the comparison with benchstat, which was not on PATH and could not be installed.\n'}`
}

await main()
