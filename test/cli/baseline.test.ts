import {mkdir, mkdtemp, readdir, readFile, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {formatResults} from '../../src/store/results-json.ts'
import {seriesResults} from '../fixtures/series-results.ts'
import {runCli} from './run-cli.ts'

let cwd: string
const steady = [100_000, 101_000, 102_000, 103_000, 104_000, 105_000]
const baseline = (...args: string[]) => runCli(['baseline', ...args], {cwd})

beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'streambus-baseline-cli-'))
  await writeFile(join(cwd, 'a.json'), formatResults(seriesResults({id: '20261123T154012-a', throughput: steady})))
  await writeFile(join(cwd, 'b.json'), formatResults(seriesResults({id: '20261124T154012-b', throughput: [5, 6, 7]})))
  await writeFile(
    join(cwd, 'invalid.json'),
    formatResults(seriesResults({latency: [1000, 2000], invalidLatency: [0, 1]})),
  )
})
afterAll(() => rm(cwd, {recursive: true, force: true}))

test('saved, listed, shown, promoted, compared and removed', async () => {
  expect((await baseline('list')).stdout).toContain('No baseline is saved here.')
  expect((await baseline('save', 'main', 'a.json')).stdout).toMatch(
    /^Saved baseline main from a\.json: .*main\.json\n$/,
  )
  await baseline('save', 'next', 'b.json')
  expect((await baseline('list')).stdout).toMatch(/main +2026-11-23 .*\n +next +2026-11-23/)
  const shown = await baseline('show', 'main')
  expect(shown.stdout).toContain('n=6')
  expect(shown.stdout).toMatch(/10[23],?\d* msgs\/s|103,000 msgs|102,500 msgs|1\.02e5/) // the median of the six
  expect((await baseline('promote', 'next', 'main')).stdout).toContain('(in place of 20261123T154012-a)')
  const kept = JSON.parse(await readFile(join(cwd, 'results/baselines/main.json'), 'utf8'))
  expect([kept.id, kept.baseline.name, kept.baseline.promotedFrom]).toEqual(['20261124T154012-b', 'main', 'next'])
  expect((await runCli(['compare', 'main', 'a.json', '--format', 'csv'], {cwd})).stdout).toContain('main')
  expect((await baseline('remove', 'next')).exitCode).toBe(0)
  expect(await readdir(join(cwd, 'results/baselines'))).toEqual(['main.json'])
})

// Medians 102,500 times 1, 1.02 and 0.98: logs 0, 0.0198 and -0.0202; standard deviation 0.0200, that is 2.0 %.
test('several invocations make a baseline that says how far such lie apart', async () => {
  for (const [index, factor] of [1, 1.02, 0.98].entries()) {
    const shape = {id: `run-${index}`, throughput: steady.map((value) => value * factor)}
    await writeFile(join(cwd, `run-${index}.json`), formatResults(seriesResults(shape)))
  }
  const saved = await baseline('save', 'several', 'run-0.json', 'run-1.json', 'run-2.json')
  expect(saved.stdout).toContain('with how far 3 invocations lie apart')
  expect((await baseline('show', 'several')).stdout).toContain(
    '3 invocations vary by (standard deviation)  2.0 % msgs/s',
  )
  const listed = (await baseline('list')).stdout.split('\n')
  expect(listed[0]).toMatch(/samples +invocations +commit/)
  expect(listed.find((line) => line.includes('several'))).toMatch(/ 6 +3 /)
  await baseline('remove', 'several')
})

test('what cannot be done says why, exits 2 and changes nothing', async () => {
  const before = await readdir(join(cwd, 'results/baselines')).catch(() => [])
  for (const [args, message] of [
    [['save', '../x', 'a.json'], 'cannot name a baseline'],
    [['save', 'x', 'nosuch.json'], 'nosuch.json'],
    [['save', 'x', 'invalid.json'], 'has no valid sample'],
    [['show', 'mian'], 'There is no baseline mian'],
    [['remove', 'nosuch'], 'There is no baseline nosuch'],
    [['promote', 'nosuch', 'main'], 'There is no baseline nosuch'],
    [['promote', 'main', 'main'], 'promoted to itself'],
    [['save', 'x', 'a.json', 'b.json'], '2 invocations cannot tell how far such lie apart'],
    [['save', 'x', 'a.json', 'b.json', 'a.json'], 'a.json is the same invocation as a.json'],
    [['promote', 'main', '../x'], 'cannot name a baseline'],
    [['save', 'x'], 'Missing 1 required arg'],
  ] as const) {
    const {exitCode, stderr} = await baseline(...args)
    expect([args, exitCode]).toEqual([args, 2])
    expect(stderr).toContain(message)
  }
  expect(await readdir(join(cwd, 'results/baselines')).catch(() => [])).toEqual(before)
})

test('a damaged baseline is listed with the reason, beside the sound ones', async () => {
  await mkdir(join(cwd, 'results/baselines'), {recursive: true})
  await writeFile(join(cwd, 'results/baselines/torn.json'), '{"schema": "streambus.results/1", "id": "x')
  await baseline('save', 'sound', 'a.json')
  const {stdout, exitCode} = await baseline('list')
  expect(stdout).toMatch(/sound +2026/)
  expect(stdout).toMatch(/✗ torn: .*/)
  expect(exitCode).toBe(0)
  await rm(join(cwd, 'results/baselines/torn.json'))
})

test('two writers of one baseline at once leave one whole file', async () => {
  const both = await Promise.all([baseline('save', 'race', 'a.json'), baseline('save', 'race', 'b.json')])
  expect(both.map(({exitCode}) => exitCode)).toEqual([0, 0])
  expect((await baseline('show', 'race')).exitCode).toBe(0)
  expect((await readdir(join(cwd, 'results/baselines'))).filter((name) => name.startsWith('race'))).toEqual([
    'race.json',
  ])
})
