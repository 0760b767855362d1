import {Worker} from 'node:worker_threads'
import {monotonicOrigin} from '../base/clock.ts'
import type {LoadOutcome, LoadProgress, LoadRequest} from './load-outcome.ts'
import {emptyOutcome} from './outcome.ts'
import type {FromWorker, ToWorker, WorkerStart} from './worker-messages.ts'

/** A worker that has not answered an abort by then is ended, and what it measured is gone. */
const ABORT_MS_MAX = 1_000

export interface LoadHooks {
  readonly signal: AbortSignal
  readonly onProgress: (progress: LoadProgress) => void
}

/**
 * Measures one sample in a worker thread started from `entry`. An abort, a lost target or a refused
 * topic is an outcome; it rejects only for a bug of ours.
 */
export function runLoad(request: LoadRequest, entry: URL, hooks: LoadHooks): Promise<LoadOutcome> {
  const startedAt = new Date().toISOString()
  if (hooks.signal.aborted) return Promise.resolve(emptyOutcome('interrupted', startedAt))
  const workerData: WorkerStart = {request, clockOrigin: monotonicOrigin()}
  const worker = new Worker(entry, {workerData, name: 'streambus-load'})
  let abortTimer: NodeJS.Timeout | undefined
  let outcome: LoadOutcome | undefined
  const abort = () => {
    worker.postMessage({kind: 'abort'} satisfies ToWorker)
    abortTimer = setTimeout(() => void worker.terminate(), ABORT_MS_MAX)
  }
  hooks.signal.addEventListener('abort', abort, {once: true})
  return new Promise<LoadOutcome>((resolve, reject) => {
    worker.on('message', (message: FromWorker) => {
      if (message.kind === 'progress') return hooks.onProgress(message.progress)
      outcome = message.outcome
      void worker.terminate() // everything is closed; nothing may keep the caller waiting
    })
    worker.on('error', reject)
    worker.on('exit', (code) => {
      if (outcome !== undefined) resolve(outcome)
      else if (hooks.signal.aborted) resolve(emptyOutcome('interrupted', startedAt))
      else reject(new Error(`The load worker ended with code ${code} and no outcome.`))
    })
  }).finally(() => {
    clearTimeout(abortTimer)
    hooks.signal.removeEventListener('abort', abort)
  })
}
