import {mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, describe, expect, test} from 'vitest'
import type {DryRun} from '../../src/model/dry-run.ts'
import type {Results} from '../../src/model/results.ts'
import {firstSchemaProblem} from '../../src/store/results-schema.ts'
import {wordsOf} from '../docs/tour.ts'
import {root, runCli} from './run-cli.ts'

let cwd: string
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'streambus-cli-workloads-'))
})
afterEach(() => rmSync(cwd, {recursive: true, force: true}))

describe('docs/workloads.md', () => {
  const page = readFileSync(join(root, 'docs', 'workloads.md'), 'utf8')
  const commands = [...page.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap(([, block = '']) => block.trim().split('\n'))

  test('shows commands', () => expect(commands.length).toBeGreaterThan(6))

  test.each(commands)('%s', async (command) => {
    const {exitCode, stdout, stderr} = await runCli(wordsOf(command), {cwd})
    expect(exitCode, stderr).toBe(0)
    expect(stdout.trim()).not.toBe('')
    expect(readdirSync(cwd)).toEqual([])
  })

  test('its file runs by path and, in profiles/workloads, by name', async () => {
    const yaml = /```yaml\n([\s\S]*?)```/.exec(page)?.[1] ?? ''
    mkdirSync(join(cwd, 'profiles', 'workloads'), {recursive: true})
    writeFileSync(join(cwd, 'profiles', 'workloads', 'steady.yaml'), yaml)
    for (const name of ['profiles/workloads/steady.yaml', 'steady']) {
      const {exitCode, stdout, stderr} = await runCli(['load', name, '--dry-run'], {cwd})
      expect(exitCode, stderr).toBe(0)
      expect(stderr).toMatch(/^Question: does the broker keep p99/)
      expect(stdout).toContain('4 producers, 4 consumers, open loop at 50.0 K msg/s (poisson)')
    }
  })
})

test('a dry run of the guide’s command says what an hour of it is, as JSON too', async () => {
  const args =
    'load --producers 10 --consumers 5 --message-size 1024 --target-rate 100000 --duration 1h --dry-run --json'
  const {exitCode, stdout} = await runCli(args.split(' '), {cwd})
  expect(exitCode).toBe(0)
  const run = JSON.parse(stdout) as DryRun
  expect(run.workloads[0]?.workload).toMatchObject({
    arrival: {model: 'open', process: 'constant', ratePerSec: 100_000},
    message: {sizeBytes: 1024, batchMessages: 100},
    topology: {topics: 1, partitions: 10, producers: 10, consumers: 5},
    phases: {measureNs: 3600e9},
  })
  expect(run.workloads[0]?.schedule).toMatchObject({messages: 360_000_000, batchesPerSec: 1000})
  expect(run.workloads[0]?.schedule?.firstArrivalsNs).toEqual([0, 10_000, 20_000, 30_000, 40_000])
  expect(run.needs.connections).toBe(16) // 10 producers, 5 consumers, 1 that creates the topic
})

test.each([
  [
    ['load', '--producers', '1200'],
    /1,200 producers and 1 consumers make 1,202 connections, and server.max_connections is 1,000/,
  ],
  [
    ['load', '--arrival', 'closed', '--in-flight', '100k'],
    /100,000 batches in flight .* a generator holds 2.00 GiB at\s+most/,
  ],
  [['bench', 'throughput', '--partitions', '70000'], /70000 producers or partitions are too many: at most 65536/],
])('%j is refused before anything starts', async (args, message) => {
  const {exitCode, stdout, stderr} = await runCli(args, {cwd})
  expect(exitCode).toBe(2)
  expect(stdout).toBe('')
  expect(stderr).toMatch(message)
  expect(stderr).toContain('SB_DOES_NOT_FIT')
  expect(readdirSync(cwd)).toEqual([])
})

test.each([
  [['load', 'stres'], /There is no workload "stres" \(did you mean "stress"\?\)/],
  [['load', '--arrival', 'possion'], /--arrival: "possion" is not an arrival process \(did you mean "poisson"\?\)/],
  [['load', '--keys', 'zpif:10'], /--keys: "zpif:10" is not a distribution of keys \(did you mean\s+"zipf"\?\)/],
  [['bench', 'concurrent', '--case', 'MultiProdcer'], /\(did you mean\s+"MultiProducer"\?\)/],
])('%j is refused with the nearest word', async (args, message) => {
  const {exitCode, stderr} = await runCli(args, {cwd})
  expect(exitCode).toBe(2)
  expect(stderr).toMatch(message)
})

test('a file that is wrong is told by line and column', async () => {
  writeFileSync(join(cwd, 'w.yaml'), 'schema: streambus.workload/1\narrival:\n  procss: poisson\n')
  const {exitCode, stderr} = await runCli(['load', 'w.yaml'], {cwd})
  expect(exitCode).toBe(2)
  expect(stderr).toMatch(/Error: w\.yaml:3:3: arrival\.procss is not a key here \(did\s+you\s+mean\s+"process"\?\)/)
})

test('load runs a scenario under flags, prints the guide’s targets, and keeps the resolved workload', async () => {
  const args = [
    'load',
    'latency',
    '--target',
    'memory',
    '--duration',
    '300ms',
    '--warmup',
    '100ms',
    '--target-rate',
    '2k/s',
  ]
  const {exitCode, stdout, stderr} = await runCli(args, {cwd})
  expect([0, 4], stderr).toContain(exitCode) // a busy machine may make it invalid, which is said
  expect(stdout).toMatch(/the guide's target +expected +measured +met/)
  expect(stdout).toMatch(/response time p99 +below 5.00 ms/)
  const [name = ''] = readdirSync(join(cwd, 'results'))
  expect(name).toMatch(/^\d{8}T\d{6}-load-latency\.json$/)
  const results = JSON.parse(readFileSync(join(cwd, 'results', name), 'utf8')) as Results
  expect(await firstSchemaProblem(results)).toBeUndefined()
  expect(results.command.slice(0, 2)).toEqual(['load', 'latency'])
  expect(results.benchmarks[0]?.name).toMatch(
    /^Load\/latency\/size=100\/batch=10\/rate=2000\/producers=5\/consumers=5-\d+$/,
  )
  expect(results.benchmarks[0]?.workload).toMatchObject({
    name: 'latency',
    arrival: {model: 'open', process: 'constant', ratePerSec: 2000},
    topology: {topics: 1, partitions: 5, producers: 5, consumers: 5},
    samples: {count: 1, seed: 1},
  })
  expect(results.benchmarks[0]?.samples[0]?.counters.scheduled).toBe(600) // 2,000/s for 300 ms
})

test('an objective that is missed is a bad verdict of a good measurement', async () => {
  const closed = ['load', '--target', 'memory', '--arrival', 'closed', '--duration', '300ms', '--warmup', '100ms']
  const missed = await runCli([...closed, '--objective', 'msgs/s>=1G'], {cwd})
  expect(missed.stdout).toMatch(/✗ msgs\/s>=1000M\/s .*missed by 1 of 1/)
  expect(missed.stdout).toContain('Objectives: 1 of 1 missed.')
  expect(missed.exitCode, missed.stderr).toBe(1)
  const kept = await runCli([...closed, '--objective', 'lost<1'], {cwd})
  expect(kept.stdout).toContain('Objectives: all 1 kept.')
  expect(kept.exitCode, kept.stderr).toBe(0)
})

test('a case of the guide runs under its name, and --list says what each does', async () => {
  const args = ['bench', 'concurrent', '--case', 'MixedWorkload', '--target', 'memory', '--count', '1']
  const {exitCode, stderr} = await runCli([...args, '--duration', '200ms', '--warmup', '50ms'], {cwd})
  expect(exitCode, stderr).toBe(0)
  const [name = ''] = readdirSync(join(cwd, 'results'))
  const results = JSON.parse(readFileSync(join(cwd, 'results', name), 'utf8')) as Results
  expect(results.benchmarks[0]?.name).toMatch(
    /^Concurrent_MixedWorkload\/size=1024\/batch=1\/producers=10\/consumers=10-\d+$/,
  )
  const list = await runCli(['bench', 'all', '--list'], {cwd})
  expect(list.stdout.trim().split('\n')).toHaveLength(41) // 34 cases, 6 of storage and the header
})

test('stress climbs, and a rate makes it a plain load', async () => {
  const climb = await runCli(['load', 'stress', '--dry-run'], {cwd})
  expect(climb.exitCode, climb.stderr).toBe(0)
  expect(climb.stderr).toMatch(/Climbs to the knee: trials of at most 200 K msg\/s, 10 min in all/)
  expect(climb.stderr).toContain('Note: values are random bytes, which lz4 cannot make smaller')
  const plain = await runCli(['load', 'stress', '--target-rate', '5k/s', '--dry-run'], {cwd})
  expect(plain.stderr).not.toContain('Climbs')
  expect(plain.stdout).toContain('open loop at 5.00 K msg/s (poisson)')
})
