import {type MicroWork, repeat} from '../micro-case.ts'

export type Shape = 'pair' | 'array of two' | 'array of 100 slots' | 'mix' | 'nothing'

/** Somewhere to go for what is made, so that it has to be made. */
const kept: unknown[] = new Array(8)

/** Ops whose allocations are known; each of a new function, so that none changes how another is compiled. */
export const shapes: Record<Shape, () => MicroWork> = {
  pair: () => {
    let at = 0
    return repeat(() => {
      at = (at + 1) & 7
      kept[at] = {a: at, b: at}
      return at
    })
  },
  'array of two': () => {
    let at = 0
    return repeat(() => {
      at = (at + 1) & 7
      kept[at] = [at, at]
      return at
    })
  },
  'array of 100 slots': () => {
    let at = 0
    return repeat(() => {
      at = (at + 1) & 7
      kept[at] = new Array(100)
      return at
    })
  },
  /** A pair and an array of 52 slots in turn: (40 + 464) / 2 bytes, (1 + 2) / 2 objects. */
  mix: () => {
    let at = 0
    return repeat(() => {
      at = (at + 1) & 7
      kept[at] = at % 2 === 0 ? {a: at, b: at} : new Array(52)
      return at
    })
  },
  nothing: () => {
    let at = 0
    return repeat(() => {
      at = (at + 1) & 7
      return at
    })
  },
}
