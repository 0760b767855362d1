import {readI64, readU32} from '../../protocol/bytes.ts'
import {RESPONSE_HEADER_BYTES, STATUS_AT, Status} from '../../protocol/constants.ts'
import {FETCH_RECORDS_AT} from '../../protocol/responses.ts'
import type {WireRequest, WireResponse} from './wire-request.ts'

const OFFSET_BYTES = 8

/** Who sends the fetches of partitions and takes their answers. */
export interface FetchOwner {
  /** The answer to a request that is not stale. */
  answered(request: FetchRequest, response: WireResponse): void
  /** The answer to `request` has begun to arrive, and says that `offset` comes behind it. */
  foresees(request: FetchRequest, offset: number): void
}

/** Where the reading of one partition stands. */
export class PartitionFetch {
  readonly partition: number
  position: number
  /** Sent and not answered yet. */
  underWay: FetchRequest | undefined
  /** Sent behind that one, for what its answer will probably end at. */
  ahead: FetchRequest | undefined
  /** The last answer's offsets followed each other, one a record: the next one will probably end where its head says. */
  isForeseeable = false
  reads = 0 // calls of `readFrom`
  emptyAnswers = 0
  unexplainedEmpty = 0
  /** When the first answer with too little came; NaN: the last one had enough. */
  shortSinceNs = Number.NaN
  timer: NodeJS.Timeout | undefined

  constructor(partition: number, position: number) {
    this.partition = partition
    this.position = position
  }

  /** What is under way will not be taken. */
  forget(): void {
    if (this.underWay !== undefined) this.underWay.isStale = true
    if (this.ahead !== undefined) this.ahead.isStale = true
    this.underWay = undefined
    this.ahead = undefined
  }
}

/** One request for messages of a partition from `offset` on. */
export class FetchRequest implements WireRequest {
  readonly id: number
  readonly fetch: PartitionFetch
  readonly offset: number
  readonly sentNs: number
  isStale = false
  readonly #owner: FetchOwner

  constructor(owner: FetchOwner, id: number, fetch: PartitionFetch, offset: number, sentNs: number) {
    this.#owner = owner
    this.id = id
    this.fetch = fetch
    this.offset = offset
    this.sentNs = sentNs
  }

  sent(): void {}

  /** The next request is sent while the rest arrives, so that the broker works meanwhile. */
  begun(bytes: Buffer, start: number, end: number): void {
    const {fetch} = this
    if (this.isStale || fetch.ahead !== undefined || !fetch.isForeseeable) return
    const recordsAt = start + FETCH_RECORDS_AT
    if (end - recordsAt < OFFSET_BYTES || bytes[start + STATUS_AT] !== Status.ok) return
    const count = readU32(bytes, recordsAt - 4)
    const next = readI64(bytes, recordsAt) + count
    const isMoreThere = next < readI64(bytes, start + RESPONSE_HEADER_BYTES)
    if (count > 0 && isMoreThere) this.#owner.foresees(this, next)
  }

  answered(response: WireResponse): void {
    if (!this.isStale) this.#owner.answered(this, response)
  }

  /** The connection tells its owner of the loss. */
  failed(): void {}
}
