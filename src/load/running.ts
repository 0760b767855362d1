import type {Generator, GeneratorParts} from './generator.ts'
import type {MeasuredWindow, Window} from './measured-window.ts'
import type {Receiver} from './receiver.ts'
import type {PhasedSchedule} from './schedule/phased.ts'

/** What exists while a sample is under way. */
export interface Running extends GeneratorParts {
  readonly receiver: Receiver
  readonly generator: Generator
  /** Of the warm-up, and of the schedule. */
  readonly startNs: number
  readonly window: MeasuredWindow
  readonly schedule: PhasedSchedule | undefined
  /** Where each stream of the run sends, those of other workers too. */
  readonly partitions: readonly number[]
  readonly maySpin: boolean
}

/** Fixes the measured window, a little ahead of its start, for all who look at it. */
export function openWindow(
  {schedule, window, recorder, generator}: Pick<Running, 'schedule' | 'window' | 'recorder' | 'generator'>,
  ends: Window,
): void {
  schedule?.openWindow(ends)
  window.open(ends)
  recorder.windowOpened()
  generator.windowOpened()
}
