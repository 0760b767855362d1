import {isRichTerminal, type OutputStream} from './terminal.ts'

/** What a person sees while a command works; it never mixes with results, which go to stdout. */
export interface Progress {
  /** The state now. On a terminal it replaces the previous one; elsewhere most are dropped. */
  show(line: string): void
  /** A line that stays, such as a warning. */
  keep(line: string): void
  /** Removes the line that may be replaced, before anything else is printed. */
  clear(): void
}

/** Outside a terminal a log file must stay short: one line every 10 s says that the command lives. */
const PLAIN_INTERVAL_MS = 10_000
const ERASE_LINE = '\r\u001b[2K'

/** Progress on `stream` (stderr). `nowMs` is any monotonic clock. */
export function createProgress(
  stream: OutputStream,
  env: Readonly<Record<string, string | undefined>>,
  nowMs: () => number,
): Progress {
  return isRichTerminal(stream, env) ? rewritingProgress(stream) : plainProgress(stream, nowMs)
}

function rewritingProgress(stream: OutputStream): Progress {
  let shown = false
  const clear = () => {
    if (shown) stream.write(ERASE_LINE)
    shown = false
  }
  return {
    clear,
    show(line) {
      const columns = stream.columns ?? 80
      stream.write(`${ERASE_LINE}${line.slice(0, columns - 1)}`) // a wrapped line could not be erased
      shown = true
    },
    keep(line) {
      clear()
      stream.write(`${line}\n`)
    },
  }
}

function plainProgress(stream: OutputStream, nowMs: () => number): Progress {
  let lastMs = Number.NEGATIVE_INFINITY
  return {
    clear() {},
    show(line) {
      const now = nowMs()
      if (now - lastMs < PLAIN_INTERVAL_MS) return
      lastMs = now
      stream.write(`${line}\n`)
    },
    keep(line) {
      stream.write(`${line}\n`)
    },
  }
}
