import {readFile} from 'node:fs/promises'
import {basename} from 'node:path'
import {type Capture, valueIndexOf} from '../captures/model.ts'
import {readCapture} from '../captures/read-capture.ts'
import {toPprof} from '../captures/to-pprof.ts'
import {topFunctions} from '../captures/top.ts'
import type {CaptureKind, CaptureReport} from '../model/capture.ts'
import type {CaptureFiles} from '../store/capture-files.ts'
import {drawFlamegraph} from './draw-flamegraph.ts'

/** The sampled value that a kind is about, in pprof's words. */
const VALUE_TYPES: Readonly<Record<CaptureKind, string>> = {cpu: 'cpu', heap: 'inuse_space', alloc: 'alloc_space'}
/** The first Node whose sampler charges an inlined function to itself. */
const NODE_EXACT_INLINING = 26

export interface FinishRequest {
  readonly kind: CaptureKind
  readonly source: string // who was captured, for the reader
  readonly files: CaptureFiles // one of them is written: the profile
  readonly ending: string // of the profile: cpuprofile, heapprofile, pb.gz
  readonly flamegraph: boolean
  readonly rowsMax: number
}

/**
 * Turns a profile on disk into what `profile` promises: a pprof file beside it, a flame graph where
 * asked, the ranking. Throws SB_INPUT_INVALID when the profile is not whole, SB_CAPTURE_FAILED when
 * it holds no samples or could not be drawn.
 */
export async function finishCapture(request: FinishRequest): Promise<CaptureReport> {
  const {kind, files, ending} = request
  const capture = readCapture(await readFile(files.path(ending)), files.path(ending))
  const valueIndex = valueIndexOf(capture, VALUE_TYPES[kind]) ?? capture.defaultValue
  const written: Record<string, string> = {[ending === 'pb.gz' ? 'pprof' : ending]: files.path(ending)}
  if (ending !== 'pb.gz') written.pprof = await files.write('pb.gz', toPprof(capture))
  const notes = notesOn(kind, capture)
  if (capture.samples.length === 0) notes.unshift(emptyNote(kind))
  else if (request.flamegraph) {
    written.flamegraph = files.path('html')
    await drawFlamegraph(
      capture,
      valueIndex,
      written.flamegraph,
      `${kind}: ${request.source} (${basename(files.base)})`,
    )
  }
  return {
    kind,
    source: request.source,
    ...(capture.durationNs === undefined ? {} : {durationNs: capture.durationNs}),
    ...idleShareOf(capture, valueIndex),
    top: topFunctions(capture, valueIndex, request.rowsMax),
    files: written,
    notes,
  }
}

function idleShareOf({idle, durationNs}: Capture, valueIndex: number): {idleShare?: number} {
  if (idle === undefined || durationNs === undefined || durationNs === 0) return {}
  return {idleShare: Math.min(1, idle[valueIndex]! / durationNs)}
}

function emptyNote(kind: CaptureKind): string {
  if (kind === 'cpu') return 'The capture holds no samples: the process did nothing but wait. Is it under load?'
  return 'The capture holds no samples: nothing large enough was seen. Is the process under load?'
}

/** What to keep in mind about the numbers, a line each. */
function notesOn(kind: CaptureKind, capture: Capture): string[] {
  if (capture.format === 'pprof') {
    if (kind !== 'alloc' || capture.durationNs !== undefined) return []
    return ['The process gave no difference over time: these are its allocations since it started.']
  }
  if (kind !== 'cpu')
    return ['Bytes are estimated from samples, and Buffer memory outside the V8 heap is not among them.']
  const notes = [
    "V8's sampler favours system calls on virtual machines: trust the order of the large functions, not the share of one that takes less than 10 µs a call.",
  ]
  const node = capture.metadata?.node
  if (node !== undefined && Number.parseInt(node.slice(1), 10) < NODE_EXACT_INLINING) {
    notes.push(`Node ${node} charges inlined functions to their callers; Node ${NODE_EXACT_INLINING} does not.`)
  }
  return notes
}
