import {mkdtemp, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {Readable} from 'node:stream'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {runOf} from '../../test/docs/comparable-files.ts'
import {ExitCode, StreambusError} from '../base/errors.ts'
import {seededRandom} from '../base/random.ts'
import {renderComparisonCsv} from '../render/comparison-csv.ts'
import {renderComparisonHtml} from '../render/comparison-html.ts'
import {renderComparisonMarkdown} from '../render/comparison-markdown.ts'
import {renderComparisonText} from '../render/comparison-text.ts'
import {createStore} from '../store/create-store.ts'
import {type CompareRequest, compareResults} from './compare-results.ts'
import type {Context} from './context.ts'
import {exportComparison} from './export-comparison.ts'
import {resolveGate} from './resolve-gate.ts'

const random = seededRandom(20261124)
const upTo = (max: number) => Math.floor(random() * (max + 1))
const pieces = [
  ...[
    '',
    '0',
    '-',
    '"',
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    'null',
    '1e999',
    '1e308',
    '-1',
    'inf',
    'nan',
    '\n',
    '\r\n',
    '\t',
    ' ',
    '\0',
    '%',
    '@',
  ],
  ...[
    'Unit ',
    'Benchmark',
    'assume=exact',
    'é',
    '\u2028',
    '(',
    ')',
    '*',
    '/',
    'AND ',
    'OR ',
    '\\',
    '&a',
    '!!js ',
    '- ',
    '#',
    '9'.repeat(20),
  ],
]

/** The text with one to four pieces put in, and what stood there taken away. */
function mutated(text: string): string {
  let result = text
  for (let edits = upTo(3); edits >= 0; edits -= 1) {
    const at = upTo(result.length)
    result = result.slice(0, at) + pieces[upTo(pieces.length - 1)] + result.slice(at + upTo(30))
  }
  return random() < 0.1 ? result.slice(0, upTo(result.length)) : result
}

let cwd: string
let context: Context
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'streambus-mutations-'))
  const signal = new AbortController().signal
  const [clock, now] = [{nowNs: () => 0}, () => new Date(0)]
  context = {clock, now, cwd, store: createStore({cwd}), signal, progress: () => {}, warn: () => {}}
  for (const name of ['a.json', 'b.json']) await writeFile(join(cwd, name), runOf(name === 'a.json' ? 1 : 0.9))
})
afterAll(() => rm(cwd, {recursive: true, force: true}))

/** Compares and prints in every way: 0, 1 where a gate fails, 2 where it is refused; anything else is thrown. */
async function exitCodeOf(request: Partial<CompareRequest>, gateFile?: string): Promise<number> {
  try {
    const gate = gateFile === undefined ? undefined : await resolveGate({gate: gateFile}, 0.95, cwd)
    const whole = {inputs: ['a.json', 'b.json'], alpha: 0.05, confidence: 0.95, stdin: Readable.from([]), ...request}
    const comparison = await compareResults({...whole, gate}, context)
    renderComparisonText(comparison)
    renderComparisonCsv(comparison)
    renderComparisonMarkdown(comparison)
    renderComparisonHtml(comparison)
    JSON.stringify(comparison)
    await exportComparison(whole, context)
    return comparison.gate?.fails === true ? ExitCode.badVerdict : ExitCode.done
  } catch (error) {
    if (error instanceof StreambusError) return error.exitCode
    throw error
  }
}

describe('a thousand mutated inputs end with 0, 1 or 2', {timeout: 120_000}, () => {
  const isExpected = (code: number) => [0, 1, 2].includes(code)

  test('benchmark texts', async () => {
    const lines = ['goos: linux', 'Unit ns/op better=lower', 'BenchmarkA/size=1-8 100 12.5 ns/op 3 B/op']
    const text = `${[...lines, ...lines.slice(2), ...lines.slice(2)].join('\n')}\n`
    for (let round = 0; round < 300; round += 1) {
      await writeFile(join(cwd, 'm.txt'), mutated(text))
      expect(await exitCodeOf({inputs: ['m.txt', 'b.json']})).toSatisfy(isExpected)
    }
  })

  test('results files', async () => {
    const good = runOf(1)
    for (let round = 0; round < 250; round += 1) {
      await writeFile(join(cwd, 'm.json'), mutated(good))
      expect(await exitCodeOf({inputs: ['m.json', 'b.json'], filter: '.unit:msgs/s'})).toSatisfy(isExpected)
    }
  })

  test('gate files', async () => {
    const good = [
      'confidence: 0.95',
      'undecided: pass',
      'budgets:',
      '  - msgs/s=5%',
      "  - {unit: p99-ns, benchmark: 'Produce*', worse: 15%}",
      "  - {unit: msgs/s, benchmark: 'E2E*', proveNoRegression: 3%}",
    ].join('\n')
    for (let round = 0; round < 200; round += 1) {
      await writeFile(join(cwd, 'm.yaml'), mutated(good))
      expect(await exitCodeOf({filter: '.unit:(msgs/s OR p99-ns)'}, 'm.yaml')).toSatisfy(isExpected)
    }
  })

  test('filters and projections', async () => {
    const filters = ['.unit:(msgs/s OR /^p99/) -goos:"lin\\u0075x"', '(.name:/(?i)prod[a-z]+/ AND /size:1024) OR *']
    const projections = ['.config', '.name /size@num', 'goos@(linux "x y") .fullname@alpha', '.file,/batch']
    for (let round = 0; round < 250; round += 1) {
      const flag = (['filter', 'table', 'row', 'col', 'ignore'] as const)[upTo(4)]!
      const from = flag === 'filter' ? filters : projections
      expect(await exitCodeOf({[flag]: mutated(from[upTo(from.length - 1)]!)})).toSatisfy(isExpected)
    }
  })
})
