import type {CrewPlace, CrewWord, CrewWords} from './crew.ts'
import type {LoadProgress, LoadRequest} from './load-outcome.ts'
import type {WorkerReport} from './worker-report.ts'

/** What a worker is started with. The clock's origin is shared, so that instants of all threads compare. */
export interface WorkerStart {
  readonly request: LoadRequest
  readonly clockOrigin: bigint
  readonly place: CrewPlace
}

export type ToWorker = {readonly kind: 'abort'} | {readonly kind: 'words'; readonly words: CrewWords}

export type FromWorker =
  | {readonly kind: 'progress'; readonly progress: LoadProgress}
  | {readonly kind: 'word'; readonly word: CrewWord}
  | {readonly kind: 'halt'}
  | {readonly kind: 'report'; readonly report: WorkerReport}
