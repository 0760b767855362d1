import {mkdtemp, readFile, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, expect, test} from 'vitest'
import {clockFrom, monotonicOrigin} from '../base/clock.ts'
import {StreambusError} from '../base/errors.ts'
import {seededRandom} from '../base/random.ts'
import type {Environment} from '../model/environment.ts'
import type {Sample} from '../model/sample.ts'
import {resolveSettings} from '../settings/load.ts'
import {createStore} from '../store/create-store.ts'
import type {Context} from './context.ts'
import {prepareTuning, type TuneRequest} from './plan-tuning.ts'
import {type TrialToRun, type TuningTarget, tuneTarget} from './tune-target.ts'

const profiles = new URL('../../profiles/', import.meta.url).pathname
const environment: Environment = {
  host: {os: 'linux', kernel: '6.1', architecture: 'x64', cpuModel: 'test', cpuCount: 2, memoryBytes: 1, cgroup: {}},
  client: {version: '0.0.0', node: '26.0.0', v8: '14'},
}

let dir: string
let stop: AbortController
let context: Context
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'streambus-tune-'))
  stop = new AbortController()
  context = {
    clock: clockFrom(monotonicOrigin()),
    now: () => new Date(),
    cwd: dir,
    store: createStore({cwd: dir}),
    signal: stop.signal,
    progress: () => {},
    warn: () => {},
  }
})
afterEach(() => rm(dir, {recursive: true, force: true}))

/** What each changed key multiplies the metric by, in log-normal noise. */
interface Simulation {
  readonly effects: Readonly<Record<string, number>>
  readonly noise: number // standard deviation of one sample's logarithm
  readonly seed: number
  readonly before?: (trial: TrialToRun) => void
  readonly invalid?: boolean
}

function simulatedTarget({effects, noise, seed, before, invalid}: Simulation): TuningTarget {
  const random = seededRandom(seed)
  return {
    description: {kind: 'embedded', address: '127.0.0.1:1', configuration: []},
    environment,
    async runTrial(trial) {
      before?.(trial)
      const keys = [
        ...trial.changes.map(({key}) => key),
        ...(trial.workload.message.batchMessages === 100 ? [] : ['producer.batch_size']),
      ]
      const effect = keys.reduce((product, key) => product * (effects[key] ?? 1), 1)
      const drift = 1 - 0.0005 * trial.index // a machine that gets slower all the time
      return sampleOf(trial, 500_000 * effect * drift * Math.exp(noise * gaussian(random)), invalid === true)
    },
    async close() {},
  }
}

/** Box and Muller 1958. */
function gaussian(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
}

function sampleOf({index, workload}: TrialToRun, value: number, invalid: boolean): Sample {
  const counters = {
    scheduled: 1,
    sent: 1,
    acked: 1,
    received: 0,
    lost: 0,
    expired: 0,
    duplicated: 0,
    reordered: 0,
    errors: 0,
    unfinished: 0,
  }
  const reason = {
    code: 'fsync-meaningless',
    message: 'The data is in memory.',
    suggestion: 'Use a disk.',
    evidence: {},
  } as const
  return {
    index,
    startedAt: '2026-11-23T15:40:12.000Z',
    outcome: 'completed',
    validity: invalid ? {verdict: 'invalid', reasons: [reason]} : {verdict: 'valid'},
    limiter: {name: 'target', evidence: {}},
    phases: {warmUpNs: 0, measureNs: 1, drainNs: 0},
    metrics: workload.kind === 'throughput' ? {'msgs/s': value} : {'p99-ns': Math.round(value)},
    times: {},
    counters,
    resources: {generator: {cpuShare: 0.5, rssBytesMax: 1}},
    timeline: {slotNs: 100_000_000, sent: [], acked: [], received: [], lag: [], responseMaxNs: [], perSecond: []},
    warnings: [],
  }
}

const request = (profile: string, more: Partial<TuneRequest> = {}): TuneRequest => ({
  profile,
  profileFolders: [profiles],
  pairs: 6,
  workload: {seed: 1},
  ...more,
})

async function tune(asked: TuneRequest, simulation: Simulation) {
  const prepared = await prepareTuning(asked, context)
  return tuneTarget(prepared, {command: ['tune']}, async () => simulatedTarget(simulation), context)
}

const verdictOf = (report: Awaited<ReturnType<typeof tune>>, question: string) =>
  report.answers.find((answer) => answer.question === question)

test('throughput: what helps is found with its size, what does not is not', async () => {
  const report = await tune(request('throughput'), {effects: {'server.read_buffer_size': 1.1}, noise: 0.02, seed: 5})
  expect(report.answers.map(({question, verdict, recommended}) => [question, verdict, recommended])).toEqual([
    ['profile', 'better', false], // it has a longer fsync interval
    ['storage.wal.segment_size', 'no-difference', false],
    ['storage.wal.fsync_interval', 'no-difference', false],
    ['storage.memtable.max_size', 'no-difference', false],
    ['storage.memtable.num_immutable', 'no-difference', false],
    ['server.max_connections', 'no-difference', false],
    ['server.read_buffer_size', 'better', true],
    ['server.write_buffer_size', 'no-difference', false],
    ['producer.batch_size', 'no-difference', false],
    ['producer.compression', 'no-difference', false],
  ])
  const found = verdictOf(report, 'server.read_buffer_size')
  expect(found?.interval?.lo).toBeLessThan(1.1)
  expect(found?.interval?.hi).toBeGreaterThan(1.1)
  expect(report.notTested.map(({key}) => key)).toEqual(['producer.batch_timeout'])
  expect(report.trials).toEqual({planned: 120, run: 120, invalid: 0})
})

test('a change of durability is shown with its effect and never recommended', async () => {
  const effects = {'storage.wal.fsync_policy': 0.5, 'server.read_buffer_size': 0.8}
  const report = await tune(request('latency', {write: {path: 'tuned.yaml', force: false}}), {
    effects,
    noise: 0.01,
    seed: 5,
  })
  expect(report.metric).toBe('p99-ns')
  const policy = verdictOf(report, 'storage.wal.fsync_policy')
  expect([policy?.verdict, policy?.recommended, policy?.changes[0]?.durability]).toEqual(['better', false, 'stronger'])
  expect(verdictOf(report, 'profile')?.recommended).toBe(false)
  expect(report.written?.keys).toEqual(['server.read_buffer_size'])
})

test('the written configuration holds what was proven, with the evidence, and a broker can read it', async () => {
  const effects = {'server.read_buffer_size': 1.2, 'producer.batch_size': 1.3, 'server.write_buffer_size': 0.8}
  const report = await tune(request('throughput', {write: {path: 'tuned.yaml', force: false}}), {
    effects,
    noise: 0.01,
    seed: 9,
  })
  const text = await readFile(join(dir, 'tuned.yaml'), 'utf8')
  const resolved = resolveSettings({file: {path: 'tuned.yaml', text}})
  const set = resolved.entries
    .filter(({source}) => source === 'file')
    .map(({definition, value}) => [definition.key, value])
  expect(set).toEqual([['server.read_buffer_size', 65536]])
  expect(text).toMatch(
    /# was 32KiB; msgs\/s \+\d+\.\d % \[\+\d+\.\d, \+\d+\.\d\] %, p \S+, 6 pairs\n {2}read_buffer_size: 65536/,
  )
  expect(text).toContain('# For clients: producer.batch_size 1000, was 100; msgs/s +')
  expect(resolved.warnings).toEqual([])
  expect(report.written).toEqual({path: 'tuned.yaml', keys: ['server.read_buffer_size']})
})

test('a file that exists is refused before the first trial, and nothing proven writes nothing', async () => {
  await writeFile(join(dir, 'tuned.yaml'), 'mine')
  const write = {path: 'tuned.yaml', force: false}
  await expect(prepareTuning(request('throughput', {write}), context)).rejects.toThrow('tuned.yaml exists.')
  const report = await tune(request('throughput', {write: {...write, force: true}}), {
    effects: {},
    noise: 0.02,
    seed: 1,
  })
  expect([report.written, report.notWritten]).toEqual([undefined, 'tuned.yaml'])
  expect(await readFile(join(dir, 'tuned.yaml'), 'utf8')).toBe('mine')
})

test('the results file holds every trial under its configuration', async () => {
  const report = await tune(request('latency', {pairs: 2}), {effects: {}, noise: 0.01, seed: 1})
  const results = await context.store.readResults(report.resultsPath!)
  expect(results.suite).toBe('tune')
  expect(results.outcome).toBe('completed')
  expect(results.benchmarks.map(({configuration, samples}) => [configuration, samples.length])).toEqual([
    ['base for profile', 2],
    ['profile', 2],
    ['base for storage.wal.fsync_policy', 2],
    ['storage.wal.fsync_policy=always', 2],
    ['base for server.read_buffer_size', 2],
    ['server.read_buffer_size=8KiB', 2],
    ['base for server.write_buffer_size', 2],
    ['server.write_buffer_size=8KiB', 2],
    ['base for producer.batch_size', 2],
    ['producer.batch_size=10', 2],
    ['base for producer.batch_timeout', 2],
    ['producer.batch_timeout=10ms', 2],
    ['base for producer.compression', 2],
    ['producer.compression=none', 2],
  ])
  expect(results.benchmarks[9]?.workload.message.batchMessages).toBe(10)
  expect(results.benchmarks[10]?.workload.client).toEqual({batchTimeoutNs: 50e6, compression: 'snappy'})
  expect(results.benchmarks[11]?.workload.client).toEqual({batchTimeoutNs: 10e6, compression: 'snappy'})
  expect(report.answers.map(({verdict, pairsMore}) => [verdict, pairsMore])).toEqual(
    Array(7).fill(['too-few-pairs', 1]),
  )
})

test('an interrupt keeps what was measured', async () => {
  const report = await tune(request('throughput', {write: {path: 'tuned.yaml', force: false}}), {
    effects: {'server.read_buffer_size': 2},
    noise: 0.01,
    seed: 1,
    before: ({index}) => {
      if (index !== 78) return
      stop.abort()
      throw new StreambusError('SB_INTERRUPTED', 'Stopped by SIGINT')
    },
  })
  expect(report.outcome).toBe('interrupted')
  expect(report.trials.run).toBe(78)
  expect(report.written).toBeUndefined()
  const results = await context.store.readResults(report.resultsPath!)
  expect(results.outcome).toBe('interrupted')
  expect(results.benchmarks.reduce((sum, {samples}) => sum + samples.length, 0)).toBe(78)
  expect(verdictOf(report, 'server.read_buffer_size')?.verdict).toBe('better')
})

test('a broker that dies ends the run with its error, and what was measured is judged', async () => {
  const report = await tune(request('throughput'), {
    effects: {},
    noise: 0.01,
    seed: 1,
    before: ({index}) => {
      if (index === 5) throw new StreambusError('SB_TARGET_LOST', 'The broker ended.')
    },
  })
  expect([report.outcome, report.error?.code, report.trials.run]).toEqual(['failed', 'SB_TARGET_LOST', 5])
})

test('a machine on which the same configuration differs from itself is called noisy', async () => {
  const codes = async (noise: number) => {
    const report = await tune(request('latency'), {effects: {}, noise, seed: 1})
    return report.warnings.map(({code}) => code)
  }
  expect(await codes(0.3)).toEqual(['noisy-machine'])
  expect(await codes(0.03)).toEqual([])
})

test('samples that are not valid are no evidence', async () => {
  const report = await tune(request('latency'), {effects: {}, noise: 0.01, seed: 1, invalid: true})
  expect(report.trials.invalid).toBe(report.trials.run)
  expect(report.answers.every(({verdict, pairs}) => verdict === 'too-few-pairs' && pairs === 0)).toBe(true)
  expect(report.warnings).toEqual([{code: 'fsync-meaningless', message: 'The data is in memory. Use a disk.'}])
})

test('the balanced profile is the default: nothing to test, nothing run, no file', async () => {
  const report = await tune(request('balanced'), {effects: {}, noise: 0, seed: 1})
  expect([report.answers, report.notTested, report.resultsPath]).toEqual([[], [], undefined])
})

test('against a configuration of the user, the balanced profile is a question', async () => {
  await writeFile(join(dir, 'mine.yaml'), 'storage: {wal: {fsync_policy: always}}\nproducer: {batch_size: 7}\n')
  const prepared = await prepareTuning(request('balanced', {configFile: 'mine.yaml'}), context)
  expect(prepared.questions.map(({name}) => name)).toEqual([
    'profile',
    'storage.wal.fsync_policy',
    'producer.batch_size',
  ])
  expect(prepared.workload.message.batchMessages).toBe(7)
})

test('an unknown profile names those that there are', async () => {
  await expect(prepareTuning(request('thruput'), context)).rejects.toMatchObject({
    code: 'SB_INPUT_NOT_FOUND',
    hint: '--profile balanced|latency|throughput, or the path of a configuration file',
  })
})
