import type {MicroFacts} from '../model/micro.ts'
import type {MicroPlace} from '../model/micro-messages.ts'

/** One thing that is timed. Each runs in a process of its own, so that none shapes the code V8 made for another. */
export interface MicroCase extends MicroFacts {
  /** Lays out what the ops need; nothing of it is timed. */
  prepare(place: MicroPlace): MicroWork | Promise<MicroWork>
}

export interface MicroWork {
  /**
   * Does the op `count` times and gives a number that depends on every result, so that the compiler
   * may leave nothing out. A promise where ops end later.
   */
  run(count: number): number | Promise<number>
  /** Ops that a batch has at least, where they overlap: fewer would not be what the name says. Absent: 1. */
  readonly batchMin?: number
  close?(): Promise<void>
}

/** Repeats an op that gives a number made of its result. */
export function repeat(op: () => number): MicroWork {
  return {
    run(count) {
      let sum = 0
      for (let index = 0; index < count; index += 1) sum = (sum + op()) | 0
      return sum
    },
  }
}
