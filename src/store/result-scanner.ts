import type {BenchmarkSeries} from '../model/benchmark-record.ts'
import {scanDigits, scanNumber} from './scan-number.ts'
import {type Word, WordTree} from './word-tree.ts'

const PREFIX = Buffer.from('Benchmark')
const TAB = 0x09
const LF = 0x0a
const CR = 0x0d
const SPACE = 0x20
const UNITS_MAX = 64

/**
 * Scans result lines in ASCII with blanks or tabs between their fields, a count of up to 15 digits,
 * and `value unit` pairs to the end of the line. Names and units are recognised by their bytes, so
 * that no text is made for what was seen before.
 */
export class ResultScanner {
  /** Of the line that was scanned last, in the order of its series' units. */
  readonly values = new Float64Array(UNITS_MAX)
  readonly #words = new WordTree()
  readonly #series = new Map<ReadonlyMap<string, string>, Map<Word, BenchmarkSeries>>()
  #last = this.#words.root // the last unit of that line: the way to it is the name and all units

  /** Where the next line starts; -1 when this one is not such a line. `bytes` must hold its line feed. */
  scan(bytes: Buffer, start: number): number {
    for (let i = 0; i < PREFIX.length; i += 1) if (bytes[start + i] !== PREFIX[i]) return -1
    const nameStart = start + PREFIX.length
    const name = this.#words.find(this.#words.root, bytes, nameStart)
    const countStart = skipBlanks(bytes, nameStart + name.length)
    if (countStart < 0) return -1
    const countEnd = scanDigits(bytes, countStart)
    const at = countEnd < 0 ? -1 : skipBlanks(bytes, countEnd)
    return at < 0 ? -1 : this.#scanPairs(bytes, at, name)
  }

  /** The series of the line that was scanned last. */
  seriesUnder(configuration: ReadonlyMap<string, string>): BenchmarkSeries {
    let ofConfiguration = this.#series.get(configuration)
    if (ofConfiguration === undefined) {
      ofConfiguration = new Map()
      this.#series.set(configuration, ofConfiguration)
    }
    let series = ofConfiguration.get(this.#last)
    if (series === undefined) {
      series = makeSeries(this.#last, configuration)
      ofConfiguration.set(this.#last, series)
    }
    return series
  }

  #scanPairs(bytes: Buffer, start: number, name: Word): number {
    let at = start
    let word = name
    for (let index = 0; index < UNITS_MAX; index += 1) {
      const numberEnd = scanNumber(bytes, at, this.values, index)
      const unitStart = numberEnd < 0 ? -1 : skipBlanks(bytes, numberEnd)
      if (unitStart < 0) return -1
      word = this.#words.find(word, bytes, unitStart)
      if (word.length === 0) return -1
      at = skipBlanks(bytes, unitStart + word.length, true)
      if (at < 0) return -1
      const next = lineEnd(bytes, at)
      if (next < 0) continue
      this.#last = word
      return next
    }
    return -1
  }
}

/** Where what follows the blanks starts; -1 where there is none, unless a line may end there. */
function skipBlanks(bytes: Buffer, start: number, mayEnd = false): number {
  let at = start
  while (bytes[at] === SPACE || bytes[at] === TAB) at += 1
  return at > start || (mayEnd && lineEnd(bytes, at) >= 0) ? at : -1
}

/** The start of the next line if this one ends at `at`, else -1. */
function lineEnd(bytes: Buffer, at: number): number {
  if (bytes[at] === LF) return at + 1
  return bytes[at] === CR && bytes[at + 1] === LF ? at + 2 : -1
}

function makeSeries(last: Word, configuration: ReadonlyMap<string, string>): BenchmarkSeries {
  const units: string[] = []
  let word = last
  for (; word.parent?.parent !== undefined; word = word.parent) units.unshift(word.text)
  return {name: word.text, units, configuration}
}
