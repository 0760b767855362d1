import {expect, test} from 'vitest'
import {fullResults} from '../../test/fixtures/full-results.ts'
import type {ErrorRecord} from '../base/errors.ts'
import type {OpenArrival} from '../model/arrival.ts'
import type {ClientSettings} from '../model/client-settings.ts'
import type {Environment} from '../model/environment.ts'
import type {InterleavedAnswer, InterleavedBlock, Interleaving, Settling, Stopping} from '../model/interleaving.ts'
import type {MessageShape} from '../model/message-shape.ts'
import type {MicroBenchmark, MicroSample} from '../model/micro.ts'
import type {
  GoalBracket,
  Hysteresis,
  KneePoint,
  RateBracket,
  RateSearch,
  RateSearchLimits,
  RateTrial,
  SearchGoal,
} from '../model/rate-search.ts'
import type {BaselineProvenance, Benchmark, CaptureReference, Results, StoredVariation} from '../model/results.ts'
import type {
  Counters,
  HiccupsSeen,
  HostSeen,
  InvalidReason,
  Limiter,
  MessagesSeen,
  Outage,
  PacingSeen,
  PackedBytes,
  PhasesSeen,
  ProcessUsage,
  Resources,
  Sample,
  SecondSummary,
  SeriesSteadiness,
  Steadiness,
  Timeline,
  TimeSummary,
  Times,
  Warning,
  WorkerUsage,
} from '../model/sample.ts'
import type {ConfigurationEntry, TargetDescription} from '../model/target.ts'
import type {MetricVariation} from '../model/variation.ts'
import type {Backlog, Workload} from '../model/workload.ts'
import {firstSchemaProblem, readSchema} from './results-schema.ts'

type Json = {[member: string]: unknown}

/** Fails to compile when a member of T is missing, unknown, or its optionality is told wrong. */
type Presence<T> = {readonly [K in keyof T]-?: Record<never, never> extends Pick<T, K> ? 'optional' : 'required'}

type KeyOfUnion<T> = T extends unknown ? keyof T : never

const members = {
  '': {
    schema: 'required',
    id: 'required',
    suite: 'required',
    command: 'required',
    startedAt: 'required',
    finishedAt: 'optional',
    outcome: 'required',
    error: 'optional',
    seed: 'required',
    environment: 'required',
    target: 'required',
    benchmarks: 'required',
    micro: 'optional',
    captures: 'required',
    interleaving: 'optional',
    stopping: 'optional',
    search: 'optional',
    warnings: 'required',
    baseline: 'optional',
  } satisfies Presence<Results>,
  baseline: {
    name: 'required',
    savedAt: 'required',
    host: 'required',
    promotedFrom: 'optional',
    variation: 'optional',
  } satisfies Presence<BaselineProvenance>,
  storedVariation: {runs: 'required', metrics: 'required'} satisfies Presence<StoredVariation>,
  metricVariation: {
    benchmark: 'required',
    unit: 'required',
    logDeviation: 'required',
    invocations: 'required',
    degrees: 'required',
  } satisfies Presence<MetricVariation>,
  interleaving: {
    a: 'required',
    b: 'required',
    targetB: 'optional',
    blocks: 'required',
    answers: 'required',
  } satisfies Presence<Interleaving>,
  interleavedBlock: {
    purpose: 'required',
    order: 'required',
    benchmark: 'required',
    samples: 'required',
    settling: 'required',
  } satisfies Presence<InterleavedBlock>,
  settling: {waitedNs: 'required', writebackBytes: 'required', isSettled: 'required'} satisfies Presence<Settling>,
  interleavedAnswer: {
    purpose: 'required',
    benchmark: 'required',
    unit: 'required',
    blocks: 'required',
    medianA: 'required',
    medianB: 'required',
    ratio: 'optional',
    interval: 'optional',
    pAdjusted: 'required',
    verdict: 'required',
    smallestDifference: 'optional',
  } satisfies Presence<InterleavedAnswer>,
  stopping: {
    looks: 'required',
    precision: 'required',
    timeNsMax: 'required',
    ended: 'optional',
    n: 'optional',
    level: 'optional',
  } satisfies Presence<Stopping>,
  rateSearch: {
    goals: 'required',
    limits: 'required',
    trials: 'required',
    bracket: 'required',
    goalBrackets: 'required',
    hysteresis: 'optional',
    knee: 'required',
    ended: 'optional',
  } satisfies Presence<RateSearch>,
  searchGoal: {
    text: 'required',
    objective: 'required',
  } satisfies Presence<SearchGoal>,
  rateSearchLimits: {
    minPerSec: 'required',
    maxPerSec: 'required',
    resolution: 'required',
    timeNsMax: 'required',
    confidence: 'required',
  } satisfies Presence<RateSearchLimits>,
  rateTrial: {
    ratePerSec: 'required',
    measureNs: 'required',
    purpose: 'required',
    benchmark: 'required',
    sample: 'required',
    verdict: 'required',
    reasons: 'required',
    missed: 'required',
    limitedBy: 'optional',
  } satisfies Presence<RateTrial>,
  rateBracket: {
    lowerPerSec: 'optional',
    upperPerSec: 'optional',
    limitedBy: 'optional',
    contradictions: 'required',
    noiseShare: 'optional',
  } satisfies Presence<RateBracket>,
  goalBracket: {
    goal: 'required',
    lowerPerSec: 'optional',
    upperPerSec: 'optional',
  } satisfies Presence<GoalBracket>,
  hysteresis: {
    up: 'required',
    down: 'required',
  } satisfies Presence<Hysteresis>,
  kneePoint: {
    ratePerSec: 'required',
    achievedPerSec: 'required',
    p50Ns: 'optional',
    p99Ns: 'optional',
    p999Ns: 'optional',
    trials: 'required',
    good: 'required',
    bad: 'required',
    limited: 'required',
  } satisfies Presence<KneePoint>,
  'workload/properties/samples': {count: 'required', seed: 'required', broker: 'optional'} satisfies Presence<
    Workload['samples']
  >,
  microBenchmark: {name: 'required', summary: 'required', samples: 'required'} satisfies Presence<MicroBenchmark>,
  microSample: {
    index: 'required',
    startedAt: 'required',
    validity: 'required',
    iterations: 'required',
    metrics: 'required',
    batchNs: 'required',
    clockNs: 'required',
    warnings: 'required',
  } satisfies Presence<MicroSample>,
  errorRecord: {code: 'required', message: 'required', hint: 'optional'} satisfies Presence<ErrorRecord>,
  warning: {code: 'required', message: 'required'} satisfies Presence<Warning>,
  environment: {host: 'required', client: 'required', git: 'optional'} satisfies Presence<Environment>,
  host: {
    os: 'required',
    kernel: 'required',
    architecture: 'required',
    cpuModel: 'required',
    cpuCount: 'required',
    memoryBytes: 'required',
    cgroup: 'required',
    dataDisk: 'optional',
    clockSource: 'optional',
    virtualization: 'optional',
  } satisfies Presence<Environment['host']>,
  target: {
    kind: 'required',
    address: 'optional',
    version: 'optional',
    configuration: 'required',
    dataDir: 'optional',
    logPoolBytes: 'optional',
  } satisfies Presence<TargetDescription>,
  configurationEntry: {key: 'required', value: 'required', source: 'required'} satisfies Presence<ConfigurationEntry>,
  benchmark: {
    name: 'required',
    workload: 'required',
    configuration: 'optional',
    samples: 'required',
  } satisfies Presence<Benchmark>,
  workload: {
    name: 'optional',
    kind: 'required',
    arrival: 'required',
    message: 'required',
    topology: 'required',
    phases: 'required',
    samples: 'required',
    client: 'optional',
    backlog: 'optional',
    objectives: 'optional',
  } satisfies Presence<Workload>,
  'workload/properties/client': {
    acks: 'optional',
    compression: 'optional',
    batchTimeoutNs: 'optional',
    retriesMax: 'optional',
    retryBackoffNs: 'optional',
    fetchBytesMin: 'optional',
    fetchBytesMax: 'optional',
    fetchWaitNsMax: 'optional',
    pollMessagesMax: 'optional',
  } satisfies Presence<ClientSettings>,
  'workload/properties/backlog': {
    messages: 'required',
    producers: 'required',
    passes: 'optional',
  } satisfies Presence<Backlog>,
  'workload/properties/topology': {
    topics: 'required',
    partitions: 'required',
    producers: 'required',
    consumers: 'required',
    groups: 'optional',
  } satisfies Presence<Workload['topology']>,
  'workload/properties/phases': {
    warmUpNs: 'required',
    warmUp: 'optional',
    measureNs: 'required',
    drainNsMax: 'required',
  } satisfies Presence<Workload['phases']>,
  messageShape: {
    sizeBytes: 'required',
    sizes: 'optional',
    payload: 'optional',
    keys: 'optional',
    batchMessages: 'required',
  } satisfies Presence<MessageShape>,
  closedArrival: {model: 'required', inFlightBatches: 'required'} satisfies Presence<
    Extract<Workload['arrival'], {model: 'closed'}>
  >,
  // Of each process beyond these: what it needs.
  openArrival: {
    model: 'required',
    process: 'required',
    ratePerSec: 'required',
    inFlightBatchesMax: 'optional',
    steps: 'optional',
    fromPerSec: 'optional',
    toPerSec: 'optional',
    amplitudePerSec: 'optional',
    periodNs: 'optional',
    onPerSec: 'optional',
    offPerSec: 'optional',
    onNs: 'optional',
    offNs: 'optional',
    path: 'optional',
    sha256: 'optional',
    arrivals: 'optional',
    durationNs: 'optional',
    speed: 'optional',
  } satisfies Record<KeyOfUnion<OpenArrival>, 'required' | 'optional'>,
  sample: {
    index: 'required',
    startedAt: 'required',
    outcome: 'required',
    error: 'optional',
    validity: 'required',
    limiter: 'required',
    phases: 'required',
    metrics: 'required',
    times: 'required',
    counters: 'required',
    resources: 'required',
    timeline: 'required',
    pacing: 'optional',
    messages: 'optional',
    packed: 'optional',
    steadiness: 'optional',
    host: 'optional',
    outages: 'optional',
    warnings: 'required',
  } satisfies Presence<Sample>,
  pacingSeen: {
    offered: 'required',
    built: 'required',
    latenessP50Ns: 'required',
    latenessP99Ns: 'required',
    latenessMaxNs: 'required',
    arrivalsPerTurnP50: 'required',
    arrivalsPerTurnP99: 'required',
    arrivalsPerTurnMax: 'required',
    turnP99Ns: 'required',
    turnMaxNs: 'required',
    waitsForMemory: 'required',
    heldArrivals: 'required',
  } satisfies Presence<PacingSeen>,
  packedBytes: {rawBytes: 'required', wireBytes: 'required'} satisfies Presence<PackedBytes>,
  messagesSeen: {
    valueBytesMean: 'required',
    valueBytesMin: 'required',
    valueBytesMax: 'required',
    compressibility: 'required',
    looked: 'required',
  } satisfies Presence<MessagesSeen>,
  steadiness: {class: 'required', series: 'required'} satisfies Presence<Steadiness>,
  seriesSteadiness: {
    class: 'required',
    steadyFromNs: 'optional',
    changeShare: 'required',
    trendP: 'required',
  } satisfies Presence<SeriesSteadiness>,
  hostSeen: {
    hiccups: 'optional',
    stealShare: 'optional',
    busyShare: 'optional',
    otherShare: 'optional',
    pressureCpuShare: 'optional',
    pressureIoShare: 'optional',
    pressureMemoryShare: 'optional',
    throttledNs: 'optional',
    swappedBytes: 'optional',
    writebackBytesMax: 'optional',
    clockSource: 'optional',
    clockSourceBefore: 'optional',
    clockStepNs: 'optional',
    bootStepNs: 'optional',
  } satisfies Presence<HostSeen>,
  hiccupsSeen: {
    cpu: 'optional',
    when: 'required',
    count: 'required',
    p50Ns: 'required',
    p99Ns: 'required',
    maxNs: 'required',
  } satisfies Presence<HiccupsSeen>,
  outage: {
    fromNs: 'required',
    toNs: 'optional',
    failedMessages: 'required',
    reason: 'required',
  } satisfies Presence<Outage>,
  workerUsage: {
    cpuShare: 'required',
    loopUtilization: 'required',
    loopDelayP99Ns: 'optional',
    gcNs: 'required',
    runQueueNs: 'optional',
  } satisfies Presence<WorkerUsage>,
  invalidReason: {
    code: 'required',
    message: 'required',
    suggestion: 'required',
    evidence: 'required',
  } satisfies Presence<InvalidReason>,
  'sample/properties/limiter': {name: 'required', evidence: 'required'} satisfies Presence<Limiter>,
  'sample/properties/phases': {
    warmUpNs: 'required',
    measureNs: 'required',
    drainNs: 'required',
  } satisfies Presence<PhasesSeen>,
  'sample/properties/resources': {
    generator: 'required',
    workers: 'optional',
    target: 'optional',
  } satisfies Presence<Resources>,
  times: {
    responseTime: 'optional',
    pacingLateness: 'optional',
    batchingDelay: 'optional',
    blockedTime: 'optional',
    serviceTime: 'optional',
    endToEndTime: 'optional',
  } satisfies Presence<Times>,
  timeSummary: {
    count: 'required',
    censoredCount: 'required',
    overflowCount: 'required',
    minNs: 'required',
    meanNs: 'required',
    maxNs: 'required',
    p50Ns: 'required',
    p95Ns: 'required',
    p99Ns: 'required',
    p999Ns: 'required',
    histogram: 'required',
  } satisfies Presence<TimeSummary>,
  counters: {
    scheduled: 'required',
    sent: 'required',
    acked: 'required',
    received: 'required',
    lost: 'required',
    expired: 'required',
    duplicated: 'required',
    reordered: 'required',
    errors: 'required',
    unfinished: 'required',
    unread: 'optional',
  } satisfies Presence<Counters>,
  processUsage: {
    cpuShare: 'required',
    rssBytesMax: 'required',
    gcNs: 'optional',
    loopUtilization: 'optional',
    runQueueNs: 'optional',
  } satisfies Presence<ProcessUsage>,
  timeline: {
    slotNs: 'required',
    sent: 'required',
    acked: 'required',
    received: 'required',
    lag: 'required',
    responseMaxNs: 'required',
    perSecond: 'required',
  } satisfies Presence<Timeline>,
  secondSummary: {
    count: 'required',
    p50Ns: 'required',
    p99Ns: 'required',
    maxNs: 'required',
    histogram: 'required',
  } satisfies Presence<SecondSummary>,
  captureReference: {
    kind: 'required',
    process: 'required',
    benchmark: 'optional',
    files: 'required',
  } satisfies Presence<CaptureReference>,
}

/** Fails to compile unless it names each member of the union. */
const choices = {
  'properties/outcome': {running: 1, completed: 1, interrupted: 1, failed: 1} satisfies Record<Results['outcome'], 1>,
  '$defs/target/properties/kind': {embedded: 1, streambus: 1, memory: 1, none: 1} satisfies Record<
    TargetDescription['kind'],
    1
  >,
  '$defs/configurationEntry/properties/source': {default: 1, file: 1, environment: 1, flag: 1} satisfies Record<
    ConfigurationEntry['source'],
    1
  >,
  '$defs/workload/properties/kind': {throughput: 1, latency: 1, backlog: 1} satisfies Record<Workload['kind'], 1>,
  '$defs/sample/properties/outcome': {completed: 1, interrupted: 1, failed: 1} satisfies Record<Sample['outcome'], 1>,
  '$defs/sample/properties/limiter/properties/name': {generator: 1, target: 1, host: 1, none: 1} satisfies Record<
    Limiter['name'],
    1
  >,
  '$defs/invalidReason/properties/code': {
    'generator-late': 1,
    'paced-in-bursts': 1,
    'clock-stepped': 1,
    'host-limited': 1,
    'fsync-meaningless': 1,
    'nothing-acked': 1,
    interrupted: 1,
    failed: 1,
  } satisfies Record<InvalidReason['code'], 1>,
  '$defs/captureReference/properties/kind': {cpu: 1, heap: 1, alloc: 1} satisfies Record<CaptureReference['kind'], 1>,
  '$defs/captureReference/properties/process': {broker: 1, remote: 1} satisfies Record<CaptureReference['process'], 1>,
}

function at(schema: Json, path: string): Json {
  return path.split('/').reduce((node, part) => (part === '' ? node : (node[part] as Json)), schema)
}

test.each(Object.entries(members))('the members of %s are those of its type', async (name, presence) => {
  const node = at(await readSchema(), name === '' ? '' : `$defs/${name}`)
  expect(Object.keys(node.properties as Json).sort()).toEqual(Object.keys(presence).sort())
  const required = Object.entries(presence).flatMap(([member, kind]) => (kind === 'required' ? member : []))
  expect((node.required as string[]).toSorted()).toEqual(required.sort())
})

test.each(Object.entries(choices))('the choices of %s are those of its type', async (path, names) => {
  expect((at(await readSchema(), path).enum as string[]).toSorted()).toEqual(Object.keys(names).sort())
})

/** Every object of a document with the path to it. */
function objectsOf(value: unknown, path: readonly (string | number)[] = []): (readonly (string | number)[])[] {
  if (typeof value !== 'object' || value === null) return []
  const here = Array.isArray(value) ? [] : [path]
  const inner = Object.entries(value).flatMap(([key, member]) =>
    objectsOf(member, [...path, Array.isArray(value) ? Number(key) : key]),
  )
  return [...here, ...inner]
}

function copyWith(path: readonly (string | number)[], change: (object: Json) => void): unknown {
  const copy: unknown = structuredClone(fullResults)
  change(path.reduce((node, part) => (node as Json)[part] as object, copy as object) as Json)
  return copy
}

const isRecord = (path: readonly (string | number)[]) => ['metrics', 'evidence', 'files'].includes(String(path.at(-1)))

test('a document that uses every member is valid, also after a round trip through JSON', async () => {
  expect(await firstSchemaProblem(fullResults)).toBeUndefined()
  expect(await firstSchemaProblem(JSON.parse(JSON.stringify(fullResults)))).toBeUndefined()
})

test('an unknown member is a problem anywhere but in a record of numbers', async () => {
  for (const path of objectsOf(fullResults).filter((path) => !isRecord(path))) {
    const problem = await firstSchemaProblem(copyWith(path, (object) => Object.assign(object, {surprise: 1})))
    expect(problem, path.join('.')).toContain('has an unknown member `surprise`')
  }
})

test('a member of the wrong type is a problem anywhere', async () => {
  for (const path of objectsOf(fullResults)) {
    for (const member of Object.keys(path.reduce((node, part) => (node as Json)[part] as Json, fullResults as Json))) {
      const changed = copyWith(path, (object) => Object.assign(object, {[member]: null}))
      expect(await firstSchemaProblem(changed), [...path, member].join('.')).toBeDefined()
    }
  }
})

test('the problem is told with its path and words', async () => {
  const lost = copyWith(['benchmarks', 0, 'samples', 0, 'counters'], (counters) => Object.assign(counters, {lost: 1.5}))
  expect(await firstSchemaProblem(lost)).toBe('benchmarks[0].samples[0].counters.lost: must be integer')
  const arrival = copyWith(['benchmarks', 1, 'workload', 'arrival'], (object) => delete object.inFlightBatches)
  expect(await firstSchemaProblem(arrival)).toBe('benchmarks[1].workload.arrival: misses `inFlightBatches`')
  expect(await firstSchemaProblem({...fullResults, outcome: 'great'})).toBe(
    'outcome: must be one of running, completed, interrupted, failed',
  )
})

test('NaN and infinities are refused: JSON would turn them into null', async () => {
  const path = ['benchmarks', 0, 'samples', 0, 'metrics']
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
    const changed = copyWith(path, (metrics) => Object.assign(metrics, {'msgs/s': value}))
    expect(await firstSchemaProblem(changed)).toBe('benchmarks[0].samples[0].metrics.msgs/s: must be number')
  }
})
