import {mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, expect, test} from 'vitest'
import type {Results} from '../../src/model/results.ts'
import {firstSchemaProblem} from '../../src/store/results-schema.ts'
import {runCli} from './run-cli.ts'

let cwd: string
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'streambus-cli-max-rate-'))
})
afterEach(() => rmSync(cwd, {recursive: true, force: true}))

function readOnlyResults(): Results {
  const names = readdirSync(join(cwd, 'results')).filter((name) => name.endsWith('.json'))
  expect(names).toHaveLength(1)
  return JSON.parse(readFileSync(join(cwd, 'results', names[0] ?? ''), 'utf8')) as Results
}

/** What a busy machine makes of a trial decides the code; 4 says that none was valid. */
const isAnswer = (exitCode: number | null) => exitCode === 0 || exitCode === 4

test('bench max-rate keeps every trial with its verdict, and ends within its time', async () => {
  const args = [
    'bench',
    'max-rate',
    '--target',
    'memory',
    '--time-max',
    '8s',
    '--max-rate',
    '20k',
    '--batch-size',
    '10',
  ]
  const {exitCode, stdout} = await runCli(args, {cwd})
  expect(isAnswer(exitCode)).toBe(true)
  expect(stdout).toMatch(/^Highest rate with responseTime\.p99<10ms and errors<0\.1%\nNo broker \(memory driver\)/)
  expect(stdout).toMatch(/Saved results\/\d{8}T\d{6}-max-rate\.json/)
  const results = readOnlyResults()
  expect(await firstSchemaProblem(results)).toBeUndefined()
  expect(results.outcome).toBe('completed')
  const search = results.search
  expect(search?.trials.length).toBeGreaterThan(0)
  for (const trial of search?.trials ?? []) {
    const benchmark = results.benchmarks[trial.benchmark]
    const arrival = benchmark?.workload.arrival
    expect(arrival).toMatchObject({model: 'open', process: 'poisson', ratePerSec: trial.ratePerSec})
    expect(benchmark?.samples[trial.sample]?.index).toBe(trial.sample)
  }
  const names = results.benchmarks.map(({name}) => name)
  expect(new Set(names).size).toBe(names.length)
})

test('an objective that nobody can keep is an answer too: less than the lowest rate', async () => {
  const args = [
    'bench',
    'max-rate',
    '--target',
    'memory',
    '--time-max',
    '8s',
    '--slo',
    'msgs/s>=1M',
    '--max-rate',
    '1k',
  ]
  const {exitCode, stdout} = await runCli([...args, '--json'], {cwd})
  expect(isAnswer(exitCode)).toBe(true)
  const {search} = JSON.parse(stdout) as Results
  expect(search?.bracket.lowerPerSec).toBeUndefined()
  expect(search?.trials.every(({verdict}) => verdict !== 'good')).toBe(true)
})

test('a mistyped objective exits 2, with a caret and the nearest name', async () => {
  const {exitCode, stderr} = await runCli(['bench', 'max-rate', '--slo', 'responsTime.p99<10ms'], {cwd})
  expect(exitCode).toBe(2)
  expect(stderr).toContain('  ^ did you mean responseTime.p99?')
})

test('Ctrl-C keeps the trials so far and exits 130', async () => {
  const args = ['bench', 'max-rate', '--target', 'memory', '--time-max', '60s', '--max-rate', '2k']
  const preload = join(cwd, 'interrupt.mjs')
  writeFileSync(preload, `setTimeout(() => process.kill(process.pid, 'SIGINT'), 7000).unref()\n`)
  const {exitCode, stdout} = await runCli(args, {cwd, imports: [preload]})
  expect(exitCode).toBe(130)
  expect(stdout).toContain('Saved results/')
  const results = readOnlyResults()
  expect(results.outcome).toBe('interrupted')
  expect(results.search?.ended).toBe('interrupted')
  expect(results.search?.trials.length).toBeGreaterThan(0)
})
