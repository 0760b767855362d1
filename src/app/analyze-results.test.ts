import {mkdtemp, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, expect, test} from 'vitest'
import {fullResults} from '../../test/fixtures/full-results.ts'
import {clockFrom} from '../base/clock.ts'
import {StreambusError} from '../base/errors.ts'
import {seededRandom} from '../base/random.ts'
import {createStore} from '../store/create-store.ts'
import {formatResults} from '../store/results-json.ts'
import {type AnalyzeRequest, analyzeResults} from './analyze-results.ts'
import type {Context} from './context.ts'

let cwd: string
let context: Context

beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'streambus-analyze-'))
  context = {
    clock: clockFrom(0n),
    now: () => new Date(),
    cwd,
    store: createStore({cwd}),
    signal: new AbortController().signal,
    progress: () => undefined,
    warn: () => undefined,
  }
})

afterEach(async () => {
  await rm(cwd, {recursive: true, force: true})
})

async function* chunks(...texts: string[]): AsyncGenerator<string> {
  yield* texts
}

function analyzeFiles(request: Partial<AnalyzeRequest>) {
  return analyzeResults({inputs: [], last: false, thresholds: [], stdin: chunks(), ...request}, context)
}

const GO_TEXT = `goos: linux
pkg: example.com/broker
BenchmarkE2E_Produce/size=100-8    50000   23456 ns/op   95.2 MB/s   98234 msgs/s   1200 B/op   1200 allocs/op
BenchmarkE2E_Produce/size=1024-8   50000   23456 ns/op   95.2 MB/s   98234 msgs/s   1200 B/op     15 allocs/op
BenchmarkE2E_Latency-8              1000  900000 ns/op   120000 p99_µs
BenchmarkBroken-8                   1000  fast ns/op
PASS
`

test('Go text and a results file together: critical first, then in the order of the input', async () => {
  await writeFile(join(cwd, 'bench.txt'), GO_TEXT)
  await writeFile(join(cwd, 'run.json'), formatResults({...fullResults, outcome: 'completed'}))
  const analysis = await analyzeFiles({inputs: ['bench.txt', 'run.json']})
  expect(analysis.sources).toEqual(['bench.txt', 'run.json'])
  expect(analysis.benchmarksChecked).toBe(6)
  expect(analysis.findings.map(({severity, rule, benchmark}) => `${severity} ${rule} ${benchmark}`)).toEqual([
    'critical allocations E2E_Produce/size=100-8',
    'critical invalid-samples ProduceLatency/size=1024/rate=20000-2 [default]',
    'warning high-p99 E2E_Latency-8',
  ])
  expect(analysis.warnings).toEqual(['bench.txt:6: parsing measurement: invalid syntax'])
})

test('stdin, in pieces', async () => {
  const analysis = await analyzeFiles({inputs: ['-'], stdin: chunks(GO_TEXT.slice(0, 100), GO_TEXT.slice(100))})
  expect(analysis.benchmarksChecked).toBe(3)
  expect(analysis.findings[0]?.source).toBe('stdin')
})

test('the last results, named as a user would type it', async () => {
  const file = await context.store.openResults('20261123T154012-latency')
  await file.save(fullResults)
  await file.close()
  const analysis = await analyzeFiles({last: true})
  expect(analysis.sources).toEqual([join('results', '20261123T154012-latency.json')])
  expect(analysis.warnings[0]).toContain('is incomplete: the run is failed (The broker went away.)')
})

test('a run without a sample is told, not judged', async () => {
  await writeFile(join(cwd, 'run.json'), formatResults({...fullResults, micro: [], outcome: 'running', benchmarks: []}))
  const analysis = await analyzeFiles({inputs: ['run.json']})
  expect(analysis).toMatchObject({benchmarksChecked: 0, findings: []})
  expect(analysis.warnings[0]).toContain('has no sample yet')
})

test('thresholds: values with their units, unknown names and bad values refused', async () => {
  await writeFile(join(cwd, 'bench.txt'), GO_TEXT)
  const inputs = ['bench.txt']
  const relaxed = await analyzeFiles({
    inputs,
    thresholds: ['p99-max=1s', 'allocs-critical=2000', 'allocs-warning=2000'],
  })
  expect(relaxed.findings).toEqual([])
  const sized = await analyzeFiles({inputs, thresholds: ['bytes-per-op-max=1KiB']})
  expect(sized.findings.filter(({rule}) => rule === 'allocated-bytes')).toHaveLength(2)
  await expect(analyzeFiles({inputs, thresholds: ['p99max=1s']})).rejects.toMatchObject({
    code: 'SB_USAGE',
    hint: 'Did you mean p99-max?',
  })
  for (const text of ['p99-max', 'p99-max=', 'p99-max=7', 'allocs-warning=many', 'allocs-warning=-1', '=1', '']) {
    await expect(analyzeFiles({inputs, thresholds: [text]}), text).rejects.toMatchObject({code: 'SB_USAGE'})
  }
})

test('no input, a missing one, text without benchmarks', async () => {
  await expect(analyzeFiles({})).rejects.toMatchObject({code: 'SB_USAGE'})
  await expect(analyzeFiles({last: true})).rejects.toMatchObject({code: 'SB_INPUT_NOT_FOUND'})
  await expect(analyzeFiles({inputs: ['none.json']})).rejects.toMatchObject({code: 'SB_INPUT_NOT_FOUND'})
  await expect(analyzeFiles({inputs: ['-']})).rejects.toMatchObject({code: 'SB_INPUT_EMPTY'})
  await expect(analyzeFiles({inputs: ['-'], stdin: chunks('hello\n')})).rejects.toMatchObject({
    code: 'SB_INPUT_INVALID',
  })
  const onlyBroken = chunks('BenchmarkX-8  fast\n')
  await expect(analyzeFiles({inputs: ['-'], stdin: onlyBroken})).rejects.toMatchObject({code: 'SB_INPUT_INVALID'})
})

test('a results file cut anywhere, and Go text with damage anywhere, give an error with a code or a result', async () => {
  const text = formatResults(fullResults)
  for (let end = 0; end < text.length - 2; end += 1000) {
    await expect(analyzeFiles({inputs: ['-'], stdin: chunks(text.slice(0, end))})).rejects.toBeInstanceOf(
      StreambusError,
    )
  }
  const random = seededRandom(7)
  for (let round = 0; round < 300; round++) {
    const bytes = Buffer.from(round % 2 === 0 ? GO_TEXT : text)
    for (let i = 0; i < 6; i++) bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256)
    const outcome = await analyzeFiles({inputs: ['-'], stdin: chunks(bytes.toString('latin1'))}).catch(
      (error: unknown) => error,
    )
    if (outcome instanceof Error) expect(outcome).toBeInstanceOf(StreambusError)
  }
})
