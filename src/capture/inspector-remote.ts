import {clockFrom, monotonicOrigin} from '../base/clock.ts'
import type {CaptureKind, SamplingOptions} from '../model/capture.ts'
import {connectInspector} from './inspector-connection.ts'
import {findInspector, type InspectorAddress} from './inspector-url.ts'
import {
  intervalOf,
  type PostToInspector,
  type RunningCapture,
  startSampling,
  stopSampling,
  withMetadata,
} from './v8-sampling.ts'

const COMMAND_TIMEOUT_MS = 10_000
/** The end of a capture moves the whole profile, and of a heap capture collects garbage first. */
const STOP_TIMEOUT_MS = 60_000

export interface RemoteCapture extends RunningCapture {
  readonly address: InspectorAddress
  /** Resolves when the process went away (or after `stop`). */
  readonly closed: Promise<void>
}

/**
 * Starts a capture of a running Node process (its main thread) through its inspector; `url` as in
 * `findInspector`. Nothing is evaluated in the process. The connection ends with `stop`.
 *
 * Rejects with the codes of `findInspector` and `connectInspector`.
 */
export async function startRemoteCapture(
  url: string,
  kind: CaptureKind,
  options: SamplingOptions = {},
): Promise<RemoteCapture> {
  const interval = intervalOf(kind, options)
  const address = await findInspector(url)
  const connection = await connectInspector(address)
  const post: PostToInspector = (method, params) => {
    const isStop = method === 'Profiler.stop' || method === 'HeapProfiler.stopSampling'
    return connection.post(method, params, isStop ? STOP_TIMEOUT_MS : COMMAND_TIMEOUT_MS)
  }
  const orClose = async <T>(step: Promise<T>): Promise<T> => {
    try {
      return await step
    } catch (error) {
      connection.close()
      throw error
    }
  }
  const clock = clockFrom(monotonicOrigin())
  const startedAt = new Date().toISOString()
  await orClose(startSampling(post, kind, options))
  return {
    address,
    closed: connection.closed,
    async stop() {
      const profile = await orClose(stopSampling(post, kind))
      connection.close()
      return withMetadata(profile, {kind, node: address.node, startedAt, durationNs: clock.nowNs(), interval})
    },
  }
}

/**
 * Captures a running Node process for `durationMs`, less when `signal` aborts (what was seen until
 * then is kept). Ends at once, with SB_TARGET_LOST, when the process goes away.
 */
export async function captureNode(request: {
  readonly url: string
  readonly kind: CaptureKind
  readonly durationMs: number
  readonly sampling?: SamplingOptions
  readonly signal?: AbortSignal
}): Promise<{readonly text: string; readonly address: InspectorAddress}> {
  const capture = await startRemoteCapture(request.url, request.kind, request.sampling)
  await waitFor(request.durationMs, capture.closed, request.signal)
  return {text: await capture.stop(), address: capture.address}
}

function waitFor(ms: number, closed: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    const end = () => {
      clearTimeout(timer)
      resolve()
    }
    void closed.then(end)
    if (signal?.aborted) end()
    else signal?.addEventListener('abort', end, {once: true})
  })
}
