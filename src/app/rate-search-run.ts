import {type ErrorRecord, fromErrorRecord, StreambusError, toErrorRecord} from '../base/errors.ts'
import {formatRate} from '../base/units.ts'
import type {HiccupMeter} from '../host/hiccup-meter.ts'
import {tailShareOf} from '../load/objectives.ts'
import {judgeTrial, shortReason, type TrialJudgement} from '../load/rate-search/judge-trial.ts'
import {hysteresisOf} from '../load/rate-search/ladder.ts'
import {goalBrackets, kneeOf, type MeasuredTrial} from '../load/rate-search/report.ts'
import {RateSearcher, type TrialProposal} from '../load/rate-search/search.ts'
import type {RateSearch, RateSearchLimits, RateTrial} from '../model/rate-search.ts'
import type {Results} from '../model/results.ts'
import type {Sample} from '../model/sample.ts'
import type {Workload} from '../model/workload.ts'
import type {ResultsFile} from '../store/store.ts'
import type {BenchTarget} from './bench-target.ts'
import {benchmarkNameOf} from './benchmark-name.ts'
import type {Context} from './context.ts'
import {limitsOf, type MaxRateRequest, maxRateDefaults} from './max-rate-request.ts'
import {measureSample} from './measure-sample.ts'

const SECOND = 1e9
const LONG_NS_MAX = 5 * SECOND
const LONG_NS_MIN = 0.3 * SECOND
const TRIALS_A_SEARCH = 60
/** A fresh generator compiles its code that long; the broker stays warm. */
const WARM_UP_NS_MAX = 1 * SECOND
const DRAIN_NS_MAX = 2 * SECOND
/** So many messages beyond a goal's percentile. */
const TAIL_MESSAGES_MIN = 20

/** The state of one search: what is measured so far and the file that holds it. */
export class RateSearchRun {
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
