import {stat, unlink} from 'node:fs/promises'
import {dirname, relative, resolve} from 'node:path'
import {fromErrorRecord, StreambusError} from '../base/errors.ts'
import type {BenchReport} from '../model/bench-report.ts'
import type {CaptureReport} from '../model/capture.ts'
import type {CaptureReference, Results} from '../model/results.ts'
import {type CaptureFiles, reserveCaptureFiles} from '../store/capture-files.ts'
import {benchProblem} from './bench-problem.ts'
import type {BenchRequest} from './bench-request.ts'
import type {Context} from './context.ts'
import {finishCapture} from './finish-capture.ts'
import {captureIdOf, endingOf, type ProfileOptions} from './profile-target.ts'
import {runBench} from './run-bench.ts'
import type {MeasureHooks} from './target-watch.ts'

export interface ProfileSuiteRequest extends ProfileOptions {
  /** One workload, one sample, against the embedded broker: a capture is of one load. */
  readonly bench: Omit<BenchRequest, 'hooks'>
}

/**
 * Runs one sample of a suite against the embedded broker, captures the broker's process during the
 * measured phase, and links the capture from the results file.
 *
 * Throws what `runBench` and `finishCapture` throw, the error that ended the run early, and
 * SB_INTERRUPTED when Ctrl-C came before there was a capture.
 */
export async function profileSuite(request: ProfileSuiteRequest, context: Context): Promise<CaptureReport> {
  const ending = endingOf(request.kind)
  const files = await reserveCaptureFiles(context.store.resultsDir, captureIdOf(context, request.kind), ending)
  try {
    const {output} = request.bench
    const resultsFolder = output === undefined ? context.store.resultsDir : dirname(resolve(context.cwd, output))
    const hooks = captureHooks(request, files.path(ending), resultsFolder)
    const bench = await runBench({...request.bench, hooks}, context)
    await checkCaptured(bench, files.path(ending))
    const finished = await finishCapture({...request, source: 'embedded broker', files, ending})
    const resultsPath = resolve(context.cwd, bench.path)
    await linkFiles(bench.results, finished, resultsPath, context)
    const problem = benchProblem(bench)
    return {...finished, ...loadOf(bench), ...(problem !== undefined && {loadProblem: problem}), resultsPath}
  } finally {
    await removeIfEmpty(files, ending)
  }
}

/** The profile itself is linked as soon as it is written, so that it is not lost when what follows fails. */
function captureHooks({kind, sampling}: ProfileOptions, path: string, resultsFolder: string): MeasureHooks {
  return {
    onMeasureStart: async ({embedded}) => {
      await embedded?.startCapture(kind, sampling)
    },
    onMeasureEnd: async ({embedded}) => {
      if (embedded === undefined) return []
      await embedded.stopCapture(kind, path)
      return [{kind, process: 'broker', files: {[endingOf(kind)]: relative(resultsFolder, path)}}]
    },
  }
}

async function checkCaptured({results, path}: BenchReport, capturePath: string): Promise<void> {
  if ((await stat(capturePath)).size > 0) return
  if (results.error !== undefined) throw fromErrorRecord(results.error)
  if (results.outcome === 'interrupted')
    throw new StreambusError('SB_INTERRUPTED', 'Interrupted before there was a capture')
  throw new StreambusError('SB_CAPTURE_FAILED', `The run ended without a capture; its results are in ${path}`)
}

/** The run's file is complete by now: it is saved once more, with every file of the capture and what sampling means. */
async function linkFiles(results: Results, report: CaptureReport, path: string, context: Context): Promise<void> {
  const files = Object.entries(report.files).map(([format, file]) => [format, relative(dirname(path), file)])
  const benchmark = results.benchmarks[0] === undefined ? {} : {benchmark: results.benchmarks[0].name}
  const capture: CaptureReference = {
    kind: report.kind,
    process: 'broker',
    ...benchmark,
    files: Object.fromEntries(files),
  }
  const warning = {
    code: 'sampled',
    message: `The broker was sampled (${report.kind}) during the measured phase: its figures include the cost of that.`,
  }
  const file = await context.store.openResults(results.id, path)
  try {
    await file.save({...results, captures: [capture], warnings: [...results.warnings, warning]})
  } finally {
    await file.close()
  }
}

function loadOf({rows}: BenchReport): Pick<CaptureReport, 'load' | 'loadPerSec'> {
  const row = rows[0]
  if (row === undefined) return {}
  const rate = row.metrics['msgs/s']?.median
  return {load: row.name, ...(rate === undefined ? {} : {loadPerSec: rate})}
}

/** The name was reserved by an empty file, which must not stay when nothing was captured. */
async function removeIfEmpty(files: CaptureFiles, ending: string): Promise<void> {
  const path = files.path(ending)
  const size = await stat(path).then(
    (facts) => facts.size,
    () => undefined,
  )
  if (size === 0) await unlink(path)
}
