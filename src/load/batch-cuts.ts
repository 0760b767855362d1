import type {Schedule} from './schedule/schedule.ts'

/** Arrivals [first, first + count), batch `index` of the run. */
interface Batch {
  index: number
  first: number
}

/**
 * Where an open loop's batches begin and end, from the schedule alone: every worker finds the same ones, and
 * the target moves none. A batch is cut when it is full; with a timeout also so long after its first message
 * was due, and at the start of the measured phase, so that what was cut before nobody knew it changes nothing.
 *
 * Walks forward, a batch at a time: with a timeout there is no other way to know the number of a batch.
 */
export class BatchCuts {
  readonly #schedule: Schedule
  readonly #messages: number
  readonly #timeoutNs: number | undefined
  readonly #at: Batch = {index: 0, first: 0}
  readonly #built: Batch = {index: 0, first: 0} // behind the last one that was built
  readonly #ahead: Batch = {index: 0, first: 0} // of the last look at a later one
  #opensAt = Number.POSITIVE_INFINITY // first arrival of the measured phase
  #count = -1 // of the batch it is at; -1: not known yet
  #dueNs = 0 // likewise

  /** `messages` is the most of a batch. */
  constructor(schedule: Schedule, messages: number, timeoutNs: number | undefined) {
    this.#schedule = schedule
    this.#messages = messages
    this.#timeoutNs = timeoutNs
  }

  get index(): number {
    return this.#at.index
  }

  /** First arrival of the batch it is at. */
  get first(): number {
    return this.#at.first
  }

  get count(): number {
    if (this.#count < 0) this.#cut()
    return this.#count
  }

  /** When the batch leaves: before it nobody knows that nothing more will be in it. */
  get dueNs(): number {
    if (this.#count < 0) this.#cut()
    return this.#dueNs
  }

  /** Passes a batch over, for another worker to build. */
  pass(): void {
    this.#at.first += this.count
    this.#at.index += 1
    this.#count = -1
  }

  /** The batch was built: whatever comes, what was cut up to its end was cut right. */
  build(): void {
    this.pass()
    Object.assign(this.#built, this.#at)
  }

  /** Behind the last arrival that was built. */
  get builtEnd(): number {
    return this.#built.first
  }

  /**
   * The measured phase begins at arrival `opensAt`: what was passed over may have been cut by another schedule.
   * Where that arrival was built already, goes back to it.
   */
  reopen(opensAt: number): void {
    this.#count = -1
    if (this.#timeoutNs === undefined) {
      const index = Math.floor(opensAt / this.#messages)
      if (this.#at.first > (index + 1) * this.#messages) this.#goTo({index, first: index * this.#messages})
      return
    }
    this.#opensAt = opensAt
    const isInTime = this.builtEnd <= opensAt
    this.#goTo(isInTime ? this.#built : {index: 0, first: 0})
    while (!isInTime && this.#at.first < opensAt) this.pass()
    if (!isInTime) Object.assign(this.#built, this.#at)
    this.#ahead.first = Number.POSITIVE_INFINITY
  }

  #goTo(batch: Batch): void {
    Object.assign(this.#at, batch)
    Object.assign(this.#built, batch)
  }

  /** Number of the batch that holds an arrival, which is none before the batch it is at. */
  indexOf(arrival: number): number {
    if (this.#timeoutNs === undefined) return Math.floor(arrival / this.#messages)
    this.#lookAt(arrival)
    return this.#ahead.index
  }

  /** Where that batch ends. */
  endOf(arrival: number): number {
    if (this.#timeoutNs === undefined) return (Math.floor(arrival / this.#messages) + 1) * this.#messages
    this.#lookAt(arrival)
    return this.#ahead.first + this.#countFrom(this.#ahead.first)
  }

  #lookAt(arrival: number): void {
    const ahead = this.#ahead
    if (arrival < ahead.first || ahead.first < this.#at.first) Object.assign(ahead, this.#at)
    for (let count = this.#countFrom(ahead.first); arrival >= ahead.first + count && count > 0; ) {
      ahead.first += count
      ahead.index += 1
      count = this.#countFrom(ahead.first)
    }
  }

  #cut(): void {
    const {first} = this.#at
    this.#count = this.#countFrom(first)
    const last = first + this.#count - 1
    const isFull = this.#timeoutNs === undefined || this.#count === this.#messages || this.#endsAt(last + 1)
    const {intendedNs} = this.#schedule
    this.#dueNs =
      isFull || this.#timeoutNs === undefined
        ? intendedNs.call(this.#schedule, last)
        : intendedNs.call(this.#schedule, first) + this.#timeoutNs
  }

  /** Nothing can join a batch behind the last arrival, nor one that ends where the measured phase begins. */
  #endsAt(arrival: number): boolean {
    return arrival >= this.#schedule.total || arrival === this.#opensAt
  }

  /** Messages of a batch that begins at `first`. */
  #countFrom(first: number): number {
    const schedule = this.#schedule
    const end = Math.min(
      first + this.#messages,
      schedule.total,
      first < this.#opensAt ? this.#opensAt : Number.POSITIVE_INFINITY,
    )
    if (this.#timeoutNs === undefined || end <= first) return Math.max(0, end - first)
    const closesNs = schedule.intendedNs(first) + this.#timeoutNs
    if (schedule.intendedNs(end - 1) <= closesNs) return end - first
    return Math.max(1, Math.min(end, schedule.countBefore(closesNs + 1)) - first)
  }
}
