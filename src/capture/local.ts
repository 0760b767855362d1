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

/**
 * Starts a capture of this very process (the thread that calls), through `node:inspector`: no port is opened.
 * Starting takes 10-25 ms and blocks the thread for part of it; so start before what is measured.
 *
 * Rejects with SB_CAPTURE_FAILED when V8 refuses, which it does for a second heap capture at a time.
 */
export async function startLocalCapture(kind: CaptureKind, options: SamplingOptions = {}): Promise<RunningCapture> {
  const interval = intervalOf(kind, options)
  const session = new Session()
  session.connect()
  const post: PostToInspector = (method, params) => session.post(method, params)
  const clock = clockFrom(monotonicOrigin())
  const startedAt = new Date().toISOString()
  await orDisconnect(session, kind, () => startSampling(post, kind, options))
  return {
    async stop() {
      const profile = await orDisconnect(session, kind, () => stopSampling(post, kind))
      session.disconnect()
      return withMetadata(profile, {kind, node: process.version, startedAt, durationNs: clock.nowNs(), interval})
    },
  }
}

async function orDisconnect<T>(session: Session, kind: CaptureKind, run: () => Promise<T>): Promise<T> {
  try {
    return await run()
  } catch (cause) {
    session.disconnect()
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new StreambusError('SB_CAPTURE_FAILED', `V8 refused the ${kind} capture: ${reason}`, {
      hint: 'one capture of a kind can run at a time in a process',
      cause,
    })
  }
}
