import {ExitCode, StreambusError} from '../base/errors.ts'

/** What interruption needs of the process, so that a test can hand in its own. */
export interface SignalSource {
  on(event: NodeJS.Signals, listener: (signal: NodeJS.Signals) => void): unknown
  off(event: NodeJS.Signals, listener: (signal: NodeJS.Signals) => void): unknown
  exit(code: number): void
}

export interface Interruption {
  readonly signal: AbortSignal
  dispose(): void
}

const signals: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP']

/**
 * The first signal aborts, so that a use case can save what it measured; the second ends the
 * process at once, because a person who presses Ctrl-C twice means it. `doing` says what the time is for.
 */
export function watchInterruption(
  source: SignalSource,
  notify: (line: string) => void,
  doing = 'keeping what was measured',
): Interruption {
  const controller = new AbortController()
  const onSignal = (name: NodeJS.Signals) => {
    if (controller.signal.aborted) return source.exit(ExitCode.interrupted)
    notify(`Stopping after ${name}, ${doing}. Once more to stop at once.`)
    controller.abort(new StreambusError('SB_INTERRUPTED', `Stopped by ${name}`))
  }
  for (const name of signals) source.on(name, onSignal)
  return {
    signal: controller.signal,
    dispose() {
      for (const name of signals) source.off(name, onSignal)
    },
  }
}
