import type {Readable} from 'node:stream'

const LINES_KEPT = 20
const LINE_CHARS_MAX = 2000

/** Keeps the last 20 lines of what a process wrote to stderr, for the message when it dies. */
export class LastLines {
  readonly #lines: string[] = []
  #rest = ''

  constructor(stream: Readable) {
    stream.setEncoding('utf8')
    stream.on('data', (text: string) => this.#add(text))
    stream.on('error', () => {}) // the process is gone; its exit says so
  }

  #add(text: string): void {
    const lines = (this.#rest + text).split('\n')
    this.#rest = (lines.pop() ?? '').slice(-LINE_CHARS_MAX)
    for (const line of lines) this.#lines.push(line.slice(0, LINE_CHARS_MAX))
    this.#lines.splice(0, this.#lines.length - LINES_KEPT)
  }

  get lines(): readonly string[] {
    return this.#rest === '' ? [...this.#lines] : [...this.#lines, this.#rest].slice(-LINES_KEPT)
  }
}
