import type {CaptureKind, CaptureMetadata, SamplingOptions} from '../model/capture.ts'

/** Default and bounds of the intervals: 100 us costs a tenth of a core and 9-23 %, 4 KiB costs 14-22 %. */
const CPU_INTERVAL_US = {default: 1000, min: 100, max: 1_000_000}
const HEAP_INTERVAL_BYTES = {default: 32 * 1024, min: 4 * 1024, max: 64 * 1024 * 1024}

/** A capture that is under way. */
export interface RunningCapture {
  /**
   * Ends the capture and resolves with the text of a `.cpuprofile` or `.heapprofile`. Call it once.
   * Rejects with SB_CAPTURE_FAILED when the process went away meanwhile.
   */
  stop(): Promise<string>
}

/** Sends one command of the Chrome DevTools protocol to a V8 inspector. */
export type PostToInspector = (method: string, params?: object) => Promise<unknown>

/**
 * Starts V8's sampler for `kind`. Only the thread that the inspector session belongs to is seen.
 *
 * Heap means objects that still live at the end. For alloc both flags are needed: without them the
 * sampler forgets what a collection freed, and a broker that makes only garbage shows nothing.
 */
export async function startSampling(post: PostToInspector, kind: CaptureKind, options: SamplingOptions): Promise<void> {
  if (kind === 'cpu') {
    await post('Profiler.enable')
    await post('Profiler.setSamplingInterval', {interval: intervalOf(kind, options)})
    await post('Profiler.start')
    return
  }
  const freed = kind === 'alloc'
  await post('HeapProfiler.enable')
  await post('HeapProfiler.startSampling', {
    samplingInterval: intervalOf(kind, options),
    includeObjectsCollectedByMajorGC: freed,
    includeObjectsCollectedByMinorGC: freed,
  })
}

/** Ends what `startSampling` began and returns the profile, a JSON object of the kind's format. */
export async function stopSampling(post: PostToInspector, kind: CaptureKind): Promise<object> {
  const method = kind === 'cpu' ? 'Profiler.stop' : 'HeapProfiler.stopSampling'
  const answer = await post(method)
  if (typeof answer === 'object' && answer !== null && 'profile' in answer) {
    if (typeof answer.profile === 'object' && answer.profile !== null) return answer.profile
  }
  throw new Error(`${method} answered without a profile`)
}

/** The profile with what its format does not say, as the text of the file. */
export function withMetadata(profile: object, metadata: CaptureMetadata): string {
  return JSON.stringify({...profile, streambus: metadata})
}

/** Microseconds for cpu, bytes for heap and alloc. Throws RangeError outside the sampler's useful bounds. */
export function intervalOf(kind: CaptureKind, options: SamplingOptions): number {
  const bounds = kind === 'cpu' ? CPU_INTERVAL_US : HEAP_INTERVAL_BYTES
  const asked = kind === 'cpu' ? options.cpuIntervalUs : options.heapIntervalBytes
  const interval = asked ?? bounds.default
  if (Number.isInteger(interval) && interval >= bounds.min && interval <= bounds.max) return interval
  throw new RangeError(`sampling interval of ${kind} must be in [${bounds.min}, ${bounds.max}], got ${interval}`)
}
