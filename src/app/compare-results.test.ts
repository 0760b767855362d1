import {mkdir, mkdtemp, readFile, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {Readable} from 'node:stream'
import {afterEach, beforeEach, describe, expect, test} from 'vitest'
import {type SeriesShape, seriesResults} from '../../test/fixtures/series-results.ts'
import {StreambusError} from '../base/errors.ts'
import {seededRandom} from '../base/random.ts'
import type {ComparisonTable} from '../model/comparison.ts'
import type {Gate} from '../model/gate.ts'
import type {Results} from '../model/results.ts'
import {renderComparisonText} from '../render/comparison-text.ts'
import {renderGoBench} from '../render/go-bench.ts'
import {createStore} from '../store/create-store.ts'
import {formatResults} from '../store/results-json.ts'
import {keepBaseline, promoteBaseline} from './baselines.ts'
import {type CompareRequest, compareResults, comparisonForRun} from './compare-results.ts'
import type {Context} from './context.ts'
import {resolveGate} from './resolve-gate.ts'

let cwd: string
let context: Context

beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'streambus-compare-'))
  context = {
    clock: {nowNs: () => 0},
    now: () => new Date(0),
    cwd,
    store: createStore({cwd}),
    signal: new AbortController().signal,
    progress: () => {},
    warn: () => {},
  }
})
afterEach(() => rm(cwd, {recursive: true, force: true}))

const steady = [100_000, 101_000, 102_000, 103_000, 104_000, 105_000]
const scaled = (factor: number) => steady.map((value) => value * factor)

async function save(name: string, shape: SeriesShape): Promise<void> {
  await writeFile(join(cwd, name), formatResults(seriesResults(shape)))
}

function compare(inputs: string[], options: Partial<CompareRequest> = {}, stdin = '') {
  const request = {inputs, alpha: 0.05, confidence: 0.95, stdin: Readable.from([Buffer.from(stdin)]), ...options}
  return compareResults(request, context)
}

describe('results files', () => {
  test('two runs of two days meet in one table a unit, with two columns', async () => {
    await save('a.json', {throughput: steady, id: '20261101T000000-x', startedAt: '2026-11-01T00:00:00.000Z'})
    await save('b.json', {throughput: scaled(1.1), id: '20261102T000000-x', startedAt: '2026-11-02T00:00:00.000Z'})
    const comparison = await compare(['old=a.json', 'new=b.json'])
    expect(comparison.warnings).toEqual([])
    expect(comparison.tables.map(({unit, better}) => `${unit} ${better}`)).toEqual([
      'msgs/s higher',
      'B/s higher',
      'sec/op lower',
    ])
    // Medians 102.5k and 112.75k; six against six, fully separated: p = 2 / C(12, 6) = 0.002.
    const lines = renderComparisonText(comparison).split('\n')
    expect(lines.slice(0, 7).map((line) => line.replace(/ +/g, ' '))).toEqual([
      'goos: linux',
      'goarch: amd64',
      'cpu: A model',
      'target: embedded',
      ' │ old │ new │',
      ' │ msgs/s │ msgs/s vs base │',
      'ProduceThroughput/size=1024/batch=100-2 102.5k ± 2% 112.8k ± 2% +10.00% (p=0.002 n=6)',
    ])
    const delta = comparison.tables[0]!.rows[0]!.cells[1]!.delta!
    expect(delta.sound!.verdict).toBe('better')
    expect(delta.sound!.ratio!.estimate).toBeCloseTo(1.1, 2)
  })

  test('invalid samples are left out, and it is said', async () => {
    await save('a.json', {latency: steady, invalidLatency: [0, 5]})
    const comparison = await compare(['a.json'])
    expect(comparison.tables[0]!.rows[0]!.cells[0]!.n).toBe(4)
    expect(comparison.warnings).toEqual([
      'a.json: left out 2 of 6 samples of ProduceLatency/size=1024/rate=20000-2: invalid (generator-late)',
    ])
  })

  test('another kernel or duration is named; an interrupted run too', async () => {
    await save('a.json', {throughput: steady})
    await save('b.json', {throughput: steady, kernel: '6.5.0', measureNs: 1e9, outcome: 'interrupted'})
    expect((await compare(['a.json', 'b.json'])).warnings).toEqual([
      'b.json is incomplete: the run is interrupted',
      'b.json was not measured like a.json: kernel 6.1.0 -> 6.5.0, duration 5 s -> 1 s; a delta may come from that',
    ])
  })

  test('--strict names the words that --ignore takes, and takes them', async () => {
    await save('a.json', {throughput: steady})
    await save('b.json', {throughput: scaled(0.9), kernel: '6.5.0', measureNs: 1e9})
    await expect(compare(['a.json', 'b.json'], {strict: true})).rejects.toMatchObject({
      hint: expect.stringContaining('(--ignore kernel,duration)'),
    })
    const {tables, warnings} = await compare(['a.json', 'b.json'], {strict: true, ignore: 'kernel,duration'})
    expect([warnings, tables[0]!.columns.length]).toEqual([[], 2])
    await expect(compare(['a.json', 'b.json'], {strict: true, ignore: 'kernel'})).rejects.toMatchObject({
      message: 'b.json was not measured like a.json: duration 5 s -> 1 s.',
    })
  })

  test('samples that a neighbour held back or that vary too much are named, a line a file', async () => {
    await save('a.json', {throughput: steady})
    const results = seriesResults({throughput: [50_000, 60_000, 70_000, 80_000, 90_000, 100_000], latency: steady})
    const benchmarks = results.benchmarks.map((benchmark, at) => ({
      ...benchmark,
      samples: benchmark.samples.map((sample, index) =>
        at > 0
          ? sample
          : {...sample, host: {otherShare: 1.31}, limiter: {name: index < 4 ? 'host' : 'none', evidence: {}}},
      ),
    })) as Results['benchmarks']
    await writeFile(join(cwd, 'b.json'), formatResults({...results, benchmarks}))
    const said = [
      'limiter host in 4 of 6 samples',
      '131 % of a core was used by something else on this machine',
      'msgs/s of its samples ranges from 50.0 K msg/s to 100 K msg/s',
    ].join('; ')
    for (const inputs of [
      ['a.json', 'b.json'],
      ['b.json', 'a.json'],
    ]) {
      expect((await compare(inputs)).warnings).toEqual([
        `b.json was disturbed while it was measured, so a delta may come from that: ProduceThroughput/size=1024/batch=100-2: ${said}`,
      ])
    }
  })

  test('a filter that keeps nothing is told what there is', async () => {
    await save('a.json', {throughput: steady})
    const filter = '.unit:nsop'
    const {tables, warnings} = await compare(['a.json'], {filter})
    const said =
      '--filter .unit:nsop keeps nothing of what was read: its units are msgs/s, MB/s, ns/op; its keys .unit, .name, .fullname, /size, /batch, goos, goarch, cpu, target'
    expect([tables, warnings]).toEqual([[], [said]])
    const rules = {gate: await resolveGate({failAbove: '5%'}, 0.95, cwd), filter}
    await expect(compare(['a.json', 'a.json'], rules)).rejects.toMatchObject({hint: said})
  })

  test('a mistyped baseline gets the nearest one', async () => {
    await context.store.saveBaseline('main', seriesResults({throughput: steady}))
    await expect(compare(['mian'])).rejects.toMatchObject({
      message: 'mian is neither a file nor a baseline (did you mean "main"?).',
    })
  })

  test('another kind of target is another table, and the way to one table is told', async () => {
    await save('a.json', {throughput: steady})
    await save('b.json', {throughput: steady, target: 'streambus'})
    const {warnings} = await compare(['a.json', 'b.json'])
    expect(warnings.at(-1)).toContain(
      'The results differ in target; to compare them all the same: streambus compare with --ignore target',
    )
    expect((await compare(['a.json', 'b.json'], {ignore: 'target'})).tables[0]!.columns).toHaveLength(2)
  })

  test('a baseline goes by its name, Go text and stdin mix with it', async () => {
    const results = seriesResults({throughput: steady})
    await context.store.saveBaseline('main', results)
    await writeFile(join(cwd, 'go.txt'), renderGoBench(seriesResults({throughput: scaled(0.8)})))
    const text = renderGoBench(seriesResults({throughput: scaled(0.9)}))
    const {tables} = await compare(['main', 'go.txt', 'pipe=-'], {filter: '.unit:msgs/s'}, text)
    expect(tables).toHaveLength(1)
    expect(tables[0]!.rows[0]!.cells.map((cell) => cell!.center)).toEqual([102_500, 82_000, 92_250])
    const direct = (await comparisonForRun({baseline: 'main'}, context))(seriesResults({throughput: scaled(0.9)}))
    expect(direct.tables[0]!.rows[0]!.cells[1]!.center).toBe(92_250)
  })

  test('a name that is a file and a baseline: the file is read, and it is said', async () => {
    await context.store.saveBaseline('main', seriesResults({throughput: steady}))
    await save('main', {throughput: scaled(2)})
    const {tables, warnings} = await compare(['main'])
    expect(tables[0]!.rows[0]!.cells[0]!.center).toBe(205_000)
    expect(warnings[0]).toContain('main is a file and a baseline; the file was read')
  })

  test('a folder of the name of a baseline is not meant', async () => {
    await context.store.saveBaseline('main', seriesResults({throughput: steady}))
    await mkdir(join(cwd, 'main'))
    const {tables, warnings} = await compare(['main'])
    expect([tables[0]!.rows[0]!.cells[0]!.center, warnings]).toEqual([102_500, []])
  })

  test('a baseline of another kind of machine is used, and what differs is named', async () => {
    const results = seriesResults({throughput: steady})
    const {environment} = results
    const host = {...environment.host, cpuModel: 'Another model', virtualization: 'none'}
    const elsewhere = {...results, environment: {...environment, host}}
    await context.store.saveBaseline('main', elsewhere)
    await save('here.json', {throughput: steady})
    const warning =
      'here.json was on another kind of machine than main: cpu Another model -> A model, virtualization none -> kvm'
    expect((await compare(['main', 'here.json'])).warnings[0]).toBe(`${warning}; a delta may come from that`)
    await expect(compare(['main', 'here.json'], {strict: true})).rejects.toMatchObject({message: `${warning}.`})
    expect((await compare(['main', 'here.json'], {ignore: 'cpu'})).warnings).toEqual([
      'here.json was on another kind of machine than main: virtualization none -> kvm; a delta may come from that',
    ])
    const {warnings} = (await comparisonForRun({baseline: 'main'}, context))(results)
    expect(warnings[0]).toContain('this run was on another kind of machine than main: cpu')
    // Some memory that the kernel kept for itself at this boot makes no other machine.
    const rebooted = {...environment, host: {...environment.host, memoryBytes: environment.host.memoryBytes - 5e6}}
    await writeFile(join(cwd, 'rebooted.json'), formatResults({...results, environment: rebooted}))
    expect((await compare(['here.json', 'rebooted.json'])).warnings).toEqual([])
  })
})

describe('gate', () => {
  beforeEach(async () => {
    await save('base.json', {throughput: steady, latency: steady})
  })

  const failAbove = async (percent: number) => ({gate: await resolveGate({failAbove: `${percent}%`}, 0.95, cwd)})
  const failed = (gate: Gate) => gate.items.filter(({verdict}) => verdict === 'fail').map(({unit}) => unit)

  test('a loss beyond the budget fails, in the direction of its unit', async () => {
    await save('worse.json', {throughput: scaled(0.9), latency: scaled(1.2)})
    const gate = (await compare(['base.json', 'worse.json'], await failAbove(15))).gate!
    expect([gate.verdict, gate.fails, failed(gate)]).toEqual(['fail', true, ['p99-sec']])
    const strict = (await compare(['base.json', 'worse.json'], await failAbove(5))).gate!
    expect(failed(strict)).toEqual(['msgs/s', 'B/s', 'sec/op', 'p99-sec'])
  })

  test('a gain is within any budget; noise is within one that is wider than it, and undecided at none at all', async () => {
    await save('better.json', {throughput: scaled(1.3), latency: scaled(0.5)})
    await save('same.json', {throughput: steady.toReversed(), latency: steady})
    expect((await compare(['base.json', 'better.json'], await failAbove(0))).gate).toMatchObject({verdict: 'pass'})
    expect((await compare(['base.json', 'same.json'], await failAbove(5))).gate).toMatchObject({verdict: 'pass'})
    const none = await compare(['base.json', 'same.json'], await failAbove(0))
    expect(none.gate).toMatchObject({verdict: 'undecided', fails: false})
    expect(none.warnings.at(-1)).toContain('budgets undecided, which passes')
  })

  test('too few samples cannot fail, and are called undecided', async () => {
    await save('old.json', {throughput: [100, 101]})
    await save('new.json', {throughput: [50, 51]})
    const {gate, warnings} = await compare(['old.json', 'new.json'], await failAbove(5))
    expect(gate).toMatchObject({verdict: 'undecided', fails: false})
    expect(gate!.items.map(({change}) => change)).toEqual([null, null, null])
    expect(warnings.at(-1)).toBe(
      '3 of 3 budgets undecided, which passes: no interval: at least 4 samples a side are needed; --undecided fail makes that exit 1',
    )
  })

  test('invalid samples in our own benchmark text decide nothing', async () => {
    const text = (factor: number) =>
      renderGoBench(seriesResults({throughput: steady, latency: scaled(factor), invalidLatency: [0, 1, 2, 3, 4, 5]}))
    await writeFile(join(cwd, 'a.txt'), text(1))
    await writeFile(join(cwd, 'b.txt'), text(9))
    const {gate} = await compare(['a.txt', 'b.txt'], await failAbove(5))
    expect([gate!.verdict, gate!.items.length]).toEqual(['pass', 3])
  })

  test('a gate whose budgets speak of nothing that was compared is an error, not a pass', async () => {
    await save('worse.json', {throughput: scaled(0.9), latency: scaled(1.2)})
    const gate = await resolveGate({budgets: ['allocs/op=5%']}, 0.95, cwd)
    await expect(compare(['base.json', 'worse.json'], {gate})).rejects.toMatchObject({
      code: 'SB_INPUT_INVALID',
      hint: expect.stringContaining('It speaks of allocs/op'),
    })
  })

  test('a gate with nothing to compare is an error, not a pass', async () => {
    await save('other.json', {throughput: steady, target: 'memory'})
    await expect(compare(['base.json', 'other.json'], await failAbove(5))).rejects.toMatchObject({
      code: 'SB_INPUT_INVALID',
      hint: expect.stringContaining('--ignore target'),
    })
  })
})

describe('gate over separate invocations', () => {
  const shape = (id: string, factor: number) => ({id, throughput: scaled(factor), latency: scaled(factor)})
  const invocations = [1, 1.03, 0.97, 1.02, 0.98] as const

  beforeEach(async () => {
    for (const [index, factor] of invocations.entries()) await save(`run-${index}.json`, shape(`run-${index}`, factor))
    await save('next.json', shape('next', 1.12))
  })

  const gate = async (inputs: string[]) => {
    const rules = await resolveGate({budgets: ['p99-ns=5%', 'msgs/s=5%']}, 0.95, cwd)
    return (await compare(inputs, {gate: rules, sound: true})).gate!
  }

  // 12 % more than 100 to 105 thousand by the samples alone: 1.12 x 100 / 105 at the least, all beyond 5 %.
  test('one against one knows nothing of what lies between them, and says so', async () => {
    const {verdict, items} = await gate(['run-0.json', 'next.json'])
    expect(verdict).toBe('fail')
    expect(items.map(({betweenInvocations}) => betweenInvocations)).toEqual([null, null])
  })

  // Logs of the five factors: deviations 0, 0.0296, -0.0305, 0.0198, -0.0202 from 0; standard deviation 0.0255.
  // t(0.975, 4) = 2.776: 2.776 x 0.0255 x sqrt(2) = 0.1001, so 1.12 / e^0.1001 = 1.013 is within 5 %.
  test('a baseline that was saved from five knows it: what they differ by is no regression', async () => {
    const files = invocations.map((_, index) => `run-${index}.json`) as [string, ...string[]]
    expect(await keepBaseline('main', files, context)).toMatchObject({invocations: 5, source: 'run-0.json'})
    for (const inputs of [
      ['main', 'next.json'],
      ['next.json', 'main'],
    ]) {
      const {items} = await gate(inputs)
      const item = items.find(({unit}) => unit === 'p99-sec')!
      expect(item).toMatchObject({verdict: inputs[0] === 'main' ? 'undecided' : 'pass'})
      expect(item.betweenInvocations).toMatchObject({invocations: 5, widens: true})
      expect(Math.log1p(item.betweenInvocations!.percent / 100)).toBeCloseTo(0.1001, 3)
    }
    const promoted = await promoteBaseline('main', 'release', context)
    expect(promoted.invocations).toBe(5)
    expect((await gate(['release', 'next.json'])).items[0]!.betweenInvocations).toMatchObject({invocations: 5})
  })

  // Pooled under one label the mean of five lies nearer to the truth: sqrt(1 + 1 / 5) in place of sqrt(2), 0.0775.
  test('inputs of one label are invocations that know it too', async () => {
    const inputs = invocations.map((_, index) => `old=run-${index}.json`)
    const {items} = await gate([...inputs, 'new=next.json'])
    const item = items.find(({unit}) => unit === 'p99-sec')!
    expect(Math.log1p(item.betweenInvocations!.percent / 100)).toBeCloseTo(0.0775, 3)
  })

  test('one invocation given twice in a column is refused, under another name too', async () => {
    const copy = await readFile(join(cwd, 'run-1.json'))
    await writeFile(join(cwd, 'copy.json'), copy)
    for (const twice of ['run-1.json', 'copy.json']) {
      await expect(gate(['old=run-1.json', `old=${twice}`, 'new=next.json'])).rejects.toMatchObject({
        code: 'SB_USAGE',
        message: `${twice} is given twice as old; a gate would count it as two measurements.`,
      })
    }
  })

  test('an input of another suite is no further invocation of this one', async () => {
    await writeFile(join(cwd, 'other.txt'), 'BenchmarkOther 1 5 p99-ns')
    const inputs = invocations.map((_, index) => `old=run-${index}.json`)
    const {items} = await gate([...inputs, 'old=other.txt', 'new=next.json'])
    const item = items.find(({unit}) => unit === 'p99-sec')!
    expect(Math.log1p(item.betweenInvocations!.percent / 100)).toBeCloseTo(0.0775, 3)
  })

  test('columns of one invocation have nothing between them', async () => {
    const lines = [1, 2].flatMap((size) => steady.map((value) => `BenchmarkA/size=${size} 1 ${value * size} p99-ns`))
    await writeFile(join(cwd, 'sizes.txt'), lines.join('\n'))
    const rules = await resolveGate({failAbove: '5%'}, 0.95, cwd)
    const {items} = (await compare(['sizes.txt'], {gate: rules, col: '/size'})).gate!
    expect(items.map(({benchmark, verdict}) => `${benchmark} ${verdict}`)).toEqual(['A fail'])
    expect(items[0]).not.toHaveProperty('betweenInvocations')
  })

  test('what cannot tell how far invocations lie apart is refused, and what differs is said', async () => {
    const keep = (...files: [string, ...string[]]) => keepBaseline('main', files, context)
    await expect(keep('run-0.json', 'run-1.json')).rejects.toMatchObject({code: 'SB_USAGE'})
    await expect(keep('run-0.json', 'run-1.json', 'run-0.json')).rejects.toMatchObject({
      code: 'SB_USAGE',
      message: 'run-0.json is the same invocation as run-0.json (run-0).',
    })
    await save('other.json', {...shape('other', 1), kernel: '6.5.0'})
    const warnings: string[] = []
    const warned = {...context, warn: (text: string) => warnings.push(text)}
    await keepBaseline('main', ['run-0.json', 'run-1.json', 'other.json'], warned)
    expect(warnings).toEqual(['other.json is not like run-0.json (kernel 6.1.0 -> 6.5.0): that counts as variation'])
  })
})

describe('what was not measured alike, and what is invalid', () => {
  test('--strict refuses what is warned about otherwise', async () => {
    await save('base.json', {throughput: steady})
    await save('kernel.json', {throughput: steady, kernel: '6.5.0'})
    const {warnings} = await compare(['base.json', 'kernel.json'])
    expect(warnings).toEqual([
      'kernel.json was not measured like base.json: kernel 6.1.0 -> 6.5.0; a delta may come from that',
    ])
    await expect(compare(['base.json', 'kernel.json'], {strict: true})).rejects.toMatchObject({
      code: 'SB_INPUT_INVALID',
      message: 'kernel.json was not measured like base.json: kernel 6.1.0 -> 6.5.0.',
    })
    await expect(compare(['base.json', 'base.json'], {strict: true})).resolves.toBeDefined()
  })

  test('--include-invalid keeps what is left out otherwise, and says so', async () => {
    await save('some.json', {latency: steady, invalidLatency: [0, 1]})
    const n = ({tables}: {tables: readonly ComparisonTable[]}) => tables[0]!.rows[0]!.cells[0]!.n
    const without = await compare(['some.json'])
    expect([n(without), without.warnings[0]]).toEqual([
      4,
      expect.stringContaining('some.json: left out 2 of 6 samples'),
    ])
    const kept = await compare(['some.json'], {includeInvalid: true})
    expect([n(kept), kept.warnings[0]]).toEqual([6, expect.stringContaining('some.json: kept 2 of 6 samples')])
  })
})

// 100 to 105 thousand against the same x 0.92: every new value (at most 96.6) lies below every old one.
test('each delta says how large the effect is, and what so many samples would have shown', async () => {
  await save('base.json', {throughput: steady})
  await save('slow.json', {throughput: scaled(0.92)})
  const {tables} = await compare(['base.json', 'slow.json'], {filter: '.unit:msgs/s'})
  const sound = tables[0]!.rows[0]!.cells[1]!.delta!.sound!
  expect(sound.effect).toBe(0)
  // logs of 100..105: standard deviation 0.01826 each; error = sqrt(2 x 0.01826^2 / 6 / (3 / pi)) = 0.01079;
  // t(0.975, 10) + t(0.8, 10) = 2.228 + 0.879 = 3.107: exp(0.0335) = 1.0341.
  expect(sound.smallestDifference).toBeCloseTo(1.0341, 3)
})

describe('bad input', () => {
  test.each([
    ['missing', 'SB_INPUT_NOT_FOUND'],
    ['folder', 'SB_INPUT_INVALID'],
    ['foreign.json', 'SB_INPUT_INVALID'],
    ['cut.json', 'SB_INPUT_INVALID'],
    ['newer.json', 'SB_SCHEMA_TOO_NEW'],
  ])('%s', async (input, code) => {
    const good = formatResults(seriesResults({throughput: steady}))
    await mkdir(join(cwd, 'folder'))
    await writeFile(join(cwd, 'foreign.json'), '{"a": 1}')
    await writeFile(join(cwd, 'cut.json'), good.slice(0, good.length / 2))
    await writeFile(join(cwd, 'newer.json'), good.replace('streambus.results/1', 'streambus.results/9'))
    await writeFile(join(cwd, 'good.json'), good)
    await expect(compare(['good.json', input])).rejects.toMatchObject({code})
  })

  // The real benchstat prints the table of the others, and nothing at all where there is none.
  test.each([
    ['empty', 'SB_INPUT_EMPTY', 'empty is empty. There is nothing of it in the comparison.'],
    ['-', 'SB_INPUT_EMPTY', 'stdin is empty. There is nothing of it in the comparison.'],
    ['foreign.txt', 'SB_INPUT_INVALID', expect.stringContaining('foreign.txt is not a results file')],
  ])(
    '%s alone is refused, beside others it lacks results, and a gate takes none of it',
    async (input, code, warning) => {
      await save('good.json', {throughput: steady})
      await writeFile(join(cwd, 'empty'), ' \n')
      await writeFile(join(cwd, 'foreign.txt'), 'hello, world\n')
      await expect(compare([input])).rejects.toMatchObject({code})
      const {tables, warnings} = await compare(['good.json', input])
      expect([tables[0]!.columns.length, warnings]).toEqual([1, [warning]])
      const gate = await resolveGate({failAbove: '5%'}, 0.95, cwd)
      await expect(compare(['good.json', 'good.json', input], {gate})).rejects.toMatchObject({code})
      await expect(compare(['good.json', input], {strict: true})).rejects.toMatchObject({code})
    },
  )

  test('texts of the format without a result: nothing to print, and it is said', async () => {
    await writeFile(join(cwd, 'only-config.txt'), 'goos: linux\npkg: x\n')
    const {tables, warnings} = await compare(['only-config.txt'])
    expect(tables).toEqual([])
    expect(warnings).toEqual(['only-config.txt: no benchmark line found'])
  })

  test('a text of nothing but malformed lines gives a problem for each', async () => {
    await writeFile(join(cwd, 'bad.txt'), 'BenchmarkA 1\n'.repeat(300_000))
    expect((await compare(['bad.txt'])).problems).toHaveLength(300_000)
  })

  test('mutated results files are read or refused, and never crash', async () => {
    const good = formatResults(seriesResults({throughput: steady, latency: steady}))
    const random = seededRandom(7)
    const pieces = ['', '0', '-', '"', '{', '}', ',', 'null', '1e999', '[]', ' ']
    for (let round = 0; round < 200; round += 1) {
      const at = Math.floor(random() * good.length)
      const piece = pieces[Math.floor(random() * pieces.length)]!
      await writeFile(join(cwd, 'mutated.json'), good.slice(0, at) + piece + good.slice(at + Math.floor(random() * 30)))
      const outcome = await compare(['mutated.json']).then(
        ({tables}) => tables.length >= 0,
        (error: unknown) => error instanceof StreambusError,
      )
      expect(outcome).toBe(true)
    }
  })

  test.each([
    [[], {}],
    [['-', 'a=-'], {}],
    [['x'], {alpha: 7}],
    [['x'], {confidence: Number.NaN}],
    [['x'], {row: '@'}],
  ])('usage: %j %j', async (inputs, options) => {
    await expect(compare(inputs, options)).rejects.toMatchObject({code: 'SB_USAGE'})
  })
})
