import {seededRandom} from '../../base/random.ts'
import type {InterleavedBlock, Stopping} from '../../model/interleaving.ts'
import type {Benchmark, Results} from '../../model/results.ts'
import {obrienFlemingLevels} from '../../stats/spending.ts'
import {type BenchPlan, type BenchStep, CONFIDENCE, type StoppingRule} from './bench-plan.ts'
import {blockRatio} from './block-ratio.ts'

/** Blocks at which a run without a fixed count looks. */
const LOOKS = [6, 10, 15, 20, 30] as const
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
 * With a noise floor, A runs against A first. With a rule it looks after fixed numbers of blocks and
 * ends when every pair is decided: the interval at that look's level (O'Brien and Fleming) excludes
 * 1, or lies within 1 +- precision.
 */
export class InterleavedPlan implements BenchPlan {
  readonly benchmarks: BenchPlan['benchmarks']
  stopping?: Stopping
  readonly #options: InterleavedOptions
  readonly #random: () => number
  readonly #levels = obrienFlemingLevels(1 - CONFIDENCE, LOOKS)
  readonly #rounds: number
  #block: PlannedBlock | undefined
  #stepOfBlock = 0
  #blocksDone = 0

  constructor(options: InterleavedOptions) {
    const {a, pairs, noiseFloorBlocks, rule, seed} = options
    this.#options = options
    this.#random = seededRandom(seed)
    this.#rounds = rule === undefined ? options.blocks : LOOKS[LOOKS.length - 1]!
    if (rule !== undefined) this.stopping = {looks: LOOKS, ...rule}
    const again = pairs.flatMap((pair) => [
      {...pair.a, configuration: `${a} (first)`},
      {...pair.a, configuration: `${a} (again)`},
    ])
    this.benchmarks = [...pairs.flatMap((pair) => [pair.a, pair.b]), ...(noiseFloorBlocks > 0 ? again : [])]
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
    const position = `${what}block ${this.#blocksDone}${this.stopping === undefined ? `/${this.#blocksInAll}` : ''}, ${this.#stepOfBlock} of ${order}`
    return {...step, position, block: {purpose, order, benchmark, opens: this.#stepOfBlock === 1}}
  }

  get #blocksInAll(): number {
    const {pairs, noiseFloorBlocks} = this.#options
    return pairs.length * (noiseFloorBlocks + this.#rounds)
  }

  #nextBlock(results: Results, elapsedNs: number): PlannedBlock | undefined {
    const {pairs, noiseFloorBlocks} = this.#options
    const pair = this.#blocksDone % pairs.length
    const floorBlocks = pairs.length * noiseFloorBlocks
    const isFloor = this.#blocksDone < floorBlocks
    const round = Math.floor((this.#blocksDone - floorBlocks) / pairs.length)
    if (!isFloor && round >= this.#rounds && this.stopping === undefined) return undefined
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
    const {rule} = this.#options
    if (rule === undefined || this.stopping === undefined || round === 0) return false
    const look = LOOKS.indexOf(round as (typeof LOOKS)[number])
    const isDecided = look >= 0 && this.#isDecided(results, look, rule)
    const isOutOfTime = elapsedNs * (1 + 1 / round) > rule.timeNsMax
    const isLast = round >= this.#rounds
    const ended = isDecided ? 'decided' : isLast ? 'looks-used-up' : isOutOfTime ? 'time-used-up' : undefined
    if (look >= 0 || ended !== undefined) this.stopping = {...this.stopping, n: round}
    if (ended === undefined) return false
    this.stopping = {...this.stopping, ended}
    return true
  }

  #isDecided(results: Results, look: number, {precision}: StoppingRule): boolean {
    const confidence = 1 - this.#levels[look]!
    return this.#options.pairs.every(({a}) => {
      const {ratio} = blockRatio(results, 'comparison', a, confidence)
      const isDifferent = ratio.lo > 1 || ratio.hi < 1
      const isSame = ratio.lo >= 1 - precision && ratio.hi <= 1 + precision
      return isDifferent || isSame
    })
  }
}
