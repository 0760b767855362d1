import {rm} from 'node:fs/promises'
import {availableParallelism} from 'node:os'
import {join, relative} from 'node:path'
import {type ErrorRecord, fromErrorRecord, StreambusError, toErrorRecord} from '../base/errors.ts'
import {environmentOf} from '../host/environment.ts'
import type {MicroBenchmark, MicroFacts, MicroSample, MicroSuite} from '../model/micro.ts'
import type {MicroPlace, MicroTimed} from '../model/micro-messages.ts'
import type {MicroReport} from '../model/micro-report.ts'
import {RESULTS_SCHEMA, type Results} from '../model/results.ts'
import type {Metrics, Validity, Warning} from '../model/sample.ts'
import type {ResultsFile} from '../store/store.ts'
import type {Context} from './context.ts'
import {type BenchDataDir, makeBenchDataDir} from './data-dir.ts'
import {askMicroProcess} from './micro-child.ts'
import {stampOf} from './run-id.ts'
import {summarizeMicro} from './summarize-micro.ts'

export interface MicroRequest {
  readonly suite: MicroSuite
  readonly command: readonly string[] // as typed
  readonly version: string
  /** Parts of names, in any case; a case runs when its name has one of them. None: all of the suite. */
  readonly cases: readonly string[]
  readonly count: number // samples of each case
  readonly timeNs: number // that a sample is timed for
  readonly dataDir?: string | undefined // parent of the folder that storage cases write to
  readonly output?: string | undefined
  /** Results of the same invocation that these are added to; `output` is then their file. */
  readonly into?: Results | undefined
}

/** The cases of a suite, by name. Throws SB_USAGE where no name has any of `parts`. */
export async function listMicroCases(
  suite: MicroSuite,
  parts: readonly string[],
  signal: AbortSignal,
): Promise<readonly MicroFacts[]> {
  const {cases} = await askMicroProcess({kind: 'list'}, 'cases', signal)
  const ofSuite = cases.filter(({suites}) => suites.includes(suite))
  const wanted = parts.map((part) => part.toLowerCase())
  const chosen = ofSuite.filter(
    ({name}) => wanted.length === 0 || wanted.some((part) => name.toLowerCase().includes(part)),
  )
  if (chosen.length > 0) return chosen
  throw new StreambusError('SB_USAGE', `No case of bench ${suite} has ${parts.join(' or ')} in its name.`, {
    hint: `streambus bench ${suite} --list`,
  })
}

/**
 * Times every case `count` times, in turn, each time in a process of its own, and saves the results
 * file after every sample. A failed case or an interrupt ends the run and keeps what was measured.
 * Throws, and writes no file, where nothing at all was measured.
 */
export async function runMicro(request: MicroRequest, context: Context): Promise<MicroReport> {
  const started = context.now()
  const cases = await listMicroCases(request.suite, request.cases, context.signal)
  const needsDisk = cases.some(({disk}) => disk !== undefined)
  const dataDir = needsDisk ? await makeBenchDataDir(request.dataDir, false, context.cwd) : undefined
  try {
    const id = request.into?.id ?? `${stampOf(started)}-${request.suite}`
    const file = await context.store.openResults(id, request.output)
    try {
      const run = new MicroRun(
        request,
        cases,
        dataDir,
        file,
        context,
        await emptyResults(request, cases, dataDir, id, started, context),
      )
      await run.execute()
      return summarizeMicro(run.results, relative(context.cwd, file.path), request.count)
    } finally {
      await file.close()
    }
  } finally {
    await dataDir?.remove()
  }
}

async function emptyResults(
  request: MicroRequest,
  cases: readonly MicroFacts[],
  dataDir: BenchDataDir | undefined,
  id: string,
  started: Date,
  context: Context,
): Promise<Results> {
  const micro = cases.map(({name, summary}) => ({name: `${name}-${availableParallelism()}`, summary, samples: []}))
  const warnings = dataDir?.volatile === true ? [volatileWarning(dataDir)] : []
  const {into} = request
  if (into !== undefined) return {...into, outcome: 'running', micro, warnings: [...into.warnings, ...warnings]}
  const place = {cwd: context.cwd, version: request.version}
  return {
    schema: RESULTS_SCHEMA,
    id,
    suite: request.suite,
    command: request.command,
    startedAt: started.toISOString(),
    outcome: 'running',
    seed: 0, // nothing is drawn at random from run to run
    environment: await environmentOf(dataDir === undefined ? place : {...place, dataDir: dataDir.path}),
    target: {
      kind: 'none',
      configuration: [],
      ...(dataDir !== undefined && {dataDir: {path: dataDir.path, fileSystem: dataDir.fileSystem}}),
    },
    benchmarks: [],
    micro,
    captures: [],
    warnings,
  }
}

function volatileWarning({path, fileSystem}: BenchDataDir): Warning {
  return {
    code: 'volatile-data',
    message: `${path} is on ${fileSystem}, which is memory: writes never reach a disk there. Name a folder on one with --data-dir.`,
  }
}

/** The state of one run: what is measured so far and the file that holds it. */
class MicroRun {
  results: Results
  readonly #request: MicroRequest
  readonly #cases: readonly MicroFacts[]
  readonly #dataDir: BenchDataDir | undefined
  readonly #file: ResultsFile
  readonly #context: Context
  readonly #allocations = new Map<string, number>() // by case
  #places = 0
  #previous: string | undefined // whose log files are taken over

  constructor(
    request: MicroRequest,
    cases: readonly MicroFacts[],
    dataDir: BenchDataDir | undefined,
    file: ResultsFile,
    context: Context,
    results: Results,
  ) {
    this.#request = request
    this.#cases = cases
    this.#dataDir = dataDir
    this.#file = file
    this.#context = context
    this.results = results
  }

  async execute(): Promise<void> {
    const error = await this.#measureAll()
    const interrupted = this.#context.signal.aborted
    if (this.#request.into === undefined && this.results.micro?.every(({samples}) => samples.length === 0)) {
      if (interrupted) throw new StreambusError('SB_INTERRUPTED', 'Interrupted before anything was measured.')
      if (error !== undefined) throw fromErrorRecord(error)
    }
    await this.#save({
      ...this.results,
      finishedAt: this.#context.now().toISOString(),
      outcome: interrupted ? 'interrupted' : error === undefined ? 'completed' : 'failed',
      ...(error !== undefined && !interrupted && {error}),
    })
  }

  /** The error that ended the run early, or undefined. */
  async #measureAll(): Promise<ErrorRecord | undefined> {
    const {count} = this.#request
    for (let round = 0; round < count; round += 1) {
      for (const [which, facts] of this.#cases.entries()) {
        if (this.#context.signal.aborted) return undefined
        this.#context.progress(`${facts.name}  sample ${round + 1}/${count}`)
        try {
          await this.#addSample(which, await this.#measure(facts, round))
        } catch (error) {
          if (this.#context.signal.aborted) return undefined
          if (!(error instanceof StreambusError)) throw error
          return toErrorRecord(error)
        }
      }
    }
    return undefined
  }

  async #measure(facts: MicroFacts, index: number): Promise<MicroSample> {
    const {signal} = this.#context
    const {name} = facts
    let allocations = this.#allocations.get(name)
    if (allocations === undefined) {
      const place = await this.#place(facts)
      const counted = await askMicroProcess({kind: 'count-allocations', name, place}, 'counted', signal)
      allocations = counted.allocationsPerOp
      this.#allocations.set(name, allocations)
    }
    const startedAt = this.#context.now().toISOString()
    const place = await this.#place(facts)
    const {timeNs} = this.#request
    const timed = await askMicroProcess({kind: 'time', name, timeNs, place}, 'timed', signal)
    return {
      index,
      startedAt,
      validity: this.#validityOf(facts),
      iterations: timed.iterations,
      metrics: metricsOf(facts, timed, allocations),
      batchNs: timed.batchNs,
      clockNs: timed.clockNs,
      warnings: [],
    }
  }

  /** A fresh folder; of those before it at most the last one is left, for its log files. */
  async #place({disk}: MicroFacts): Promise<MicroPlace> {
    if (this.#dataDir === undefined || disk === undefined) return {dataDir: ''}
    const dataDir = join(this.#dataDir.path, `case-${this.#places}`)
    this.#places += 1
    const adoptFrom = this.#previous
    if (this.#places > 2) await rm(join(this.#dataDir.path, `case-${this.#places - 3}`), {recursive: true, force: true})
    this.#previous = dataDir
    return adoptFrom === undefined ? {dataDir} : {dataDir, adoptFrom}
  }

  /** A sync that no disk stands behind is no sync. */
  #validityOf({name, disk}: MicroFacts): Validity {
    if (disk !== 'fsync' || this.#dataDir?.volatile !== true) return {verdict: 'valid'}
    const {path, fileSystem} = this.#dataDir
    return {
      verdict: 'invalid',
      reasons: [
        {
          code: 'fsync-meaningless',
          message: `${name} waits for a disk, and ${path} is on ${fileSystem}, which is memory.`,
          suggestion: 'Name a folder on a disk: --data-dir PATH',
          evidence: {},
        },
      ],
    }
  }

  async #addSample(which: number, sample: MicroSample): Promise<void> {
    const micro = (this.results.micro ?? []).map(
      (benchmark, index): MicroBenchmark =>
        index === which ? {...benchmark, samples: [...benchmark.samples, sample]} : benchmark,
    )
    await this.#save({...this.results, micro})
  }

  async #save(results: Results): Promise<void> {
    this.results = results
    await this.#file.save(results)
  }
}

function metricsOf({messages, bytes}: MicroFacts, timed: MicroTimed, allocationsPerOp: number): Metrics {
  const {nsPerOp, heapBytesPerOp, bufferBytesPerOp} = timed
  return {
    'ns/op': nsPerOp,
    'B/op': rounded(heapBytesPerOp),
    'allocs/op': rounded(allocationsPerOp),
    ...(bufferBytesPerOp !== undefined && {'buffer-B/op': rounded(bufferBytesPerOp)}),
    ...(messages !== undefined && {'msgs/s': (messages * 1e9) / nsPerOp}),
    ...(bytes !== undefined && {'MB/s': (bytes * 1e3) / nsPerOp}),
  }
}

/** To a tenth of a per cent, and what is below a hundredth of a byte or an object is none: finer is not measured. */
function rounded(value: number): number {
  return value < 0.01 ? 0 : Number(value.toPrecision(4))
}
