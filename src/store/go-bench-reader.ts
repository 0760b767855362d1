import type {BenchmarkSink} from '../model/benchmark-record.ts'
import {readGoBenchLine} from './go-bench.ts'
import {ConfigurationState} from './go-bench-configuration.ts'
import {checkLineLength, LF, LineBlocks} from './line-blocks.ts'
import {ResultScanner} from './result-scanner.ts'

/**
 * Reads benchmark text as its bytes come, and keeps nothing of it but names. Result lines written as
 * `go test` writes them are scanned byte by byte; every other line is decoded and read as
 * `readGoBench` does, so that both give the same.
 */
export class GoBenchReader {
  readonly #path: string
  readonly #sink: BenchmarkSink
  readonly #blocks = new LineBlocks((bytes, start, end) => this.#read(bytes, start, end))
  readonly #configuration = new ConfigurationState()
  readonly #scanner = new ResultScanner()
  #line = 0

  /** `path` is what errors name. */
  constructor(path: string, sink: BenchmarkSink) {
    this.#path = path
    this.#sink = sink
  }

  /** The next bytes; they may end anywhere. Throws SB_INPUT_INVALID at a line of 64 KiB or more. */
  push(chunk: Buffer): void {
    this.#blocks.push(chunk)
  }

  /** After the last bytes. */
  end(): void {
    this.#blocks.end()
  }

  #read(bytes: Buffer, start: number, end: number): void {
    let at = start
    while (at < end) {
      const next = this.#scanner.scan(bytes, at)
      at = next < 0 ? this.#readSlowly(bytes, at) : this.#takeResult(at, next)
    }
  }

  #takeResult(start: number, next: number): number {
    checkLineLength(next - start, this.#path, this.#line)
    this.#line += 1
    this.#sink.result(this.#scanner.seriesUnder(this.#configuration.current()), this.#scanner.values)
    return next
  }

  #readSlowly(bytes: Buffer, start: number): number {
    const end = bytes.indexOf(LF, start)
    checkLineLength(end + 1 - start, this.#path, this.#line)
    this.#line += 1
    const content = bytes.toString('utf8', start, end)
    for (const item of readGoBenchLine(content, this.#line, this.#configuration)) this.#sink.item(item)
    return end + 1
  }
}
