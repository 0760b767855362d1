import type {Generator, GeneratorParts} from './generator.ts'
import type {Schedule} from './pacing.ts'
import type {Receiver} from './receiver.ts'
import type {Window} from './recorder.ts'

/** What exists while a sample is under way. */
export interface Running extends GeneratorParts {
  readonly receiver: Receiver
  readonly generator: Generator
  /** Of the warm-up, and of the schedule. */
  readonly startNs: number
  readonly window: Window
  readonly schedule: Schedule | undefined
}
