import {Session} from 'node:inspector/promises'
import {clockFrom, monotonicOrigin} from '../base/clock.ts'
import {StreambusError} from '../base/errors.ts'
import type {CaptureKind, SamplingOptions} from '../model/capture.ts'
import {
  intervalOf,
  type PostToInspector,
  type RunningCapture,
  startSampling,
  stopSampling,
  withMetadata,
} from './v8-sampling.ts'

/** V8 has one heap sampler a process: a second start would silently restart it and a stop end it for both. */
let heapSamplerTaken = false

/**
 * Starts a capture of this very process (the thread that calls), through `node:inspector`: no port is opened.
 * Starting takes 10-25 ms and blocks the thread for part of it; so start before what is measured.
 *
 * Rejects with SB_CAPTURE_FAILED when V8 refuses, and for a second heap or alloc capture at a time.
 */
export async function startLocalCapture(kind: CaptureKind, options: SamplingOptions = {}): Promise<RunningCapture> {
  const interval = intervalOf(kind, options)
  const usesHeapSampler = kind !== 'cpu'
  if (usesHeapSampler && heapSamplerTaken)
    throw refused(kind, 'a heap or alloc capture of this process is already running')
  const session = new Session()
  session.connect()
  const post: PostToInspector = (method, params) => session.post(method, params)
  const clock = clockFrom(monotonicOrigin())
  const startedAt = new Date().toISOString()
  const end = () => {
    session.disconnect()
    if (usesHeapSampler) heapSamplerTaken = false
  }
  if (usesHeapSampler) heapSamplerTaken = true
  await orEnd(kind, end, () => startSampling(post, kind, options))
  return {
    async stop() {
      const profile = await orEnd(kind, end, () => stopSampling(post, kind))
      end()
      return withMetadata(profile, {kind, node: process.version, startedAt, durationNs: clock.nowNs(), interval})
    },
  }
}

/** A full collection now, which blocks the thread, so that a heap capture that is stopped next holds live objects only. */
export async function collectGarbage(): Promise<void> {
  const session = new Session()
  session.connect()
  try {
    await session.post('HeapProfiler.collectGarbage')
  } finally {
    session.disconnect()
  }
}

async function orEnd<T>(kind: CaptureKind, end: () => void, run: () => Promise<T>): Promise<T> {
  try {
    return await run()
  } catch (cause) {
    end()
    throw refused(kind, cause instanceof Error ? cause.message : String(cause), cause)
  }
}

function refused(kind: CaptureKind, reason: string, cause?: unknown): StreambusError {
  return new StreambusError('SB_CAPTURE_FAILED', `V8 refused the ${kind} capture: ${reason}`, {
    hint: 'end the other capture first; one of a kind can run at a time in a process',
    cause,
  })
}
