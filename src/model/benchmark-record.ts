/** One result line of the Go benchmark format, or one sample of a results file. */
export interface BenchmarkRecord {
  /** A Go benchmark's name without the word Benchmark: `ProduceThroughput/size=1024/batch=100-2`. */
  readonly name: string
  readonly iterations: number // of the loop that was timed; not used in statistics
  readonly measurements: readonly Measurement[]
  /** Configuration keys in force, in the order of their first appearance in the file. */
  readonly configuration: ReadonlyMap<string, string>
}

/** As written in the source: `ns/op`, `MB/s`; normalised only by `compare`. */
export interface Measurement {
  readonly value: number
  readonly unit: string
}

/** A `Unit` line's item: `better=higher`, `assume=exact`. It holds for the whole input. */
export interface UnitFact {
  readonly unit: string // as written
  readonly key: string
  readonly value: string
}

/** What one line of a benchmark text turned out to be; lines that are nothing of it yield nothing. */
export type BenchmarkItem =
  | {readonly kind: 'record'; readonly record: BenchmarkRecord; readonly line: number}
  | {readonly kind: 'unit'; readonly fact: UnitFact; readonly line: number}
  | {readonly kind: 'problem'; readonly message: string; readonly line: number} // the line was dropped

/**
 * All result lines of one name that have the same units in the same order under the same
 * configuration. A reader hands out the same object for such lines as far as it can, so that what
 * depends on nothing else is worked out once.
 */
export interface BenchmarkSeries {
  readonly name: string
  readonly units: readonly string[] // as written; a line may repeat one
  readonly configuration: ReadonlyMap<string, string>
}

/** Takes what a benchmark text holds, in the order of its lines. */
export interface BenchmarkSink {
  /** A result line; the first `series.units.length` of `values` are its own, and are overwritten by the next line. */
  result(series: BenchmarkSeries, values: Readonly<Float64Array>): void
  /** Anything else, and a result line that is not written as usual. */
  item(item: BenchmarkItem): void
}
