import {seededRandom} from '../../base/random.ts'
import type {InterleavedBlock, Stopping} from '../../model/interleaving.ts'
import type {Benchmark, Results} from '../../model/results.ts'
import {type BenchPlan, type BenchStep, decidingUnitOf, type StoppingRule} from './bench-plan.ts'
import {answersOf} from './interleaved-answers.ts'
import {Looking} from './looking.ts'

const SAMPLES_A_BLOCK = 4

export interface InterleavedOptions {
  readonly a: string // label
  readonly b: string
  /** Of workload i the two benchmarks, A's and B's. */
  readonly pairs: readonly {readonly a: Omit<Benchmark, 'samples'>; readonly b: Omit<Benchmark, 'samples'>}[]
  readonly blocks: number // of each pair
  readonly noiseFloorBlocks: number // of each pair; 0: none
  readonly seed: number // of the blocks' order
  readonly rule?: StoppingRule
}

/** What is measured one after the other: a block is four steps. */
interface PlannedBlock extends Pick<InterleavedBlock, 'purpose' | 'order' | 'benchmark'> {
  readonly steps: readonly {readonly benchmark: number; readonly side: 'a' | 'b'}[]
}

/**
 * Two sides in blocks ABBA or BAAB, whose order comes from the seed; each pair of benchmarks in turn.
 * With a noise floor, A runs against A first. With a rule it ends when every pair is decided: the
 * answer is better or worse, or the whole interval lies within 1 +- precision.
 */
export class InterleavedPlan implements BenchPlan {
  readonly benchmarks: BenchPlan['benchmarks']
  readonly #options: InterleavedOptions
  readonly #random: () => number
  readonly #looking: Looking | undefined
  #block: PlannedBlock | undefined
  #stepOfBlock = 0
  #blocksDone = 0

  constructor(options: InterleavedOptions) {
    const {a, pairs, noiseFloorBlocks, rule, seed} = options
    this.#options = options
    this.#random = seededRandom(seed)
    this.#looking = rule && new Looking(rule)
    const again = pairs.flatMap((pair) => [
      {...pair.a, configuration: `${a} (first)`},
      {...pair.a, configuration: `${a} (again)`},
    ])
    this.benchmarks = [...pairs.flatMap((pair) => [pair.a, pair.b]), ...(noiseFloorBlocks > 0 ? again : [])]
  }

  get stopping(): Stopping | undefined {
    return this.#looking?.stopping
  }

  next(results: Results, elapsedNs: number): BenchStep | undefined {
    if (this.#block === undefined || this.#stepOfBlock === SAMPLES_A_BLOCK) {
      const planned = this.#nextBlock(results, elapsedNs)
      if (planned === undefined) return undefined
      this.#block = planned
      this.#stepOfBlock = 0
    }
    const {steps, purpose, order, benchmark} = this.#block
    const step = steps[this.#stepOfBlock]!
    this.#stepOfBlock += 1
    const what = purpose === 'noise-floor' ? 'A against A, ' : ''
    const position = `${what}block ${this.#blocksDone}${this.#looking ? '' : `/${this.#blocksInAll}`}, ${this.#stepOfBlock} of ${order}`
    return {...step, position, block: {purpose, order, benchmark, opens: this.#stepOfBlock === 1}}
  }

  get #blocksInAll(): number {
    const {pairs, blocks, noiseFloorBlocks} = this.#options
    return pairs.length * (noiseFloorBlocks + blocks)
  }

  #nextBlock(results: Results, elapsedNs: number): PlannedBlock | undefined {
    const {pairs, noiseFloorBlocks} = this.#options
    const pair = this.#blocksDone % pairs.length
    const floorBlocks = pairs.length * noiseFloorBlocks
    const isFloor = this.#blocksDone < floorBlocks
    const round = Math.floor((this.#blocksDone - floorBlocks) / pairs.length)
    if (!isFloor && pair === 0 && this.#isOver(results, round, elapsedNs)) return undefined
    this.#blocksDone += 1
    const first = (isFloor ? pairs.length + pair : pair) * 2
    const order = this.#random() < 0.5 ? 'ABBA' : 'BAAB'
    return {
      purpose: isFloor ? 'noise-floor' : 'comparison',
      order,
      benchmark: pairs[pair]!.a.name,
      steps: [...order].map((letter) => ({
        benchmark: letter === 'A' ? first : first + 1,
        side: letter === 'A' || isFloor ? 'a' : 'b',
      })),
    }
  }

  #isOver(results: Results, round: number, elapsedNs: number): boolean {
    const looking = this.#looking
    if (looking === undefined) return round >= this.#options.blocks
    return round > 0 && looking.isOver(round, elapsedNs, (confidence) => this.#isDecided(results, confidence))
  }

  #isDecided(results: Results, confidence: number): boolean {
    const precision = this.#options.rule?.precision ?? 0
    const answers = answersOf(results, 'comparison', confidence)
    return this.#options.pairs.every(({a}) => {
      const answer = answers.find(({benchmark, unit}) => benchmark === a.name && unit === decidingUnitOf(a))
      if (answer?.interval === undefined) return false
      const {lo, hi} = answer.interval
      return answer.verdict !== 'no-difference' || (lo >= 1 - precision && hi <= 1 + precision)
    })
  }
}
