import {expect, test} from 'vitest'
import {clockChangeBetween} from '../../host/clocks.ts'
import type {Arrival} from '../../model/arrival.ts'
import type {HiccupsSeen, HostSeen, PacingSeen, ProcessUsage, WorkerUsage} from '../../model/sample.ts'
import {judgeSample, type SampleEvidence} from '../judge.ts'
import {closedWith8, openAt10k, outcomeWith, pacingWith, timesOf, workloadOf} from '../testing/outcomes.ts'

// 10 s of measuring at 10 k/s; response p99 5 ms and p50 0.2 ms unless a case says otherwise.

interface Case {
  readonly pacing?: Partial<PacingSeen>
  readonly worker?: Partial<WorkerUsage>
  readonly host?: HostSeen
  readonly target?: Partial<ProcessUsage>
  readonly responseP99Ns?: number
  readonly responseP50Ns?: number
  readonly ackedInWindow?: number
  readonly arrival?: Arrival
  readonly batchMessages?: number
  readonly cpuCount?: number
}

const busy: WorkerUsage = {cpuShare: 0.98, loopUtilization: 1, gcNs: 0, runQueueNs: 0.1e9}

function evidenceOf(options: Case): SampleEvidence {
  const {responseP99Ns = 5e6, responseP50Ns = 0.2e6, batchMessages = 1} = options
  const worker = {...busy, ...options.worker}
  const arrived = options.arrival === undefined ? openAt10k : workloadOf(options.arrival)
  return {
    workload: {...arrived, message: {...arrived.message, batchMessages}},
    outcome: outcomeWith({
      pacing: pacingWith(options.pacing ?? {}),
      times: {responseTime: timesOf(100_000, responseP50Ns, {p99Ns: responseP99Ns})},
      generator: {cpuShare: worker.cpuShare, loopUtilization: worker.loopUtilization, rssBytesMax: 1},
      workers: [worker],
      ackedInWindow: options.ackedInWindow ?? 100_000,
    }),
    ...(options.host !== undefined && {host: options.host}),
    ...(options.target !== undefined && {target: {cpuShare: 0.4, rssBytesMax: 1, ...options.target}}),
    ...(options.cpuCount !== undefined && {cpuCount: options.cpuCount}),
  }
}

function verdictOf(options: Case): string[] {
  const {validity, limiter} = judgeSample(evidenceOf(options))
  return [...(validity.verdict === 'valid' ? [] : validity.reasons.map(({code}) => code)), limiter.name]
}

const quiet: HostSeen = {otherShare: 0.1, stealShare: 0, busyShare: 0.7, throttledNs: 0, clockStepNs: 0, bootStepNs: 0}
const saturated = {latenessP50Ns: 300e6, latenessP99Ns: 600e6, built: 80_000}
const lateTail = {latenessP99Ns: 3e6}

test.each<[string, Case, string[]]>([
  ['a healthy run', {host: quiet}, ['none']],
  ['too high a rate', {host: quiet, pacing: saturated}, ['generator-late', 'generator']],
  [
    'a CPU hog beside it',
    {host: {...quiet, otherShare: 1.9}, pacing: lateTail, worker: {cpuShare: 0.6, runQueueNs: 4e9}},
    ['host-limited', 'host'],
  ],
  [
    'a CPU hog and too high a rate: the host first',
    {host: {...quiet, otherShare: 1.9}, pacing: saturated, worker: {cpuShare: 0.6, runQueueNs: 4e9}},
    ['host-limited', 'host'],
  ],
  [
    'too high a rate for one core beside a busy target: its wait of 15 % of the time explains nothing',
    {host: quiet, pacing: saturated, worker: {cpuShare: 0.86, runQueueNs: 1.5e9}},
    ['generator-late', 'generator'],
  ],
  // 80 % built without a core for 19 % of the time: with it 98.8 %, at 20 % all of it.
  [
    'too high a rate, although the target took 19 % of its time',
    {host: quiet, pacing: saturated, worker: {cpuShare: 0.81, runQueueNs: 1.9e9}},
    ['generator-late', 'generator'],
  ],
  [
    'a rate that it would have kept with the 20 % of the time that the target took',
    {host: quiet, pacing: saturated, worker: {cpuShare: 0.8, runQueueNs: 2e9}},
    ['host-limited', 'host'],
  ],
  [
    'late in the tail only, ready without a core for 1 % of the time',
    {pacing: lateTail, worker: {cpuShare: 1, runQueueNs: 0.1e9}},
    ['host-limited', 'host'],
  ],
  [
    'late in the tail only, with a core all the time: its own pauses',
    {pacing: lateTail, worker: {cpuShare: 0.995, runQueueNs: 0.09e9}},
    ['generator-late', 'generator'],
  ],
  [
    'late in the tail, and the hypervisor took 2 % of the CPU time',
    {pacing: lateTail, host: {...quiet, stealShare: 0.02}, worker: {cpuShare: 1, runQueueNs: 0}},
    ['host-limited', 'host'],
  ],
  [
    'late in the tail, and throttled for 1 % of the time',
    {pacing: lateTail, host: {...quiet, throttledNs: 0.1e9}, worker: {cpuShare: 1, runQueueNs: 0}},
    ['host-limited', 'host'],
  ],
  [
    'a hog that nobody had to wait for: the figure is not its',
    {host: {...quiet, otherShare: 1.9}, target: {runQueueNs: 1.4e9}},
    ['none'],
  ],
  [
    'a hog that the target had to wait for, 15 % of the time',
    {host: {...quiet, otherShare: 1.9}, target: {runQueueNs: 1.5e9}},
    ['host-limited', 'host'],
  ],
  ['the same wait, and nobody there but generator and target', {host: quiet, target: {runQueueNs: 1.5e9}}, ['none']],
  [
    'the same wait, and response times below what it could matter to',
    {host: {...quiet, otherShare: 1.9}, target: {runQueueNs: 1.5e9}, responseP99Ns: 0.9e6},
    ['none'],
  ],
  [
    'stolen time, and every core woke half of the p99 late',
    {host: {...quiet, stealShare: 0.02, hiccups: hiccups(2.5e6, 4e6)}},
    ['host-limited', 'host'],
  ],
  [
    'stolen time, and one core woke in time',
    {host: {...quiet, stealShare: 0.02, hiccups: hiccups(0.1e6, 4e6)}},
    ['none'],
  ],
  [
    'every core woke late with no cause from outside: generator and target themselves',
    {host: {...quiet, hiccups: hiccups(4e6, 4e6)}},
    ['none'],
  ],
  ['a target that stalled', {host: quiet, ackedInWindow: 60_000, responseP99Ns: 4e9}, ['target']],
  [
    'a target that stalled until memory was full, beside a hog: its wait is no reason to be late',
    {
      host: {...quiet, otherShare: 1.9},
      ackedInWindow: 10_000,
      responseP99Ns: 5e9,
      pacing: {...saturated, waitsForMemory: 9, heldArrivals: 1_000},
    },
    ['target'],
  ],
  ['the wall clock was set', {host: {...quiet, clockStepNs: 3600e9}}, ['none']],
  [
    'the clock of the stamps stepped',
    {host: {...quiet, bootStepNs: -2e9, clockStepNs: -2e9}},
    ['clock-stepped', 'host'],
  ],
  [
    'another clock source',
    {host: {...quiet, clockSource: 'hpet', clockSourceBefore: 'tsc'}},
    ['clock-stepped', 'host'],
  ],
])('%s', (_, options, expected) => {
  expect(verdictOf(options)).toEqual(expected)
})

function hiccups(...p99Ns: number[]): readonly HiccupsSeen[] {
  return p99Ns.map((ns, cpu) => ({cpu, when: 'meanwhile' as const, count: 250, p50Ns: 1e4, p99Ns: ns, maxNs: ns}))
}

// setTimeout(1) comes round every 1.1 ms: at 10 k/s 11 messages leave at once, the middle one 0.55 ms late.
const byTimer = {arrivalsPerTurnP50: 11, latenessP50Ns: 0.55e6, latenessP99Ns: 0.99e6, turnP99Ns: 1.2e6}

test.each<[string, Case, string[]]>([
  ['setTimeout pacing', {pacing: byTimer}, ['paced-in-bursts', 'generator']],
  ['clumps of 0.5 ms', {pacing: {...byTimer, arrivalsPerTurnP50: 6}}, ['none']],
  ['clumps of 1 ms beside a p50 of 2 ms', {pacing: byTimer, responseP50Ns: 2e6}, ['none']],
  [
    'batches of ten are what was asked for',
    {pacing: {...byTimer, arrivalsPerTurnP50: 10}, batchMessages: 10},
    ['none'],
  ],
  [
    'a burst process at 100 k/s has eleven messages in 0.1 ms itself',
    {
      pacing: byTimer,
      arrival: {
        model: 'open',
        ratePerSec: 10_000,
        process: 'burst',
        onPerSec: 100_000,
        offPerSec: 0,
        onNs: 1e8,
        offNs: 9e8,
      },
    },
    ['none'],
  ],
  [
    'a trace with its messages at one instant, sent on time',
    {
      pacing: {...byTimer, latenessP50Ns: 20_000},
      arrival: {
        model: 'open',
        ratePerSec: 10_000,
        process: 'trace',
        path: 't',
        sha256: '',
        arrivals: 9,
        durationNs: 1e9,
      },
    },
    ['none'],
  ],
  [
    'late beyond what can be borne is named as that, and once',
    {pacing: {...byTimer, latenessP99Ns: 3e6}, worker: {cpuShare: 1, runQueueNs: 0}},
    ['generator-late', 'generator'],
  ],
])('bursts: %s', (_, options, expected) => {
  expect(verdictOf(options)).toEqual(expected)
})

test.each<[string, Case, string]>([
  [
    'a core is free',
    {pacing: saturated, host: {...quiet, busyShare: 0.5}, cpuCount: 8},
    'Use a core that is free: --workers 2',
  ],
  [
    'no core is free, unbatched',
    {pacing: saturated, host: {...quiet, busyShare: 0.95}, cpuCount: 2},
    'Send more at once: --batch-size 10, or lower --target-rate.',
  ],
  // 80,000 built in 10 s are 8,000/s; four fifths of that.
  [
    'no core is free, batched',
    {pacing: saturated, host: quiet, cpuCount: 2, batchMessages: 100},
    'Lower the rate: --target-rate 6400/s',
  ],
  [
    'a hog',
    {pacing: lateTail, host: {...quiet, otherShare: 1.94}, worker: {runQueueNs: 4e9}},
    'Stop what else uses CPU here (1.9 cores; top shows it).',
  ],
  [
    'a quota',
    {pacing: lateTail, host: {...quiet, otherShare: 1.94, throttledNs: 3e9}, worker: {runQueueNs: 4e9}},
    'Raise the CPU quota of the control group (cpu.max, docker run --cpus).',
  ],
  [
    'a hypervisor',
    {pacing: lateTail, host: {...quiet, stealShare: 0.2}},
    'Run on a machine whose cores are not shared with other guests.',
  ],
  [
    'swapping',
    {pacing: lateTail, host: {...quiet, swappedBytes: 1e6, pressureMemoryShare: 0.05}, worker: {runQueueNs: 4e9}},
    'Free memory: the machine is swapping.',
  ],
  [
    'too few cores for both',
    {pacing: lateTail, host: quiet, worker: {runQueueNs: 4e9}},
    'Leave the generator a core of its own: move the target to another machine, or lower --target-rate.',
  ],
])('the one change: %s', (_, options, suggestion) => {
  const {validity} = judgeSample(evidenceOf(options))
  expect(validity).toMatchObject({verdict: 'invalid', reasons: [{suggestion}]})
})

test('a simulated clock that jumps in a run of 10 s is caught by the two that do not', () => {
  const before = {monotonicNs: 0, wallNs: 0, bootNs: 0}
  const verdictAfter = (monotonicNs: number, wallNs: number) => {
    const {bootStepNs = 0, wallStepNs = 0} = clockChangeBetween(before, {monotonicNs, wallNs, bootNs: 10e9})
    return verdictOf({host: {...quiet, bootStepNs, clockStepNs: wallStepNs}})
  }
  for (const jumpNs of [-3e9, -0.1e9, 0.1e9, 3e9]) {
    expect(verdictAfter(10e9 + jumpNs, 10e9)).toEqual(['clock-stepped', 'host'])
    expect(verdictAfter(10e9, 10e9 + jumpNs)).toEqual(['none']) // the wall clock: no stamp is of it
  }
})

test('the worst of several workers is looked at, whatever their sum says', () => {
  const evidence = evidenceOf({pacing: saturated})
  const starved = {...busy, cpuShare: 0.5, runQueueNs: 5e9}
  const outcome = {
    ...evidence.outcome,
    generator: {...evidence.outcome.generator, cpuShare: 1.48},
    workers: [busy, starved],
  }
  expect(judgeSample({...evidence, outcome}).limiter.name).toBe('host')
})

test('a closed loop is limited by the host where generator or target waited for a core that others used', () => {
  const idle = {cpuShare: 0.4, loopUtilization: 0.5, gcNs: 0, runQueueNs: 0}
  const outcome = outcomeWith({generator: {...idle, rssBytesMax: 1}, workers: [idle]})
  const target = {cpuShare: 0.7, loopUtilization: 0.97, rssBytesMax: 1, runQueueNs: 1.6e9}
  const limiterOf = (otherShare: number) =>
    judgeSample({workload: closedWith8, outcome, target, host: {...quiet, otherShare}})
  expect(limiterOf(0.5)).toMatchObject({
    limiter: {name: 'host', evidence: {targetDenied: 0.16}},
    validity: {verdict: 'valid'},
  })
  expect(limiterOf(0.4).limiter.name).toBe('target')
})

test('what the machine did is said beside a valid sample, once a run', () => {
  const noisy = hiccups(2e6).map((seen) => ({...seen, when: 'before' as const}))
  const codesOf = (host: HostSeen) => judgeSample(evidenceOf({host})).warnings.map(({code}) => code)
  expect(codesOf({...quiet, clockStepNs: -5e6, otherShare: 0.5, hiccups: noisy})).toEqual([
    'wall-clock-stepped',
    'host-busy',
    'noisy-host',
  ])
  expect(codesOf(quiet)).toEqual([])
})
