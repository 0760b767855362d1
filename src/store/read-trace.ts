import {createHash} from 'node:crypto'
import {createReadStream} from 'node:fs'
import {Transform, Writable} from 'node:stream'
import {pipeline} from 'node:stream/promises'
import {CsvError, parse} from 'csv-parse'
import {StreambusError, systemCodeOf} from '../base/errors.ts'
import {columnUnit, isInstant, parseInstant, type TraceUnit} from './trace-instant.ts'

/** Half a gigabyte of instants. */
const ARRIVALS_MAX = 2 ** 26
/** 104 days: beyond, a double does not hold every nanosecond. */
const DURATION_NS_MAX = 2n ** 53n
const CHUNK = 65_536

export interface TraceOptions {
  /** Absent: the first. Needs a header. */
  readonly column?: string | undefined
  /** Of plain numbers. Absent: as the column's name ends (`at_ns`, `time-ms`, `sentUs`), else seconds. */
  readonly unit?: TraceUnit | undefined
}

/** A recorded sequence of arrivals. */
export interface Trace {
  /** Since the first one, ascending; over shared memory, so that every worker reads the same. */
  readonly instantsNs: Float64Array
  readonly sha256: string // of the file, hex
  readonly arrivals: number
  readonly durationNs: number // from the first to the last
  readonly meanPerSec: number // arrivals over that duration; 0 for a single arrival
}

/**
 * Reads a CSV file of times, one arrival a line: numbers in a unit, or ISO 8601 instants with up to 9
 * decimals (without a zone: UTC). Lines that begin with `#` are comments. What cannot be an ascending
 * sequence of times is refused with its line: SB_INPUT_INVALID. SB_INPUT_NOT_FOUND, SB_INPUT_EMPTY.
 */
export async function readTrace(path: string, options: TraceOptions = {}): Promise<Trace> {
  const hash = createHash('sha256')
  const tap = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk)
      done(null, chunk)
    },
  })
  const parser = parse({bom: true, trim: true, comment: '#', comment_no_infix: true, info: true, ...LENIENT})
  const reading = new TraceReading(path, options)
  try {
    await pipeline(createReadStream(path), tap, parser, sinkOf(reading))
  } catch (error) {
    throw readFailure(path, error)
  }
  return reading.finish(hash.digest('hex'))
}

/** A stream and not a loop over one: a promise a line would take longer than the line. */
function sinkOf(reading: TraceReading): Writable {
  return new Writable({
    objectMode: true,
    write({record, info}: CsvRow, _encoding, done) {
      try {
        reading.take(record, info.lines)
        done()
      } catch (error) {
        done(error as Error)
      }
    },
  })
}

const LENIENT = {relax_column_count: true, skip_empty_lines: true} as const

interface CsvRow {
  readonly record: readonly string[]
  readonly info: {readonly lines: number}
}

class TraceReading {
  readonly #path: string
  readonly #column: string | undefined
  #unit: TraceUnit | undefined
  #at = 0 // of the column
  #isBegun = false
  #firstNs = 0n
  #lastNs = 0n
  #arrivals = 0
  readonly #chunks: Float64Array[] = []

  constructor(path: string, {column, unit}: TraceOptions) {
    this.#path = path
    this.#column = column
    this.#unit = unit
  }

  take(record: readonly string[], line: number): void {
    if (!this.#isBegun) {
      this.#isBegun = true
      if (this.#takeHeader(record, line)) return
    }
    const text = record[this.#at] ?? ''
    const instantNs = parseInstant(text, this.#unit ?? 's')
    if (instantNs === undefined) throw this.#invalid(line, `${JSON.stringify(text)} is no time`)
    if (this.#arrivals === 0) this.#firstNs = instantNs
    else if (instantNs < this.#lastNs) throw this.#invalid(line, `${text} is earlier than the time before it`)
    if (instantNs - this.#firstNs > DURATION_NS_MAX) {
      throw this.#invalid(line, `${text} is more than 104 days after the first time (unit: ${this.#unit ?? 's'})`)
    }
    if (this.#arrivals === ARRIVALS_MAX) throw this.#invalid(line, `a trace has at most ${ARRIVALS_MAX} arrivals`)
    this.#lastNs = instantNs
    if (this.#arrivals % CHUNK === 0) this.#chunks.push(new Float64Array(CHUNK))
    this.#chunks.at(-1)![this.#arrivals % CHUNK] = Number(instantNs - this.#firstNs)
    this.#arrivals += 1
  }

  /** Whether the first line names columns: it does when it has no time where one should be. */
  #takeHeader(record: readonly string[], line: number): boolean {
    const named = this.#column === undefined ? 0 : record.indexOf(this.#column)
    if (named < 0) {
      const hint = `The first line has: ${record.join(', ')}`
      throw this.#invalid(line, `there is no column ${JSON.stringify(this.#column)}`, hint)
    }
    this.#at = named
    const name = record[named] ?? ''
    if (this.#column === undefined && isInstant(name)) return false
    this.#unit ??= columnUnit(name)
    return true
  }

  #invalid(line: number, problem: string, hint?: string): StreambusError {
    return new StreambusError('SB_INPUT_INVALID', `${this.#path}:${line}: ${problem}.`, {
      hint:
        hint ??
        'A trace is a CSV of ascending times: seconds, a column that ends in _ns, _us, _ms or _s, or ISO instants.',
    })
  }

  finish(sha256: string): Trace {
    const arrivals = this.#arrivals
    if (arrivals === 0) throw new StreambusError('SB_INPUT_EMPTY', `${this.#path} holds no arrivals.`)
    const instantsNs = new Float64Array(new SharedArrayBuffer(arrivals * Float64Array.BYTES_PER_ELEMENT))
    this.#chunks.forEach((chunk, index) => {
      instantsNs.set(chunk.subarray(0, Math.min(CHUNK, arrivals - index * CHUNK)), index * CHUNK)
    })
    const durationNs = instantsNs[arrivals - 1]!
    return {instantsNs, sha256, arrivals, durationNs, meanPerSec: durationNs > 0 ? (arrivals * 1e9) / durationNs : 0}
  }
}

function readFailure(path: string, error: unknown): unknown {
  if (error instanceof StreambusError) return error
  if (error instanceof CsvError) {
    return new StreambusError('SB_INPUT_INVALID', `${path}: ${error.message}.`, {cause: error}) // which tells the line
  }
  const code = systemCodeOf(error)
  if (code === 'ENOENT') return new StreambusError('SB_INPUT_NOT_FOUND', `There is no file ${path}.`, {cause: error})
  if (code !== undefined)
    return new StreambusError('SB_INPUT_INVALID', `${path} cannot be read: ${code}.`, {cause: error})
  return error
}
