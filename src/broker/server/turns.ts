/** Who has answers to hand over. */
export interface Flushable {
  flush(): void
}

/** Who used up its share of a turn. */
export interface TurnTaker {
  onTurn(): void
}

/**
 * Turns of the event loop, as far as the server cares: within one, every connection may do a share of
 * work, and what was answered leaves in one write a connection at its end. Those that could not finish go
 * on in the next turn, in the order in which they stopped (round robin), after everybody who was readable.
 */
export class Turns {
  /** Counts turns in which something was done. */
  number = 0
  #isOpen = false
  #flushes: Flushable[] = []
  #next: TurnTaker[] = []

  /** Makes sure that this turn ends. */
  open(): void {
    if (this.#isOpen) return
    this.#isOpen = true
    setImmediate(() => this.#end())
  }

  /** `flush` is called once at the end of this turn. */
  planFlush(writer: Flushable): void {
    this.#flushes.push(writer)
    this.open()
  }

  /** `onTurn` is called once in the next turn. */
  goOnNext(taker: TurnTaker): void {
    this.#next.push(taker)
    this.open()
  }

  #end(): void {
    this.#isOpen = false
    this.number += 1
    const flushes = this.#flushes
    const next = this.#next
    this.#flushes = []
    this.#next = []
    for (const writer of flushes) writer.flush()
    for (const taker of next) taker.onTurn()
  }
}

/** What one connection may do in a turn: about a millisecond of it. At least one request, whatever its size. */
const REQUESTS_MAX = 256
const BYTES_MAX = 1_048_576

/** One connection's share of the turns: requests, and bytes of requests and answers. */
export class TurnShare {
  readonly #turns: Turns
  #turn = -1
  #requests = 0
  #bytes = 0

  constructor(turns: Turns) {
    this.#turns = turns
  }

  get isUsedUp(): boolean {
    if (this.#turn !== this.#turns.number) this.#renew()
    return this.#requests >= REQUESTS_MAX || this.#bytes >= BYTES_MAX
  }

  addRequest(bytes: number): void {
    this.#requests += 1
    this.#bytes += bytes
  }

  addAnswer(bytes: number): void {
    this.#bytes += bytes
  }

  #renew(): void {
    this.#turn = this.#turns.number
    this.#requests = 0
    this.#bytes = 0
    this.#turns.open()
  }
}
