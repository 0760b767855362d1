import type {ProgressEvent} from '../model/run-event.ts'
import {renderLiveLine, renderLiveView} from '../render/live-view.ts'
import {plainStyle, type Style} from '../render/style.ts'
import {LiveHistory} from './live-history.ts'
import {isRichTerminal, type OutputStream, styleFor} from './terminal.ts'

/** What a person sees while a command works; it never mixes with results, which go to stdout. */
export interface Progress {
  /** The state now. On a terminal it replaces the previous one; elsewhere most are dropped. */
  show(line: string): void
  /** How a sample under way is going; takes the place of `show` while it comes. */
  live(event: ProgressEvent): void
  /** A line that stays, such as a warning. */
  keep(line: string): void
  /** Removes what may be replaced, before anything else is printed. */
  clear(): void
}

/** Outside a terminal a log file must stay short: one line every 10 s says that the command lives. */
const PLAIN_INTERVAL_MS = 10_000
/** After so long without news of the sample, other lines are shown again. */
const LIVE_MS = 1000

/** Progress on `stream` (stderr). `nowMs` is any monotonic clock. */
export function createProgress(
  stream: OutputStream,
  env: Readonly<Record<string, string | undefined>>,
  nowMs: () => number,
): Progress {
  if (isRichTerminal(stream, env)) return new RewritingProgress(stream, styleFor(stream, env), nowMs)
  return new PlainProgress(stream, nowMs)
}

/**
 * Draws a block of lines over itself, in one write, so that nothing flickers. The cursor stays at the
 * block's end and visible: a process that is killed leaves the terminal as it should be.
 */
class RewritingProgress implements Progress {
  readonly #stream: OutputStream
  readonly #style: Style
  readonly #nowMs: () => number
  readonly #history = new LiveHistory()
  #shown: readonly number[] = [] // widths of the lines of the block
  #liveAtMs = Number.NEGATIVE_INFINITY
  #said: string | undefined // the last line that `show` was given

  constructor(stream: OutputStream, style: Style, nowMs: () => number) {
    this.#stream = stream
    this.#style = style
    this.#nowMs = nowMs
  }

  show(line: string): void {
    this.#said = line
    if (this.#nowMs() - this.#liveAtMs < LIVE_MS) return
    const fitted = line.slice(0, this.#columns - 1) // a wrapped line could not be erased
    this.#draw([fitted], [fitted.length])
  }

  live(event: ProgressEvent): void {
    this.#liveAtMs = this.#nowMs()
    const view = this.#history.add(event, this.#said)
    const widths = renderLiveView(view, this.#columns, plainStyle).map((line) => line.length)
    this.#draw(renderLiveView(view, this.#columns, this.#style), widths)
  }

  keep(line: string): void {
    this.clear()
    this.#stream.write(`${line}\n`)
  }

  clear(): void {
    if (this.#shown.length === 0) return
    this.#stream.write(`${this.#toStart()}\u001b[J`)
    this.#shown = []
  }

  #draw(lines: readonly string[], widths: readonly number[]): void {
    const isWrapped = this.#rows() > this.#shown.length // the terminal became narrower meanwhile
    const start = this.#shown.length === 0 ? '\r' : `${this.#toStart()}${isWrapped ? '\u001b[J' : ''}`
    this.#stream.write(`${start}${lines.map((line) => `${line}\u001b[K`).join('\n')}\u001b[J`)
    this.#shown = widths
  }

  #toStart(): string {
    const up = this.#rows() - 1
    return up > 0 ? `\r\u001b[${up}A` : '\r'
  }

  /** Rows of the terminal that the block takes as wide as the terminal is now. */
  #rows(): number {
    return this.#shown.reduce((rows, width) => rows + Math.max(1, Math.ceil(width / this.#columns)), 0)
  }

  get #columns(): number {
    return Math.max(20, this.#stream.columns ?? 80)
  }
}

class PlainProgress implements Progress {
  readonly #stream: OutputStream
  readonly #nowMs: () => number
  readonly #history = new LiveHistory()
  #lastMs = Number.NEGATIVE_INFINITY
  #liveAtMs = Number.NEGATIVE_INFINITY
  #said: string | undefined // the last line that `show` was given

  constructor(stream: OutputStream, nowMs: () => number) {
    this.#stream = stream
    this.#nowMs = nowMs
  }

  show(line: string): void {
    this.#said = line
    if (this.#nowMs() - this.#liveAtMs >= LIVE_MS) this.#print(() => line)
  }

  live(event: ProgressEvent): void {
    this.#liveAtMs = this.#nowMs()
    const view = this.#history.add(event, this.#said)
    this.#print(() => renderLiveLine(view))
  }

  #print(line: () => string): void {
    const now = this.#nowMs()
    if (now - this.#lastMs < PLAIN_INTERVAL_MS) return
    this.#lastMs = now
    this.#stream.write(`${line()}\n`)
  }

  keep(line: string): void {
    this.#stream.write(`${line}\n`)
  }

  clear(): void {}
}
