import {normalCdf, normalQuantile} from './normal.ts'
import {solveIncreasing} from './solve.ts'

/** Beyond this a standard normal variable does not come in any run that anybody makes. */
const Z_MAX = 38
/** Grid steps in one standard deviation of what a look adds. Halving the step moves no bound by 1e-6. */
const STEPS_A_DEVIATION = 12

/**
 * Two-sided nominal levels of looks at growing data such that the probability of having crossed a
 * bound by look i is `spent[i]` where there is no effect (ascending, at most 1). `information` is in
 * any unit, ascending: sample counts for means and ranks. Tests whose statistics are jointly normal
 * with independent increments keep these probabilities exactly, others as nearly as they are normal.
 * Source: Armitage, McPherson and Rowe, Journal of the Royal Statistical Society A 132 (1969): the
 * density of the sum among runs that go on, look by look; Jennison and Turnbull, Group Sequential
 * Methods (2000), sections 7.2 and 19.2.
 */
export function sequentialLevels(spent: readonly number[], information: readonly number[]): number[] {
  const walk = new UnstoppedWalk(information.at(-1) ?? 1)
  let before = 0
  return information.map((amount, look) => {
    const share = spent[look]! - before
    before = spent[look]!
    const bound = -solveIncreasing((z) => walk.crossing(-z, amount), share, -Z_MAX, 0)
    walk.goOn(bound, amount)
    return 2 * normalCdf(-bound)
  })
}

/** Where the sum of all data stands in the runs that no look has stopped, as masses on a grid (Simpson's rule). */
export class UnstoppedWalk {
  readonly #informationMax: number
  #points: readonly {readonly at: number; readonly mass: number}[] = [{at: 0, mass: 1}]
  #time = 0 // share of all information

  constructor(informationMax: number) {
    this.#informationMax = informationMax
  }

  /** Probability of not having stopped before, and of |Z| beyond `bound` at a look with so much information. */
  crossing(bound: number, information: number): number {
    const time = information / this.#informationMax
    const edge = bound * Math.sqrt(time)
    const deviation = Math.sqrt(time - this.#time)
    const above = this.#points.reduce((sum, {at, mass}) => sum + mass * normalCdf((at - edge) / deviation), 0)
    return 2 * above // the walk is symmetric
  }

  /** The look has been taken: what lies beyond `bound` has stopped. */
  goOn(bound: number, information: number): void {
    const time = information / this.#informationMax
    const added = time - this.#time
    const edge = Math.min(bound, Math.abs(normalQuantile(1e-16))) * Math.sqrt(time)
    const deviation = Math.sqrt(added)
    const halves = Math.max(1, Math.ceil((edge / deviation) * STEPS_A_DEVIATION))
    const step = edge / halves
    this.#points = Array.from({length: 2 * halves + 1}, (_, index) => {
      const at = (index - halves) * step
      return {at, mass: this.#density(at, deviation) * step * simpsonWeight(index, 2 * halves)}
    })
    this.#time = time
  }

  #density(at: number, deviation: number): number {
    const scale = deviation * Math.sqrt(2 * Math.PI)
    return this.#points.reduce((sum, point) => {
      const z = (at - point.at) / deviation
      return sum + (point.mass * Math.exp((-z * z) / 2)) / scale
    }, 0)
  }
}

function simpsonWeight(index: number, last: number): number {
  if (index === 0 || index === last) return 1 / 3
  return index % 2 === 1 ? 4 / 3 : 2 / 3
}
