import type {SlotSeen} from './warm-up-search.ts'

/** What workers tell each other, by the stage that they tell it at. */
export interface CrewStages {
  /** The leader has created the topics; the others wait for it. */
  created: true
  /** Everything is connected and laid out: the worker's clock. The run starts a little after the last one. */
  prepared: number
  /** One slot of a warm-up that is searched for its end. */
  slot: SlotSeen & {readonly nowNs: number}
  /** Nothing is left to build and everything is answered: only now is the end of the log known. */
  answered: true
  /** Consumers are closed: a poll would bring back a topic that the leader deletes. */
  closed: true
}

/**
 * The workers of one run. They decide nothing alone and nobody decides for them: at each stage
 * everyone is given what everyone saw, and all draw the same conclusion from it.
 */
export interface Crew {
  readonly index: number // 0 leads: it creates and deletes topics
  readonly size: number
  /** Turns its loop until a message is due; else it sleeps, and is up to 1 ms late: not every core is the generator's. */
  readonly maySpin: boolean
  /**
   * Gives what every worker said at this stage, in the order of the workers, once all have. It does
   * not resolve when one of them stops before; all are stopped then.
   */
  gather<S extends keyof CrewStages>(stage: S, said: CrewStages[S]): Promise<readonly CrewStages[S][]>
  /** This worker ends early, and so must the others: a run without one of them is not what was asked for. */
  halt(): void
}

/** A run on one thread: whoever is alone has been heard by everybody. */
export const alone: Crew = {index: 0, size: 1, maySpin: true, gather: async (_, said) => [said], halt() {}}

/** Somebody's word at a stage, as it crosses the thread boundary. */
export type CrewWord = {
  readonly [S in keyof CrewStages]: {readonly stage: S; readonly said: CrewStages[S]}
}[keyof CrewStages]
export type CrewWords = {
  readonly [S in keyof CrewStages]: {readonly stage: S; readonly said: readonly CrewStages[S][]}
}[keyof CrewStages]

export type CrewPlace = Pick<Crew, 'index' | 'size' | 'maySpin'>

/** A worker's seat: sends its word to the thread that started the crew, and hears what all said. */
export class CrewSeat implements Crew {
  readonly index: number
  readonly size: number
  readonly maySpin: boolean
  readonly #send: (word: CrewWord) => void
  readonly halt: () => void
  readonly #waiting = new Map<keyof CrewStages, ((said: never) => void)[]>()

  constructor(place: CrewPlace, send: (word: CrewWord) => void, halt: () => void) {
    this.halt = halt
    this.index = place.index
    this.size = place.size
    this.maySpin = place.maySpin
    this.#send = send
  }

  gather<S extends keyof CrewStages>(stage: S, said: CrewStages[S]): Promise<readonly CrewStages[S][]> {
    if (this.size === 1) return Promise.resolve([said])
    return new Promise((resolve) => {
      const waiting = this.#waiting.get(stage) ?? []
      waiting.push(resolve)
      this.#waiting.set(stage, waiting)
      this.#send({stage, said} as CrewWord)
    })
  }

  /** All have spoken at this stage; rounds of one stage come in order. */
  hear({stage, said}: CrewWords): void {
    this.#waiting.get(stage)?.shift()?.(said as never)
  }
}

/** Where the words of a crew come together. */
export class CrewTable {
  readonly #size: number
  readonly #tell: (words: CrewWords) => void
  readonly #gone = new Set<number>()
  readonly #said = new Map<keyof CrewStages, CrewWord['said'][][]>() // by stage and worker, oldest first

  /** `tell` is called once a round, with the words in the order of the workers; it tells every seat. */
  constructor(size: number, tell: (words: CrewWords) => void) {
    this.#size = size
    this.#tell = tell
  }

  say(worker: number, {stage, said}: CrewWord): void {
    let rounds = this.#said.get(stage)
    if (rounds === undefined) {
      rounds = Array.from({length: this.#size}, () => [])
      this.#said.set(stage, rounds)
    }
    rounds[worker]!.push(said)
    this.#tellIfAll(stage, rounds)
  }

  /** This worker has ended, and closed all it had. */
  leave(worker: number): void {
    this.#gone.add(worker)
    const rounds = this.#said.get('closed')
    if (rounds !== undefined) this.#tellIfAll('closed', rounds)
  }

  #tellIfAll(stage: keyof CrewStages, rounds: CrewWord['said'][][]): void {
    const isSilent = (worker: number) => stage !== 'closed' || !this.#gone.has(worker)
    if (rounds.some((words, worker) => words.length === 0 && isSilent(worker))) return
    if (rounds.every((words) => words.length === 0)) return
    this.#tell({stage, said: rounds.flatMap((words) => words.shift() ?? [])} as CrewWords)
  }
}
