import {StreambusError} from '../base/errors.ts'
import {captureGo} from '../capture/go-pprof.ts'
import {captureNode} from '../capture/inspector-remote.ts'
import type {CaptureKind, CaptureReport, SamplingOptions} from '../model/capture.ts'
import {reserveCaptureFiles} from '../store/capture-files.ts'
import type {Context} from './context.ts'
import {finishCapture} from './finish-capture.ts'
import {stampOf} from './run-id.ts'

export interface ProfileOptions {
  readonly kind: CaptureKind
  readonly flamegraph: boolean
  readonly rowsMax: number
  readonly sampling?: SamplingOptions
}

export interface ProfileRequest extends ProfileOptions {
  readonly url: string
  readonly durationNs: number
}

/** V8 keeps every sample in memory until the end: an hour at 1 ms is 3.6 million. */
const DURATION_NS = {min: 0.1e9, max: 3600e9}

/** Format of a kind as V8 writes it, which is also the ending of its file. */
export function endingOf(kind: CaptureKind): 'cpuprofile' | 'heapprofile' {
  return kind === 'cpu' ? 'cpuprofile' : 'heapprofile'
}

/** `20261123T154012-cpu`: the name of a capture's files. */
export function captureIdOf(context: Context, kind: CaptureKind): string {
  return `${stampOf(context.now())}-${kind}`
}

/**
 * Captures a running Node process by inspector URL for `durationNs`; Ctrl-C ends it early and keeps
 * what was seen. Throws what `captureNode` and `finishCapture` throw.
 */
export async function profileNode(request: ProfileRequest, context: Context): Promise<CaptureReport> {
  const {kind, url} = request
  checkDuration(request.durationNs)
  context.progress(`capturing ${kind} for ${request.durationNs / 1e9} s`)
  const {text, address} = await captureNode({
    url,
    kind,
    durationMs: request.durationNs / 1e6,
    ...(request.sampling === undefined ? {} : {sampling: request.sampling}),
    signal: context.signal,
  })
  const ending = endingOf(kind)
  const files = await reserveCaptureFiles(context.store.resultsDir, captureIdOf(context, kind), ending)
  await files.write(ending, text)
  return finishCapture({...request, source: `Node ${address.node} at ${address.host}`, files, ending})
}

/**
 * Captures a running Go process by the URL of its pprof index; whole seconds only. Throws what
 * `captureGo` and `finishCapture` throw.
 */
export async function profileGo(request: ProfileRequest, context: Context): Promise<CaptureReport> {
  const {kind, url} = request
  context.progress(`capturing ${kind} for ${request.durationNs / 1e9} s`)
  const {bytes, address} = await captureGo({url, kind, seconds: request.durationNs / 1e9, signal: context.signal})
  const files = await reserveCaptureFiles(context.store.resultsDir, captureIdOf(context, kind), 'pb.gz')
  await files.write('pb.gz', bytes)
  return finishCapture({...request, source: `Go process at ${address}`, files, ending: 'pb.gz'})
}

function checkDuration(ns: number): void {
  if (ns >= DURATION_NS.min && ns <= DURATION_NS.max) return
  throw new StreambusError('SB_USAGE', `A capture of ${ns / 1e9} s is not possible: from 0.1 s to 3600 s is.`, {
    hint: '--duration 10s',
  })
}
