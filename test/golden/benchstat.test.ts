import {readFileSync} from 'node:fs'
import fc from 'fast-check'
import {describe, expect, test} from 'vitest'
import {SeriesComparison} from '../../src/compare/compare.ts'
import {parseInputs} from '../../src/compare/labels.ts'
import {renderComparisonCsv} from '../../src/render/comparison-csv.ts'
import {renderComparisonText} from '../../src/render/comparison-text.ts'
import {GoBenchReader} from '../../src/store/go-bench-reader.ts'

/** Recorded from the real benchstat: arguments, input files, and what it wrote. */
interface Case {
  readonly args: readonly string[]
  readonly files: Readonly<Record<string, string>>
  readonly stdout: string
  readonly stderr: string
}

const cases = JSON.parse(readFileSync(new URL('benchstat/cases.json', import.meta.url), 'utf8')) as Case[]

function run({args, files}: Case): {stdout: string; stderr: string} {
  const flags: Record<string, string> = {}
  let position = 0
  for (; args[position]!.startsWith('-'); position += 2) flags[args[position]!.slice(1)] = args[position + 1]!
  const comparison = new SeriesComparison({
    ...flags,
    alpha: Number(flags.alpha ?? 0.05),
    confidence: Number(flags.confidence ?? 0.95),
  })
  const problems = parseInputs(args.slice(position)).flatMap(({label, path}) => {
    const input = comparison.input(label, path)
    const reader = new GoBenchReader(path, input)
    reader.push(Buffer.from(files[path]!))
    reader.end()
    return input.problems
  })
  const tables = comparison.tables()
  const lines = (messages: readonly string[]) => messages.map((message) => `${message}\n`).join('')
  if (flags.format !== 'csv') return {stdout: renderComparisonText({tables}), stderr: lines(problems)}
  const csv = renderComparisonCsv({tables})
  return {stdout: csv.text, stderr: lines([...problems, ...csv.warnings])}
}

/** Centers of a CSV geomean row may differ in the last digits: logarithms differ by platform. */
function expectEqual(actual: string, expected: string): void {
  const actualLines = actual.split('\n')
  for (const [index, line] of expected.split('\n').entries()) {
    if (!line.startsWith('geomean,') || actualLines[index] === line) continue
    const wanted = line.split(',')
    const got = actualLines[index]!.split(',')
    const isClose = wanted.every(
      (field, column) => got[column] === field || Math.abs(Number(got[column]) / Number(field) - 1) < 1e-12,
    )
    if (isClose && got.length === wanted.length) actualLines[index] = line
  }
  expect(actualLines.join('\n')).toBe(expected)
}

describe('benchstat, recorded', () => {
  for (const [index, each] of cases.entries()) {
    test(`${index} ${each.args.join(' ')}`, () => {
      const {stdout, stderr} = run(each)
      expectEqual(stdout, each.stdout)
      expect(stderr).toBe(each.stderr)
    })
  }

  test('all recorded cases are here', () => {
    expect(cases).toHaveLength(120)
  })
})

test('mutated inputs never crash the way from text to tables', () => {
  const small = cases.filter(({files}) => Object.values(files).every((text) => text.length < 2500))
  const edit = fc.record({
    at: fc.nat(2500),
    remove: fc.nat(20),
    insert: fc.constantFrom('', '\n', ' ', '0', '-', 'inf', 'nan', '1e308', 'Unit ', ':', '/', '=', '\u0000'),
  })
  fc.assert(
    fc.property(fc.nat(small.length - 1), fc.array(edit, {maxLength: 8}), (which, edits) => {
      const {args, files} = small[which]!
      const mutate = (text: string) =>
        edits.reduce(
          (current, {at, remove, insert}) => current.slice(0, at) + insert + current.slice(at + remove),
          text,
        )
      const mutated = Object.fromEntries(Object.entries(files).map(([name, text]) => [name, mutate(text)]))
      const {stdout} = run({args, files: mutated, stdout: '', stderr: ''})
      return stdout === '' || stdout.endsWith('\n')
    }),
    {numRuns: 1000},
  )
})
