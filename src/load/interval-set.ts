/**
 * A set of integers as sorted, disjoint, half-open intervals. What arrives in order costs two
 * numbers however long it gets, so 10^9 messages take flat memory and only gaps take more.
 */
export class IntervalSet {
  readonly #starts: number[] = []
  readonly #ends: number[] = []
  /** How many integers are in the set. */
  size = 0

  get intervals(): readonly (readonly [from: number, to: number])[] {
    return this.#starts.map((start, index) => [start, this.#ends[index]!])
  }

  /** Its intervals one after the other, each as from and to: what crosses a thread boundary. */
  toArray(): Float64Array {
    return Float64Array.from(this.intervals.flat())
  }

  /** Adds what another set's `toArray` gave. */
  addAll(intervals: Float64Array): void {
    for (let at = 0; at < intervals.length; at += 2) this.add(intervals[at]!, intervals[at + 1]!)
  }

  has(value: number): boolean {
    const index = this.#lastStartingAtOrBefore(value)
    return index >= 0 && value < this.#ends[index]!
  }

  /** Adds [from, to); gives how many of them were new. */
  add(from: number, to: number): number {
    const last = this.#ends.length - 1
    if (last >= 0 && from === this.#ends[last]!) {
      this.#ends[last] = to
      this.size += to - from
      return to - from
    }
    return this.#insert(from, to)
  }

  #insert(from: number, to: number): number {
    if (to <= from) return 0
    let first = this.#lastStartingAtOrBefore(from)
    if (first < 0 || this.#ends[first]! < from) first += 1
    let behind = first
    let start = from
    let end = to
    let covered = 0
    while (behind < this.#starts.length && this.#starts[behind]! <= to) {
      start = Math.min(start, this.#starts[behind]!)
      end = Math.max(end, this.#ends[behind]!)
      covered += this.#ends[behind]! - this.#starts[behind]!
      behind += 1
    }
    this.#starts.splice(first, behind - first, start)
    this.#ends.splice(first, behind - first, end)
    const added = end - start - covered
    this.size += added
    return added
  }

  /** Members within [from, to). */
  countWithin(from: number, to: number): number {
    let count = 0
    for (let index = Math.max(0, this.#lastStartingAtOrBefore(from)); index < this.#starts.length; index += 1) {
      if (this.#starts[index]! >= to) break
      count += Math.max(0, Math.min(this.#ends[index]!, to) - Math.max(this.#starts[index]!, from))
    }
    return count
  }

  /** Members of this set that are not in `other`. */
  minus(other: IntervalSet): IntervalSet {
    const rest = new IntervalSet()
    const cuts = other.intervals
    let next = 0
    for (const [from, to] of this.intervals) {
      let at = from
      while (next < cuts.length && cuts[next]![1] <= at) next += 1
      for (let cut = next; cut < cuts.length && cuts[cut]![0] < to; cut += 1) {
        if (cuts[cut]![0] > at) rest.add(at, cuts[cut]![0])
        at = Math.max(at, cuts[cut]![1])
      }
      if (at < to) rest.add(at, to)
    }
    return rest
  }

  /** Index of the last interval that starts at or before `value`, -1 if none. */
  #lastStartingAtOrBefore(value: number): number {
    let low = 0
    let high = this.#starts.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#starts[middle]! <= value) low = middle + 1
      else high = middle
    }
    return low - 1
  }
}
