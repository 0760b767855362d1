import type {LoadOutcome, LoadProgress, LoadRequest} from './load-outcome.ts'

/** What the worker is started with. The clock's origin is shared, so that instants of both threads compare. */
export interface WorkerStart {
  readonly request: LoadRequest
  readonly clockOrigin: bigint
}

export type ToWorker = {readonly kind: 'abort'}

export type FromWorker =
  | {readonly kind: 'progress'; readonly progress: LoadProgress}
  | {readonly kind: 'outcome'; readonly outcome: LoadOutcome}
