import {spawnSync} from 'node:child_process'
import {mkdtempSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, describe, expect, test} from 'vitest'
import {streamRandom} from '../../src/base/random.ts'
import {Draw, type Invocation, randomClassicInvocation, randomInvocation} from './random-benchmarks.ts'
import {randomRegexp} from './random-regexps.ts'
import {type Printed, runExported, runOurClassic, runOurs, runReal, writeFiles} from './run-both.ts'

// The real tools: golang.org/x/perf/cmd/benchstat, and its version of before 2023 for the classic layout.
const current = process.env.STREAMBUS_BENCHSTAT ?? 'benchstat'
const classic = process.env.STREAMBUS_BENCHSTAT_CLASSIC ?? 'benchstat-classic'
const isThere = (tool: string) => spawnSync(tool, ['-h'], {stdio: 'ignore'}).error === undefined
const runs = Number(process.env.STREAMBUS_FUZZ_RUNS ?? 250)
const seed = Number(process.env.STREAMBUS_FUZZ_SEED ?? 1)

const cwd = mkdtempSync(join(tmpdir(), 'streambus-fuzz-'))
afterAll(() => rmSync(cwd, {recursive: true, force: true}))

/** What differs in the first of `runs` random calls in which anything does. */
async function firstDifference(
  tool: string,
  random: (draw: Draw) => Invocation,
  run: (invocation: Invocation, folder: string, tool: string) => Promise<Printed>,
): Promise<unknown> {
  for (let index = 0; index < runs; index += 1) {
    const invocation = random(new Draw(streamRandom(seed, index)))
    writeFiles(cwd, invocation)
    const real = runReal(tool, invocation, cwd)
    if (real === undefined) continue
    const ours = await run(invocation, cwd, tool)
    if (!isSame(ours, real)) return {index, args: invocation.args, differing: differing(ours, real)}
  }
  return undefined
}

/** The first lines that differ, ours before theirs. */
function differing(ours: Printed, real: Printed): unknown[] {
  return (['stdout', 'stderr', 'error'] as const).flatMap((stream) => {
    const [lines, theirs] = [ours[stream].split('\n'), real[stream].split('\n')]
    const at = theirs.findIndex((line, index) => !isSameLine(lines[index] ?? '', line))
    return ours[stream] === real[stream] ? [] : [[stream, at, lines[at], theirs[at]]]
  })
}

/** Geometric means may differ in the last of their digits: logarithms differ by platform. */
function isSame(ours: Printed, real: Printed): boolean {
  if (real.error !== '') return ours.error.endsWith(real.error)
  // Nothing but empty files: benchstat prints nothing, we refuse.
  if (ours.error !== '') return real.stdout === '' && ours.error.endsWith(' is empty.')
  if (ours.stderr !== real.stderr) return false
  const lines = ours.stdout.split('\n')
  const theirs = real.stdout.split('\n')
  return lines.length === theirs.length && lines.every((line, index) => isSameLine(line, theirs[index]!))
}

const FIGURE = /\d[\d.]*(?:e[+-]\d+)?/g

function isSameLine(ours: string, real: string): boolean {
  if (ours === real) return true
  const withoutFigures = (line: string) => line.replace(FIGURE, '#')
  if (!/^\[?geo ?mean/i.test(real) || withoutFigures(ours) !== withoutFigures(real)) return false
  const theirs = (real.match(FIGURE) ?? []).map(Number)
  const figures = (ours.match(FIGURE) ?? []).map(Number)
  return figures.every((figure, index) => Math.abs(figure - theirs[index]!) <= 1e-12 * figure)
}

describe.skipIf(!isThere(current))('random calls print what the real benchstat prints', {timeout: 600_000}, () => {
  test('of any text and flags', async () => {
    expect(await firstDifference(current, randomInvocation, runOurs)).toBeUndefined()
  })

  test('and what is exported makes the same tables there', async () => {
    expect(await firstDifference(current, exportable, runExported)).toBeUndefined()
  })

  test('patterns are matched or refused alike', async () => {
    const names = [
      'a',
      'B',
      'k',
      'K',
      'ſ',
      's',
      'é',
      'É',
      'aB1',
      '/x=1',
      'a.b',
      '*',
      'Ω',
      '{1',
      '1-2',
      'ǅ',
      '日本',
      '-8',
    ]
    const text = names.map((name) => `Benchmark${name} 1 1 x\n`).join('')
    const search = (draw: Draw): Invocation => {
      const pattern = randomRegexp(draw)
      return {args: ['-filter', `.fullname:/${pattern}/`, '-format', 'csv', 'a.txt'], files: {'a.txt': text}, stdin: ''}
    }
    expect(await firstDifference(current, search, runOurs)).toBeUndefined()
  })
})

/** Of calls without `.file` in a projection: the label's key takes its place there. */
function exportable(draw: Draw): Invocation {
  for (;;) {
    const invocation = randomInvocation(draw)
    const {args} = invocation
    if (!args.includes('-col') && !args.some((arg, index) => args[index - 1]?.startsWith('-') && arg.includes('.file')))
      return invocation
  }
}

describe.skipIf(!isThere(classic))('random calls print what benchstat before 2023 printed', {timeout: 600_000}, () => {
  test('of any text and flags', async () => {
    expect(await firstDifference(classic, randomClassicInvocation, runOurClassic)).toBeUndefined()
  })
})
