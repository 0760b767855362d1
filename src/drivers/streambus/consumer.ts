import {StreambusError} from '../../base/errors.ts'
import {readI64, readU32} from '../../protocol/bytes.ts'
import {RESPONSE_HEADER_BYTES} from '../../protocol/constants.ts'
import {isMalformed} from '../../protocol/decoded.ts'
import {fetchedTailAt, type PackedNote} from '../../protocol/extension.ts'
import {ValueLocations} from '../../protocol/records.ts'
import {encodeFetch, encodeGetOffset} from '../../protocol/requests.ts'
import {decodeOffsetsResponse, FETCH_RECORDS_AT} from '../../protocol/responses.ts'
import type {Consumer, ConsumerOptions, IncomingBatch} from '../driver.ts'
import type {Fetching} from './client-options.ts'
import type {Connection} from './connection.ts'
import {type LocatedRun, unpackRuns, unpackValues} from './packed-records.ts'
import {type FetchOwner, FetchRequest, PartitionFetch} from './partition-fetch.ts'
import {recordRuns} from './record-runs.ts'
import {refusalOf} from './refusal.ts'
import type {WireResponse} from './wire-request.ts'

const FETCH_BYTES_MIN = 1 << 12
/** The wait after an empty answer doubles after so many of them, from 1 to 100 ms or to the longest asked for. */
const EMPTY_ANSWERS_A_STEP = 8
const WAIT_MS_MAX = 100
/** Empty answers although the log says it goes on, after which its start is looked at. */
const EMPTY_ANSWERS_BEFORE_START = 3

/**
 * Reads partitions over one connection, a fetch under way for each. Where only one is, the next is asked for as soon as the
 * head of its answer tells where that one will begin.
 */
export class StreambusConsumer implements Consumer, FetchOwner {
  readonly #connection: Connection
  readonly #options: ConsumerOptions
  readonly #release: () => void
  readonly #onBroken: (error: StreambusError) => void
  readonly #fetches: readonly PartitionFetch[]
  readonly #located = new ValueLocations()
  readonly #fetching: Fetching
  readonly #nowNs: () => number
  #bytesMax: number
  #isIdle: boolean
  #isClosed = false

  /** `onBroken` is told of an answer that cannot be true; `release` ends the connection. */
  constructor(
    connection: Connection,
    options: ConsumerOptions,
    fetching: Fetching,
    nowNs: () => number,
    release: () => void,
    onBroken: (error: StreambusError) => void,
  ) {
    this.#connection = connection
    this.#fetching = fetching
    this.#nowNs = nowNs
    this.#bytesMax = fetching.bytesMax
    this.#options = options
    this.#release = release
    this.#onBroken = onBroken
    this.#isIdle = options.isIdle ?? false
    this.#fetches = options.partitions.map((partition) => new PartitionFetch(partition, options.startOffset))
  }

  positionOf(partition: number): number {
    return this.#fetches.find((fetch) => fetch.partition === partition)?.position ?? 0
  }

  readFrom(offset: number): void {
    this.#isIdle = false
    this.pause()
    for (const fetch of this.#fetches) {
      fetch.position = offset
      fetch.emptyAnswers = 0
      fetch.unexplainedEmpty = 0
      fetch.shortSinceNs = Number.NaN
      fetch.reads += 1
      fetch.forget()
      this.#fetch(fetch)
    }
  }

  /**
   * Before `resume` after a reconnect: a log that was cut below a position goes on at its end. That
   * the connection ended was no answer that had grown too large.
   */
  async checkEnds(): Promise<void> {
    this.#bytesMax = this.#fetching.bytesMax
    for (const fetch of this.#fetches) {
      if (fetch.position > 0) fetch.position = Math.min(fetch.position, (await this.#offsetsOf(fetch)).end)
    }
  }

  /** Begins, or goes on after a reconnect from where it stopped. */
  resume(): void {
    this.pause()
    if (this.#isIdle) return
    for (const fetch of this.#fetches) {
      fetch.forget()
      this.#fetch(fetch)
    }
  }

  /**
   * A Go broker ends the connection when small records push an answer over its largest frame. Asks
   * for half as much; false when that was not tried often enough to be worth another connection.
   */
  askForLess(): boolean {
    this.pause()
    this.#bytesMax = Math.floor(this.#bytesMax / 2)
    return this.#bytesMax >= FETCH_BYTES_MIN && !this.#isClosed
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.stop()
    this.#release()
  }

  stop(): void {
    this.#isClosed = true
    this.pause()
  }

  /** Forgets the fetches that were to come later: `resume` sends each at once, and one too many is distrusted. */
  pause(): void {
    for (const fetch of this.#fetches) clearTimeout(fetch.timer)
  }

  /** Asks for what comes at the position, unless that was foreseen. */
  #fetch(fetch: PartitionFetch): void {
    if (this.#isClosed) return
    const {ahead, position} = fetch
    if (ahead !== undefined && ahead.offset !== position) ahead.isStale = true
    fetch.underWay = ahead?.offset === position ? ahead : this.#send(fetch, position)
    fetch.ahead = undefined
  }

  #send(fetch: PartitionFetch, offset: number): FetchRequest {
    const {tail, isLongPoll} = this.#fetching
    const id = this.#connection.nextId()
    const request = new FetchRequest(this, id, fetch, offset, isLongPoll ? this.#nowNs() : 0)
    const frame = encodeFetch(id, this.#options.topic, fetch.partition, offset, this.#bytesMax, tail)
    this.#connection.send(request, frame, frame.length)
    return request
  }

  foresees({fetch}: FetchRequest, offset: number): void {
    const {isLongPoll, bytesMin} = this.#fetching
    const mayBeShort = !isLongPoll && bytesMin > 1
    if (this.#isClosed || mayBeShort || this.#connection.inFlight > 1) return
    fetch.ahead = this.#send(fetch, offset)
    this.#connection.flush()
  }

  answered(request: FetchRequest, response: WireResponse): void {
    if (this.#isClosed) return
    request.fetch.underWay = undefined
    this.#take(request, response)
  }

  #take({fetch, sentNs}: FetchRequest, response: WireResponse): void {
    const {bytes, start, end} = response
    const recordsAt = start + FETCH_RECORDS_AT
    const count = recordsAt > end ? -1 : readU32(bytes, recordsAt - 4)
    if (!response.isOk) this.#onBroken(refusalOf(response, `read topic ${this.#options.topic}`))
    else if (count === 0) this.#wait(fetch, readI64(bytes, start + RESPONSE_HEADER_BYTES), response.readNs, sentNs)
    else if (count < 0 || !this.#located.locate(bytes, recordsAt, end, count)) this.#onBroken(malformedFetch())
    else if (this.#isShort(fetch, response.readNs)) this.#waitForMore(fetch, response.readNs)
    else this.#deliver(fetch, response)
  }

  /** Where the target does not wait for enough to come, the consumer leaves it there and asks again. */
  #isShort(fetch: PartitionFetch, readNs: number): boolean {
    const {isLongPoll, bytesMin, waitMsMax = 0} = this.#fetching
    if (isLongPoll || bytesMin <= 1) return false
    const {count, lengths, keyLengths} = this.#located
    let sum = 0
    for (let index = 0; index < count && sum < bytesMin; index += 1) sum += lengths[index]! + keyLengths[index]!
    if (sum >= Math.min(bytesMin, this.#bytesMax)) return false
    if (Number.isNaN(fetch.shortSinceNs)) fetch.shortSinceNs = readNs
    return readNs - fetch.shortSinceNs < waitMsMax * 1e6
  }

  #waitForMore(fetch: PartitionFetch, readNs: number): void {
    const {waitMsMax = 0} = this.#fetching
    const leftMs = waitMsMax - (readNs - fetch.shortSinceNs) / 1e6
    fetch.timer = setTimeout(() => this.#fetch(fetch), Math.min(this.#backOffMs(fetch), Math.max(1, leftMs)))
  }

  #deliver(fetch: PartitionFetch, response: WireResponse): void {
    const {bytes, start, end} = response
    const located = this.#located
    const recordsAt = start + FETCH_RECORDS_AT
    const packed = this.#fetching.tail?.unpacks === true ? fetchedTailAt(bytes, located.end, end) : NOTHING_PACKED
    fetch.emptyAnswers = 0
    fetch.unexplainedEmpty = 0
    fetch.shortSinceNs = Number.NaN
    fetch.isForeseeable = packed.length === 0 && located.lastOffset - located.firstOffset === located.count - 1
    if (packed.length > 0) this.#deliverPacked(fetch, response, packed)
    else {
      const runs = recordRuns(bytes, recordsAt, end, located, fetch.position)
      fetch.position = Math.max(fetch.position, located.lastOffset + 1)
      this.#fetchNext(fetch)
      for (const run of runs) this.#give(fetch, response, {...run, bytes, located}, response.view)
    }
  }

  #deliverPacked(fetch: PartitionFetch, response: WireResponse, packed: readonly PackedNote[]): void {
    try {
      const {runs, endOffset} = unpackRuns(response.bytes, this.#located, packed, fetch.position)
      fetch.position = endOffset
      this.#fetchNext(fetch)
      for (const run of runs) this.#give(fetch, response, run, undefined)
    } catch (error) {
      if (!(error instanceof StreambusError)) throw error
      this.#onBroken(error)
    }
  }

  /** The broker works while what came is accounted. */
  #fetchNext(fetch: PartitionFetch): void {
    this.#fetch(fetch)
    this.#connection.flush()
  }

  /** Hands a run over, at most so many messages at once. */
  #give(fetch: PartitionFetch, {readNs}: WireResponse, packed: LocatedRun, known: DataView | undefined): void {
    const {pollMessagesMax, unpacksValues} = this.#fetching
    const run = unpacksValues ? unpackValues(packed) : packed
    const {bytes} = run
    const view = run === packed && known !== undefined ? known : viewOf(bytes)
    for (let {from} = run; from < run.to; from += pollMessagesMax) {
      const to = Math.min(run.to, from + pollMessagesMax)
      this.#options.onBatch(batchOf(fetch.partition, run, from, to, view, readNs))
    }
  }

  /** Nothing there: asks again after a while, and looks for the log's start where it should be. */
  #wait(fetch: PartitionFetch, highWaterMark: number, readNs: number, sentNs: number): void {
    fetch.unexplainedEmpty = highWaterMark > fetch.position ? fetch.unexplainedEmpty + 1 : 0
    const lookForStart = fetch.unexplainedEmpty === EMPTY_ANSWERS_BEFORE_START
    const {isLongPoll, waitMsMax = 0} = this.#fetching
    if (isLongPoll && !lookForStart && readNs - sentNs >= (waitMsMax * 1e6) / 2) {
      this.#fetch(fetch) // the target has waited
      return
    }
    const waitMs = this.#backOffMs(fetch)
    fetch.timer = setTimeout(() => (lookForStart ? this.#skipExpired(fetch) : this.#fetch(fetch)), waitMs)
  }

  #backOffMs(fetch: PartitionFetch): number {
    const step = Math.floor(fetch.emptyAnswers / EMPTY_ANSWERS_A_STEP)
    fetch.emptyAnswers += 1
    return Math.min(Math.max(1, this.#fetching.waitMsMax ?? WAIT_MS_MAX), 2 ** Math.min(step, 18))
  }

  /** Retention may have removed what was to be read next: goes on at the log's first offset. */
  #skipExpired(fetch: PartitionFetch): void {
    fetch.unexplainedEmpty = 0
    const {reads} = fetch
    this.#offsetsOf(fetch).then(
      ({start}) => {
        if (fetch.reads !== reads) return
        fetch.position = Math.max(fetch.position, start)
        this.#fetch(fetch)
      },
      (error: unknown) => {
        // A loss is told by the connection; a refusal means that the topic is gone.
        if (error instanceof StreambusError && error.code !== 'SB_TARGET_LOST') this.#onBroken(error)
      },
    )
  }

  async #offsetsOf(fetch: PartitionFetch): Promise<{readonly start: number; readonly end: number}> {
    const {topic} = this.#options
    const frame = await this.#connection.ask(`tell the offsets of ${topic}/${fetch.partition}`, (id) =>
      encodeGetOffset(id, topic, fetch.partition),
    )
    const offsets = decodeOffsetsResponse(frame)
    if (isMalformed(offsets)) throw malformedFetch()
    return offsets
  }
}

const NOTHING_PACKED: readonly PackedNote[] = []

function viewOf(bytes: Buffer): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
}

function batchOf(
  partition: number,
  run: LocatedRun,
  from: number,
  to: number,
  view: DataView,
  receivedNs: number,
): IncomingBatch {
  const {starts, lengths, keyStarts, keyLengths} = run.located
  const part = (values: Uint32Array) => (from === 0 ? values : values.subarray(from, to))
  return {
    partition,
    bytes: run.bytes,
    view,
    count: to - from,
    valueStart: part(starts),
    valueBytes: part(lengths),
    keyStart: part(keyStarts),
    keyBytes: part(keyLengths),
    baseOffset: run.baseOffset + from - run.from,
    receivedNs,
  }
}

function malformedFetch(): StreambusError {
  return new StreambusError('SB_TARGET_PROTOCOL', 'The target sent an answer whose lengths contradict each other.')
}
