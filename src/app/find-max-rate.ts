import {relative} from 'node:path'
import {assert} from '../base/assert.ts'
import {type ErrorRecord, fromErrorRecord, StreambusError, toErrorRecord} from '../base/errors.ts'
import {formatRate} from '../base/units.ts'
import {environmentOf} from '../host/environment.ts'
import type {HiccupMeter} from '../host/hiccup-meter.ts'
import {tailShareOf} from '../load/objectives.ts'
import {judgeTrial, shortReason, type TrialJudgement} from '../load/rate-search/judge-trial.ts'
import {hysteresisOf} from '../load/rate-search/ladder.ts'
import {goalBrackets, kneeOf, type MeasuredTrial} from '../load/rate-search/report.ts'
import {RateSearcher, type TrialProposal} from '../load/rate-search/search.ts'
import type {RateSearch, RateSearchLimits, RateTrial, SearchGoal} from '../model/rate-search.ts'
import type {RateSearchReport} from '../model/rate-search-report.ts'
import {RESULTS_SCHEMA, type Results} from '../model/results.ts'
import type {Sample} from '../model/sample.ts'
import type {Workload} from '../model/workload.ts'
import type {SizeSpec, WorkloadSpec} from '../model/workload-spec.ts'
import type {ResultsFile} from '../store/store.ts'
import {type BenchTarget, openBenchTarget, type TargetChoice} from './bench-target.ts'
import {benchmarkNameOf} from './benchmark-name.ts'
import type {Context} from './context.ts'
import {openMeter} from './idle-machine.ts'
import {measureSample} from './measure-sample.ts'
import {reuseBroker} from './reused-target.ts'
import {stampOf} from './run-id.ts'
import {workloadsOf} from './workloads.ts'

/** One search. What is absent takes its value from `maxRateDefaults`. */
export interface MaxRateRequest {
  /** Names the results file; default `max-rate`. */
  readonly suite?: string
  readonly command: readonly string[] // as typed
  readonly version: string
  readonly target: TargetChoice
  /** Message, topology, seed and arrival process; rate and phases are each trial's own. Its arrivals are open. */
  readonly workload: Workload
  readonly goals: readonly SearchGoal[] // at least one
  readonly minPerSec?: number | undefined
  readonly maxPerSec?: number | undefined
  readonly resolution?: number | undefined // share
  readonly timeNsMax?: number | undefined
  readonly output?: string | undefined
}

/** What the command's flags say of the workload; the rest is that of `bench latency`. */
export interface MaxRateWorkload {
  readonly arrival: 'poisson' | 'constant'
  readonly messageSize?: SizeSpec | undefined
  readonly batchSize?: number | undefined
  readonly producers?: number | undefined
  readonly consumers?: number | undefined
  readonly partitions?: number | undefined
  readonly seed?: number | undefined
  readonly settings?: WorkloadSpec | undefined // of the client side
}

/** The workload of a search. Throws SB_USAGE. */
export function maxRateWorkload({arrival, messageSize, ...asked}: MaxRateWorkload): Workload {
  const {producers, consumers, partitions, batchSize, seed, settings} = asked
  const [workload] = workloadsOf('latency', {
    producers,
    consumers,
    partitions,
    batchSize,
    seed,
    settings,
    messageSizes: messageSize === undefined ? undefined : [messageSize],
    rest: {arrival: {process: {process: arrival}}},
  })
  assert(workload !== undefined, 'a suite without a workload')
  return workload
}

const SECOND = 1e9

export const maxRateDefaults = {
  minPerSec: 100,
  maxPerSec: 10_000_000,
  startPerSec: 10_000,
  resolution: 0.05,
  timeNsMax: 300 * SECOND,
  /** Held against simulated targets of known capacity; see the tests of the search. */
  confidence: 0.93,
} as const

const LONG_NS_MAX = 5 * SECOND
const LONG_NS_MIN = 0.3 * SECOND
const TRIALS_A_SEARCH = 60
/** A fresh generator compiles its code that long; the broker stays warm. */
const WARM_UP_NS_MAX = 1 * SECOND
const DRAIN_NS_MAX = 2 * SECOND
/** So many messages beyond a goal's percentile. */
const TAIL_MESSAGES_MIN = 20

/**
 * Searches the highest rate at which a target keeps every goal. All trials ask one broker, each on a
 * fresh topic and after the one before was drained; the results file is saved after every trial, so
 * that what ends the search leaves all trials but the one under way. An interrupt or a lost target is
 * in `results.outcome` and `results.error`. Throws, and writes no file, where nothing was measured.
 */
export async function findMaxRate(request: MaxRateRequest, context: Context): Promise<RateSearchReport> {
  const started = context.now()
  const target = reuseBroker(await openBenchTarget(request.target, context))
  try {
    const id = `${stampOf(started)}-${request.suite ?? 'max-rate'}`
    const file = await context.store.openResults(id, request.output)
    try {
      const environment = await environmentOf({
        cwd: context.cwd,
        version: request.version,
        ...(target.dataDir !== undefined && {dataDir: target.dataDir}),
      })
      const run = new SearchRun(request, target, file, context, {
        schema: RESULTS_SCHEMA,
        id,
        suite: request.suite ?? 'max-rate',
        command: request.command,
        startedAt: started.toISOString(),
        outcome: 'running',
        seed: request.workload.samples.seed,
        environment,
        target: target.description,
        benchmarks: [],
        captures: [],
        warnings: [],
      })
      const search = await searchWatched(run, request, context)
      const path = relative(context.cwd, file.path)
      const kept = target.keptDataDir === undefined ? {} : {keptDataDir: target.keptDataDir}
      return {results: run.results, search, path, ...kept}
    } finally {
      await file.close()
    }
  } finally {
    await target.close()
  }
}

/** With a meter on each core, and a look at the idle machine first. */
async function searchWatched(run: SearchRun, {workload}: MaxRateRequest, context: Context): Promise<RateSearch> {
  const meter = await openMeter([workload], context)
  try {
    return await run.execute(meter)
  } finally {
    meter.close()
  }
}

/** Why a search must not be taken as an answer, or undefined. */
export function maxRateProblem({results, search, path}: RateSearchReport): ErrorRecord | undefined {
  const trials = `${search.trials.length} ${search.trials.length === 1 ? 'trial' : 'trials'}`
  if (results.outcome === 'interrupted') {
    return {code: 'SB_INTERRUPTED', message: `Interrupted after ${trials}; they are kept in ${path}`}
  }
  if (results.error !== undefined) {
    return {...results.error, message: `${results.error.message}\nWhat was measured is kept in ${path}`}
  }
  const {lowerPerSec, upperPerSec} = search.bracket
  if (lowerPerSec !== undefined || upperPerSec !== undefined) return undefined
  const limited = search.trials.filter(({verdict}) => verdict === 'limited')
  const isHost = limited.every(({limitedBy}) => limitedBy === 'host')
  return {
    code: isHost ? 'SB_HOST_LIMITED' : 'SB_GENERATOR_LIMITED',
    message: `${limited.length} of ${trials} could not be judged, and the others decide nothing: ${limited.at(-1)?.reasons[0] ?? 'none was run'}\nThey are kept in ${path}`,
    hint: isHost ? 'Stop what else runs on this machine.' : 'A lower --max-rate, or a larger --batch-size.',
  }
}

/** The state of one search: what is measured so far and the file that holds it. */
class SearchRun {
  #meter: HiccupMeter | undefined
  results: Results
  readonly #request: MaxRateRequest
  readonly #target: BenchTarget
  readonly #file: ResultsFile
  readonly #context: Context
  readonly #limits: RateSearchLimits
  readonly #longNs: number
  readonly #searcher: RateSearcher
  #measured: MeasuredTrial[] = []

  constructor(request: MaxRateRequest, target: BenchTarget, file: ResultsFile, context: Context, results: Results) {
    this.#request = request
    this.#target = target
    this.#file = file
    this.#context = context
    this.results = results
    this.#limits = limitsOf(request)
    const {timeNsMax, minPerSec, maxPerSec} = this.#limits
    this.#longNs = Math.round(Math.min(LONG_NS_MAX, Math.max(LONG_NS_MIN, timeNsMax / TRIALS_A_SEARCH)))
    const tails = request.goals.flatMap(({objective}) => tailShareOf(objective) ?? [])
    this.#searcher = new RateSearcher({
      limits: this.#limits,
      startPerSec: Math.min(maxPerSec, Math.max(minPerSec, maxRateDefaults.startPerSec)),
      longNs: this.#longNs,
      messagesMin: tails.length === 0 ? 0 : TAIL_MESSAGES_MIN / Math.min(...tails),
    })
  }

  /** `meter` watches the cores during each trial. */
  async execute(meter: HiccupMeter): Promise<RateSearch> {
    this.#meter = meter
    const error = await this.#searchOn()
    const isInterrupted = this.#context.signal.aborted
    if (this.#measured.length === 0) {
      if (isInterrupted) throw new StreambusError('SB_INTERRUPTED', 'Interrupted before anything was measured.')
      if (error !== undefined) throw fromErrorRecord(error)
    }
    const ended = isInterrupted ? 'interrupted' : error === undefined ? this.#searcher.ended : 'failed'
    const search: RateSearch = {...this.#search(), ...(ended !== undefined && {ended})}
    await this.#save({
      ...this.results,
      search,
      finishedAt: this.#context.now().toISOString(),
      outcome: isInterrupted ? 'interrupted' : error === undefined ? 'completed' : 'failed',
      ...(error !== undefined && !isInterrupted && {error}),
    })
    return search
  }

  /** The error that ended the search early, or undefined. */
  async #searchOn(): Promise<ErrorRecord | undefined> {
    const {clock, signal} = this.#context
    let failures = 0
    while (!signal.aborted) {
      const proposal = this.#searcher.next()
      if (proposal === undefined) return undefined
      const beganNs = clock.nowNs()
      try {
        const sample = await this.#measure(proposal)
        if (signal.aborted) return undefined
        failures = sample.outcome === 'failed' ? failures + 1 : 0
        if (sample.outcome === 'failed' && (failures > 1 || sample.phases.measureNs === 0)) return sample.error
        await this.#add(proposal, sample, clock.nowNs() - beganNs)
        const fatal = fatalReason(sample)
        if (fatal !== undefined) return fatal
      } catch (error) {
        if (signal.aborted) return undefined
        if (!(error instanceof StreambusError)) throw error
        return toErrorRecord(error)
      }
    }
    return undefined
  }

  async #measure(proposal: TrialProposal): Promise<Sample> {
    const number = this.#measured.length
    const workload = this.#workloadOf(proposal)
    const {sample} = await measureSample(
      {
        workload,
        index: this.#samplesOf(workload),
        target: this.#target,
        meter: this.#meter,
        seed: workload.samples.seed + number, // another draw of arrivals each time: a repetition must be able to contradict
      },
      this.#context,
      ({phase}) => this.#context.progress(this.#progressLine(number, proposal, phase)),
    )
    return sample
  }

  #progressLine(number: number, {ratePerSec}: TrialProposal, phase: string): string {
    const known = [bracketText(this.#searcher), lastText(this.#measured)].filter((text) => text !== '').join('; ')
    return `trial ${number + 1} at ${formatRate(ratePerSec)}, ${phase}${known === '' ? '' : ` (${known})`}`
  }

  async #add(proposal: TrialProposal, sample: Sample, tookNs: number): Promise<void> {
    const {ratePerSec, measureNs, purpose} = proposal
    const judgement: TrialJudgement = judgeTrial(sample, ratePerSec, this.#request.goals)
    const achievedPerSec = sample.metrics['msgs/s']
    this.#searcher.tell(proposal, {...judgement, ...(achievedPerSec !== undefined && {achievedPerSec})}, tookNs)
    const benchmark = this.#benchmarkOf(this.#workloadOf(proposal))
    const at = {benchmark, sample: sample.index}
    const trial: RateTrial = {ratePerSec, measureNs, purpose, ...at, ...judgement}
    this.#measured.push({trial, sample})
    const benchmarks = this.results.benchmarks.map((known, index) =>
      index === benchmark ? {...known, samples: [...known.samples, sample]} : known,
    )
    await this.#save({...this.results, benchmarks, search: this.#search()})
  }

  /** A benchmark a rate and length of trial: index of the one that is there, or of the one that is made. */
  #benchmarkOf(workload: Workload): number {
    const name = this.#nameOf(workload)
    const known = this.results.benchmarks.findIndex((benchmark) => benchmark.name === name)
    if (known !== -1) return known
    const benchmarks = [...this.results.benchmarks, {name, workload, samples: []}]
    this.results = {...this.results, benchmarks}
    return benchmarks.length - 1
  }

  #samplesOf(workload: Workload): number {
    const name = this.#nameOf(workload)
    return this.results.benchmarks.find((benchmark) => benchmark.name === name)?.samples.length ?? 0
  }

  #nameOf(workload: Workload): string {
    const measure = `measure=${Math.round(workload.phases.measureNs / 1e6)}ms`
    return benchmarkNameOf(workload, this.results.environment.host.cpuCount).replace(/(-\d+)$/, `/${measure}$1`)
  }

  #workloadOf({ratePerSec, measureNs}: TrialProposal): Workload {
    const {workload} = this.#request
    const {arrival} = workload
    const bound = arrival.model === 'open' ? arrival.inFlightBatchesMax : undefined
    const process = arrival.model === 'open' && arrival.process === 'constant' ? 'constant' : 'poisson'
    return {
      ...workload,
      arrival: {model: 'open', process, ratePerSec, ...(bound !== undefined && {inFlightBatchesMax: bound})},
      phases: {
        warmUpNs: Math.round(Math.min(WARM_UP_NS_MAX, this.#longNs / 2)),
        measureNs,
        drainNsMax: Math.round(Math.min(DRAIN_NS_MAX, this.#longNs)),
      },
      samples: {...workload.samples, count: 1},
    }
  }

  #search(): RateSearch {
    const trials = this.#measured.map(({trial}) => trial)
    const hysteresis = hysteresisOf(trials)
    return {
      goals: this.#request.goals,
      limits: this.#limits,
      trials,
      bracket: this.#searcher.bracket,
      goalBrackets: goalBrackets(trials, this.#request.goals.length),
      ...(hysteresis !== undefined && {hysteresis}),
      knee: kneeOf(this.#measured),
    }
  }

  async #save(results: Results): Promise<void> {
    this.results = results
    await this.#file.save(results)
  }
}

function limitsOf(request: MaxRateRequest): RateSearchLimits {
  const {minPerSec, maxPerSec, resolution, timeNsMax, confidence} = maxRateDefaults
  const limits = {
    minPerSec: request.minPerSec ?? minPerSec,
    maxPerSec: request.maxPerSec ?? maxPerSec,
    resolution: request.resolution ?? resolution,
    timeNsMax: request.timeNsMax ?? timeNsMax,
    confidence,
  }
  if (limits.minPerSec > 0 && limits.minPerSec < limits.maxPerSec) return limits
  throw new StreambusError(
    'SB_USAGE',
    `Nothing lies between ${formatRate(limits.minPerSec)} and ${formatRate(limits.maxPerSec)}.`,
    {hint: '--min-rate 1k/s --max-rate 100k/s'},
  )
}

/** What would make every trial invalid, whatever its rate. */
function fatalReason({validity}: Sample): ErrorRecord | undefined {
  if (validity.verdict === 'valid') return undefined
  const reason = validity.reasons.find(({code}) => code === 'fsync-meaningless')
  if (reason === undefined) return undefined
  return {code: 'SB_FSYNC_MEANINGLESS', message: reason.message, hint: reason.suggestion}
}

function bracketText({bracket: {lowerPerSec, upperPerSec}}: RateSearcher): string {
  const upper = upperPerSec === undefined ? '' : `below ${formatRate(upperPerSec)}`
  return lowerPerSec === undefined ? upper : `at least ${formatRate(lowerPerSec)} ${upper}`.trimEnd()
}

function lastText(measured: readonly MeasuredTrial[]): string {
  const last = measured.at(-1)?.trial
  if (last === undefined) return ''
  return last.verdict === 'good' ? 'the last was good' : `the last was ${last.verdict}: ${shortReason(last)}`
}
