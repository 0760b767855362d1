import {mkdtemp, readdir, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, expect, test} from 'vitest'
import type {Results} from '../../src/model/results.ts'
import {runCli} from './run-cli.ts'

let cwd: string
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'streambus-interleave-'))
})
afterAll(() => rm(cwd, {recursive: true, force: true}))

const short = ['--message-size', '100', '--duration', '100ms', '--warmup', '50ms']

test('two sides are measured in blocks of four, and each block is told with its samples', async () => {
  const {exitCode, stdout} = await runCli(
    [
      'bench',
      'throughput',
      '--target',
      'memory',
      ...short,
      '--count',
      '6',
      '--interleave',
      'base',
      'batch-size=10',
      '--json',
    ],
    {cwd},
  )
  expect(exitCode).toBe(0)
  const results = JSON.parse(stdout) as Results
  expect(results.benchmarks.map(({configuration, samples}) => [configuration, samples.length])).toEqual([
    ['base', 6],
    ['batch-size=10', 6],
  ])
  expect(results.benchmarks.map(({workload}) => workload.message.batchMessages)).toEqual([100, 10])
  const blocks = results.interleaving!.blocks
  expect(blocks).toHaveLength(3)
  for (const {order, samples} of blocks) {
    expect(samples.map(({benchmark}) => 'AB'[benchmark]).join('')).toBe(order)
  }
  const rate = results.interleaving!.answers.find(({unit}) => unit === 'msgs/s')!
  expect(rate.blocks).toBe(3)
  expect(rate.interval!.lo).toBeLessThan(rate.ratio!)
})

test('until decided looks after 10 and after 15 samples, and says at which it ended', async () => {
  const {exitCode, stdout} = await runCli(
    ['bench', 'throughput', '--target', 'memory', ...short, '--until-decided', '--precision', '1000', '--json'],
    {cwd},
  )
  expect(exitCode).toBe(0)
  const results = JSON.parse(stdout) as Results
  expect(results.stopping).toMatchObject({ended: 'decided', n: 15})
  expect(results.benchmarks[0]!.samples).toHaveLength(15)
})

test('sides in turn until decided: their intervals are those of the look that ended it', async () => {
  const run = [
    'bench',
    'throughput',
    '--target',
    'memory',
    '--message-size',
    '100',
    '--duration',
    '20ms',
    '--warmup',
    '0',
  ]
  const sides = ['--interleave', 'base', 'batch-size=1', '--precision', '1000', '--until-decided']
  const {exitCode, stdout} = await runCli([...run, ...sides, '--json'], {cwd})
  expect(exitCode).toBe(0)
  const {stopping, interleaving} = JSON.parse(stdout) as Results
  expect(stopping!.ended).toBe('decided')
  expect(stopping!.looks).toContain(stopping!.n)
  const rate = interleaving!.answers.find(({unit}) => unit === 'msgs/s')!
  expect(rate.interval!.confidence).toBe(1 - stopping!.level!)
})

test('a broker that is reused is started once, and the results say so', async () => {
  const {exitCode, stdout} = await runCli(
    ['bench', 'throughput', ...short, '--count', '2', '--reuse-broker', '--data-dir', 'data', '--keep-data', '--json'],
    {cwd},
  )
  expect(exitCode).toBe(0)
  const results = JSON.parse(stdout) as Results
  expect(results.benchmarks[0]!.workload.samples.broker).toBe('reused')
  expect(results.benchmarks[0]!.samples).toHaveLength(2)
  const [run] = await readdir(join(cwd, 'data'))
  expect(await readdir(join(cwd, 'data', run!))).toContain('sample-0')
  expect(await readdir(join(cwd, 'data', run!))).not.toContain('sample-1')
})

test.each([
  [['--interleave', 'base'], 'takes two sides, not 1'],
  [['--interleave', 'base', 'faster'], '"faster" in "faster" is neither'],
  [['--interleave', 'base', 'batch-sise=10'], 'batch-sise'],
  [['--noise-floor'], 'interleave'],
  [['--until-decided', '--count', '3'], 'count'],
])('%s is refused before anything runs', async (flags, message) => {
  const {exitCode, stderr} = await runCli(['bench', 'throughput', ...flags], {cwd})
  expect(stderr).toContain(message)
  expect(exitCode).toBe(2)
})
