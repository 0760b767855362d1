import {mkdtemp, readdir, readFile, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, expect, test} from 'vitest'
import type {Results} from '../../src/model/results.ts'
import {runCli} from './run-cli.ts'

const short = ['--target', 'memory', '--message-size', '100', '--duration', '100ms', '--warmup', '0']
const bench = (...args: string[]) => runCli(['bench', 'throughput', ...short, ...args], {cwd})
const baselines = () => readdir(join(cwd, 'results', 'baselines')).catch(() => [])

let cwd: string
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'streambus-bench-gate-'))
  await bench('--count', '8', '--output', 'now.json')
  const results: Results = JSON.parse(await readFile(join(cwd, 'now.json'), 'utf8'))
  for (const {samples} of results.benchmarks) {
    for (const {metrics} of samples) Object.assign(metrics, {'msgs/s': metrics['msgs/s']! * 1000})
  }
  await writeFile(join(cwd, 'faster.json'), JSON.stringify(results))
})
afterAll(() => rm(cwd, {recursive: true, force: true}))

test('a run far below the file it is compared with exits 1, and stays on disk without becoming a baseline', async () => {
  const gate = ['--compare', 'faster.json', '--budget', 'msgs/s=50%', '--save-baseline', 'main']
  const {exitCode, stdout, stderr} = await bench('--count', '8', '--output', 'slow.json', ...gate)
  expect(exitCode).toBe(1)
  expect(stdout).toMatch(/vs base/)
  expect(stdout).toMatch(
    /Gate: FAIL {2}0 of 1 within their budget, 1 beyond it, 3 without one\n {2}✗ .*this run {2}msgs\/s/,
  )
  expect(stdout).toContain('nothing of what differs between invocations')
  expect(stderr).toContain(
    'Not saved as baseline main: the gate failed. To keep it: streambus baseline save main slow.json',
  )
  expect(await baselines()).toEqual([])
  expect(JSON.parse(await readFile(join(cwd, 'slow.json'), 'utf8')).outcome).toBe('completed')
})

test('benchmark text on stdout stays clean: the comparison and its gate go to stderr; then the baseline is saved', async () => {
  const gate = ['--compare', 'now.json', '--budget', 'msgs/s=99.99%', '--save-baseline', 'main']
  const {exitCode, stdout, stderr} = await bench('--count', '8', '--format', 'gobench', ...gate)
  expect([exitCode, stdout.includes('Gate')]).toEqual([0, false])
  expect(stderr).toMatch(/vs base[\s\S]*Gate: PASS {2}1 of 1 within their budget/)
  expect(await baselines()).toEqual(['main.json'])
})

// On a machine that is busy samples may be invalid, and with them blocks: what is told of the gate is the same.
test('two sides in turn are judged block against block, and nothing is between them', async () => {
  const sides = ['--count', '10', '--interleave', 'base', 'batch-size=1']
  const {exitCode, stdout} = await bench(...sides, '--prove-no-regression', 'msgs/s=0.001%')
  expect(exitCode).toBe(1)
  expect(stdout).toMatch(
    /Gate: FAIL {2}0 of 1 [\s\S]*batch-size=1 {2}msgs\/s .* to prove: no worse than -0.001 % {2}n=\d blocks/,
  )
  expect(stdout).not.toContain('between invocations')
})

test.each([
  [['--gate', 'defaults'], 'There is nothing to compare the run with'],
  [['--compare', 'nosuch', '--gate', 'defaults'], 'nosuch is neither a file nor a baseline'],
  [['--compare', 'now.json', '--gate', 'nosuch.yaml'], 'nosuch.yaml'],
  [['--interleave', 'base', 'batch-size=1', '--compare', 'now.json'], '--compare has no meaning with it'],
])('%j is refused before anything is measured', async (args, message) => {
  const before = await readdir(join(cwd, 'results'))
  const {exitCode, stderr} = await bench('--count', '8', ...args)
  expect([exitCode, stderr]).toEqual([2, expect.stringContaining(message)])
  expect(await readdir(join(cwd, 'results'))).toEqual(before)
})

test('a climb, which has no samples, refuses to be compared', async () => {
  const {exitCode, stderr} = await runCli(['load', 'stress', '--target', 'memory', '--compare', 'now.json'], {cwd})
  expect([exitCode, stderr]).toEqual([2, expect.stringContaining('--compare means nothing in a climb')])
})
