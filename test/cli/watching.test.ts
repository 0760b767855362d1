import {spawn} from 'node:child_process'
import {mkdtempSync, readdirSync, readFileSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {Ajv2020} from 'ajv/dist/2020.js'
import {afterEach, beforeEach, expect, test} from 'vitest'
import type {Results} from '../../src/model/results.ts'
import type {RunEvent} from '../../src/model/run-event.ts'
import {firstSchemaProblem} from '../../src/store/results-schema.ts'
import {root, runCli, userEnvironment} from './run-cli.ts'

const load = ['--target', 'memory', '--message-size', '1024', '--warmup', '100ms']

let cwd: string
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'streambus-cli-watch-'))
})
afterEach(() => rmSync(cwd, {recursive: true, force: true}))

function lineSchema() {
  const read = (name: string) => JSON.parse(readFileSync(join(root, 'docs', name), 'utf8')) as object
  const ajv = new Ajv2020({allErrors: true, allowUnionTypes: true})
  ajv.addSchema(read('results.schema.json'))
  const isLine = ajv.compile(read('json-stream.schema.json'))
  return (line: unknown) => (isLine(line) ? undefined : ajv.errorsText(isLine.errors))
}

test('--json-stream prints an object a line: progress, each sample, and the result last', async () => {
  const args = ['bench', 'throughput', ...load, '--consumers', '1', '--count', '2', '--duration', '1500ms']
  const {exitCode, stdout} = await runCli([...args, '--json-stream'], {cwd})
  const lines = stdout.trimEnd().split('\n')
  const events = lines.map((line) => JSON.parse(line) as RunEvent | {type: 'result'; result: Results})
  const problemOf = lineSchema()
  for (const event of events) expect(problemOf(event), JSON.stringify(event).slice(0, 300)).toBeUndefined()
  expect(events.filter(({type}) => type === 'sample')).toHaveLength(2)
  expect(events.filter(({type}) => type === 'result')).toHaveLength(1)
  const last = events.at(-1)
  expect(last).toMatchObject({type: 'result', result: {outcome: 'completed'}})
  const progress = events.filter((event) => event.type === 'progress')
  expect(progress.length).toBeGreaterThan(4)
  expect(new Set(progress.map(({sample}) => sample))).toEqual(new Set([0, 1]))
  expect(progress.some(({lastSecond}) => lastSecond !== undefined && lastSecond.p99Ns >= lastSecond.p50Ns)).toBe(true)
  expect(progress.some(({cpuShareGenerator}) => (cpuShareGenerator ?? 0) > 0)).toBe(true)
  expect([0, 4]).toContain(exitCode) // 4: the machine of this test was too busy for a valid sample
})

test('--json-stream of an open loop offers what was asked for; an error is its last line', async () => {
  const open = [
    'bench',
    'latency',
    ...load,
    '--target-rate',
    '1k/s',
    '--count',
    '1',
    '--duration',
    '1s',
    '--json-stream',
  ]
  const {stdout} = await runCli(open, {cwd})
  const offered = stdout.split('\n').filter((line) => line.includes('"offeredPerSec"'))
  expect(offered.length).toBeGreaterThan(1)
  const failed = await runCli(['bench', 'latency', '--target', 'nobody', '--json-stream'], {cwd})
  expect(failed.exitCode).toBe(2)
  const event = JSON.parse(failed.stdout) as {type: string; error: {code: string}}
  expect(lineSchema()(event)).toBeUndefined()
  expect(event).toMatchObject({type: 'error', error: {code: 'SB_USAGE'}})
})

test('--json and --json-stream exclude each other', async () => {
  const {exitCode} = await runCli(['bench', 'latency', '--json', '--json-stream'], {cwd})
  expect(exitCode).toBe(2)
})

test('killed with SIGKILL, the tool loses at most the sample in progress', async () => {
  const args = ['bench', 'throughput', ...load, '--count', '50', '--duration', '500ms', '--json-stream']
  const child = spawn(process.execPath, [join(root, 'bin', 'run.js'), ...args], {
    cwd,
    env: {...userEnvironment(), NODE_ENV: undefined},
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  let stdout = ''
  let isKilled = false
  await new Promise<void>((resolve) => {
    child.on('close', () => resolve())
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text
      if (isKilled || !/"type":"progress"[^\n]*"sample":2,/.test(stdout)) return // two are measured, the third is under way
      isKilled = true
      child.kill('SIGKILL')
    })
  })
  expect(isKilled).toBe(true)
  const names = readdirSync(join(cwd, 'results')).filter((name) => name.endsWith('.json'))
  expect(names).toHaveLength(1)
  const path = join('results', names[0] ?? '')
  const results = JSON.parse(readFileSync(join(cwd, path), 'utf8')) as Results
  expect(await firstSchemaProblem(results)).toBeUndefined()
  expect(results.outcome).toBe('running')
  expect(results.benchmarks[0]?.samples.length).toBeGreaterThanOrEqual(2)
  const analysis = await runCli(['analyze', path], {cwd})
  expect([0, 1]).toContain(analysis.exitCode)
  expect(`${analysis.stdout}${analysis.stderr}`).toContain('is incomplete: the run is running')
})
