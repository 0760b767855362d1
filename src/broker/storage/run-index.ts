const pageRuns = 4096
const runBytesMax = 65_536

/**
 * Where the batches of one partition lie that are in memory: a column entry of 20 bytes for each run of batches that
 * are adjacent in the log (64 KiB at most, unless one batch is larger), so that a busy partition
 * costs 20 bytes a 64 KiB and only a scattered one an entry a batch. Ordered by offset and place.
 */
export class RunIndex {
  #pages: Page[] = []
  #skipped = 0 // entries of the first page that were dropped
  #length = 0

  get length(): number {
    return this.#length
  }

  /** Adds a batch at the end. `joinable` false starts a new run even if the batch is adjacent. */
  add(baseOffset: number, segment: number, position: number, bytes: number, joinable: boolean): void {
    const last = this.#pages.at(-1)
    if (joinable && last?.extend(segment, position, bytes)) return
    this.#pageWithRoom(last).push(baseOffset, segment, position, bytes)
    this.#length += 1
  }

  /** The last run that starts at or below `offset`, or the first run; -1 when there is none. */
  find(offset: number): number {
    let lo = 0
    let hi = this.#length - 1
    while (lo < hi) {
      const middle = (lo + hi + 1) >>> 1
      if (this.baseOffsetAt(middle) <= offset) lo = middle
      else hi = middle - 1
    }
    return hi < 0 ? -1 : lo
  }

  baseOffsetAt(run: number): number {
    return this.#pageOf(run).baseOffsets[this.#slotOf(run)]!
  }

  segmentAt(run: number): number {
    return this.#pageOf(run).segments[this.#slotOf(run)]!
  }

  positionAt(run: number): number {
    return this.#pageOf(run).positions[this.#slotOf(run)]! * 8
  }

  bytesAt(run: number): number {
    return this.#pageOf(run).bytes[this.#slotOf(run)]!
  }

  /** How many of the first runs lie before a place in the log. */
  countBefore(segment: number, position: number): number {
    let lo = 0
    let hi = this.#length
    while (lo < hi) {
      const middle = (lo + hi) >>> 1
      const at = this.segmentAt(middle)
      if (at < segment || (at === segment && this.positionAt(middle) < position)) lo = middle + 1
      else hi = middle
    }
    return lo
  }

  /** Forgets every run before a place in the log. */
  dropBefore(segment: number, position: number): void {
    const count = this.countBefore(segment, position)
    this.#length -= count
    this.#skipped += count
    const pages = Math.floor(this.#skipped / pageRuns)
    this.#pages.splice(0, pages)
    this.#skipped -= pages * pageRuns
    if (this.#length === 0) this.clear()
  }

  clear(): void {
    this.#pages = []
    this.#skipped = 0
    this.#length = 0
  }

  #pageOf(run: number): Page {
    return this.#pages[Math.floor((run + this.#skipped) / pageRuns)]!
  }

  #slotOf(run: number): number {
    return (run + this.#skipped) % pageRuns
  }

  #pageWithRoom(last: Page | undefined): Page {
    if (last !== undefined && last.count < pageRuns) return last
    const page = new Page()
    this.#pages.push(page)
    return page
  }
}

/** Up to 4,096 runs in columns that double from 16, so that an idle partition stays small. */
class Page {
  count = 0
  baseOffsets = new Float64Array(16)
  segments = new Uint32Array(16)
  positions = new Uint32Array(16) // in units of 8 bytes
  bytes = new Uint32Array(16)

  push(baseOffset: number, segment: number, position: number, bytes: number): void {
    if (this.count === this.bytes.length) this.#grow()
    this.baseOffsets[this.count] = baseOffset
    this.segments[this.count] = segment
    this.positions[this.count] = position / 8
    this.bytes[this.count] = bytes
    this.count += 1
  }

  extend(segment: number, position: number, bytes: number): boolean {
    const last = this.count - 1
    const held = this.bytes[last]!
    if (this.segments[last] !== segment || held + bytes > runBytesMax) return false
    if (this.positions[last]! * 8 + held !== position) return false
    this.bytes[last] = held + bytes
    return true
  }

  #grow(): void {
    const capacity = this.count * 2
    this.baseOffsets = grown(this.baseOffsets, new Float64Array(capacity))
    this.segments = grown(this.segments, new Uint32Array(capacity))
    this.positions = grown(this.positions, new Uint32Array(capacity))
    this.bytes = grown(this.bytes, new Uint32Array(capacity))
  }
}

function grown<T extends Float64Array | Uint32Array>(from: T, to: T): T {
  to.set(from)
  return to
}
