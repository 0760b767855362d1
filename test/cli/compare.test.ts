import {mkdtemp, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {formatResults} from '../../src/store/results-json.ts'
import {seriesResults} from '../fixtures/series-results.ts'
import {runCli} from './run-cli.ts'

let cwd: string
const steady = [100_000, 101_000, 102_000, 103_000, 104_000, 105_000]

beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'streambus-compare-cli-'))
  const save = (name: string, factor: number) =>
    writeFile(
      join(cwd, name),
      formatResults(seriesResults({throughput: steady.map((value) => value * factor), latency: steady})),
    )
  await save('base.json', 1)
  await save('slow.json', 0.5)
  await writeFile(join(cwd, 'go.txt'), 'BenchmarkA-2 10 1 x\nBenchmarkA-2 1\n')
})
afterAll(() => rm(cwd, {recursive: true, force: true}))

// What the real benchstat prints of the same file.
test('tables on stdout, malformed lines on stderr, exit 0', async () => {
  const {exitCode, stdout, stderr} = await runCli(['compare', 'go.txt'], {cwd})
  expect(stdout).toBe(
    [
      '    │   go.txt    │',
      '    │      x      │',
      'A-2   1.000 ± ∞ ¹',
      '¹ need >= 6 samples for confidence interval at level 0.95',
      '',
    ].join('\n'),
  )
  expect(stderr).toBe('go.txt:2: missing measurements\n')
  expect(exitCode).toBe(0)
})

test('a gate that fails exits 1 and names what is worse; the same without a gate exits 0', async () => {
  const gated = await runCli(['compare', 'base.json', 'slow.json', '--fail-above', '10'], {cwd})
  expect(gated.exitCode).toBe(1)
  expect(gated.stdout).toMatch(/Gate: FAIL {2}2 of 5 within their budget, 3 beyond it/)
  expect(gated.stdout).toMatch(/✗ ProduceThroughput\/size=1024\/batch=100-2 {2}slow.json {2}msgs\/s +-50.0 % \[/)
  expect(gated.stdout).toMatch(/✓ ProduceLatency\/size=1024\/rate=20000-2 +slow.json {2}p99-sec +\+0.0 % \[/)
  expect((await runCli(['compare', 'base.json', 'slow.json'], {cwd})).exitCode).toBe(0)
  expect((await runCli(['compare', 'slow.json', 'base.json', '--fail-above', '10'], {cwd})).exitCode).toBe(0)
})

test('a benchmark that vanished is warned of, and so is a budget that matched nothing', async () => {
  const lines = (names: string[]) =>
    names.flatMap((name) => steady.map((value) => `Benchmark${name}-2 1 ${value} ns/op\n`))
  await writeFile(join(cwd, 'both.txt'), lines(['Decode', 'Encode']).join(''))
  await writeFile(join(cwd, 'one.txt'), lines(['Encode']).join(''))
  const gate = ['compare', 'both.txt', 'one.txt', '--fail-above', '9%', '--budget', 'Encdoe*@ns/op=5%']
  const {exitCode, stdout, stderr} = await runCli(gate, {cwd})
  expect([exitCode, stdout]).toEqual([0, expect.stringMatching(/Gate: UNDECIDED[\s\S]*\? Decode-2 {2}one.txt/)])
  expect(stderr).toContain('in the baseline only (Decode-2)')
  expect(stderr).toContain('Encdoe*@ns/op=5% matched nothing: no benchmark is called Encdoe* (did you mean "Encode*"?)')
  expect((await runCli([...gate, '--undecided', 'fail'], {cwd})).exitCode).toBe(1)
})

test('CSV keeps its warnings on stderr, JSON has the sound answer', async () => {
  const csv = await runCli(['compare', 'go.txt', '--format', 'csv'], {cwd})
  expect(csv.stdout).toBe(',go.txt,\n,x,CI\nA-2,1,∞\ngeomean,1,\n')
  expect(csv.stderr).toContain('B3: need >= 6 samples for confidence interval at level 0.95\n')
  const json = await runCli(['compare', 'base.json', 'slow.json', '--json'], {cwd})
  const {tables} = JSON.parse(json.stdout)
  expect(tables[0].rows[0].cells[1].delta.sound).toMatchObject({
    verdict: 'worse',
    ratio: {estimate: expect.closeTo(0.5, 1)},
  })
})

test('errors exit 2 and say what to do', async () => {
  for (const args of [
    [],
    ['nosuch'],
    ['.'],
    ['go.txt', '--row', '@'],
    ['go.txt', '--alpha', 'x'],
    ['go.txt', '--alpha', '7'],
  ]) {
    const {exitCode, stdout, stderr} = await runCli(['compare', ...args], {cwd})
    expect([args, exitCode, stdout]).toEqual([args, 2, ''])
    expect(stderr).toMatch(/^Error: .*\n/)
  }
})

test('--layout classic prints what benchstat printed before 2023', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'streambus-classic-'))
  const lines = (values: number[]) => values.map((value) => `BenchmarkA-8 10 ${value} ns/op\n`).join('')
  await writeFile(join(folder, 'old.txt'), lines([100, 101, 102, 103]))
  await writeFile(join(folder, 'new.txt'), lines([90, 91, 92, 93]))
  const {stdout, exitCode} = await runCli(['compare', '--layout', 'classic', 'old.txt', 'new.txt'], {cwd: folder})
  await rm(folder, {recursive: true})
  // U = 0 of two samples of 4: p = 2 / 70 = 0.029; means 101.5 and 91.5: -9.85 %.
  expect(stdout).toBe(
    'name  old time/op  new time/op  delta\nA-8    102ns ± 1%    92ns ± 2%  -9.85%  (p=0.029 n=4+4)\n',
  )
  expect(exitCode).toBe(0)
})

test.each([
  [['--geomean'], '--geomean belongs to the classic layout'],
  [['--layout', 'classic', '--filter', '/size:1'], '--filter has no meaning with --layout classic'],
])('a flag of the other layout is refused: %s', async (flags, message) => {
  const {stderr, exitCode} = await runCli(['compare', ...flags, 'any.txt'])
  expect(stderr).toContain(message)
  expect(exitCode).toBe(2)
})

test('--export gobench writes one text for benchstat; a gate beside it is refused', async () => {
  const {exitCode, stdout, stderr} = await runCli(['compare', 'a=go.txt', 'b=go.txt', '--export', 'gobench'], {cwd})
  expect(stdout).toBe('input: a\nBenchmarkA-2 10 1 x\ninput: b\nBenchmarkA-2 10 1 x\n')
  expect(stderr).toContain('go.txt:2: missing measurements\n')
  expect(stderr).toContain('benchstat -col input FILE (')
  expect(exitCode).toBe(0)
  const single = await runCli(['compare', 'go.txt', '--export', 'gobench'], {cwd})
  expect([single.stdout, single.stderr]).toEqual(['BenchmarkA-2 10 1 x\n', 'go.txt:2: missing measurements\n'])
  const gated = await runCli(['compare', 'go.txt', '--export', 'gobench', '--fail-above', '5'], {cwd})
  expect([gated.exitCode, gated.stdout]).toEqual([2, ''])
  expect(gated.stderr).toContain('--fail-above judges a comparison, and --export writes none')
})
