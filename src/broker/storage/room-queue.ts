import type {StallCause, StallStats} from './storage-stats.ts'

/** Something that wants room in the log; returns whether it is done with. */
type Attempt = () => boolean

/** Who waits for room in the log, in order: records of the log itself first, then writers; and how long they did. */
export class RoomQueue {
  readonly stalls: Record<StallCause, {count: number; ns: number}> = {
    memtable: {count: 0, ns: 0},
    slowdown: {count: 0, ns: 0},
    stop: {count: 0, ns: 0},
    segment: {count: 0, ns: 0},
  }
  #wantedBytes = 0
  #controls: Attempt[] = []
  #writers: (() => void)[] = []
  #cause: StallCause | undefined
  #stalledAt = 0

  get isEmpty(): boolean {
    return this.#controls.length === 0 && this.#writers.length === 0
  }

  get hasControls(): boolean {
    return this.#controls.length > 0
  }

  /** Somebody got no room for a payload of `bytes`. */
  refuse(bytes: number, cause: StallCause | undefined): void {
    this.#wantedBytes = Math.max(this.#wantedBytes, bytes)
    if (cause === undefined || cause === this.#cause) return
    this.#endStall()
    this.#cause = cause
    this.#stalledAt = performance.now()
    this.stalls[cause].count += 1
  }

  addControl(attempt: Attempt): void {
    this.#controls.push(attempt)
  }

  addWriter(listener: () => void): void {
    this.#writers.push(listener)
  }

  delayed(ns: number): void {
    this.stalls.slowdown.count += 1
    this.stalls.slowdown.ns += ns
  }

  /** What stalls took, the one that goes on included. */
  stats(): Readonly<Record<StallCause, StallStats>> {
    const {memtable, slowdown, stop, segment} = this.stalls
    const now = {memtable: {...memtable}, slowdown: {...slowdown}, stop: {...stop}, segment: {...segment}}
    if (this.#cause !== undefined) now[this.#cause].ns += this.#stalledNs()
    return now
  }

  /** Lets everyone go on whom `roomFor` has room for. */
  tell(roomFor: (bytes: number) => StallCause | undefined): void {
    while (this.#controls.length > 0) {
      if (!this.#controls[0]!()) return
      this.#controls.shift()
    }
    if (this.#wantedBytes === 0 && this.#writers.length === 0) return
    const cause = roomFor(this.#wantedBytes)
    if (cause === undefined) this.#release()
    else this.refuse(this.#wantedBytes, cause)
  }

  /** The log failed, or is closed: nobody waits any longer. */
  fail(): void {
    for (const attempt of this.#controls.splice(0)) attempt()
    this.#release()
  }

  #release(): void {
    this.#wantedBytes = 0
    this.#endStall()
    for (const listener of this.#writers.splice(0)) listener()
  }

  #endStall(): void {
    if (this.#cause === undefined) return
    this.stalls[this.#cause].ns += this.#stalledNs()
    this.#cause = undefined
  }

  #stalledNs(): number {
    return Math.round((performance.now() - this.#stalledAt) * 1e6)
  }
}
