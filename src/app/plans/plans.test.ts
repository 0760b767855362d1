import {expect, test} from 'vitest'
import {fullResults} from '../../../test/fixtures/full-results.ts'
import type {Benchmark, Results} from '../../model/results.ts'
import type {Sample} from '../../model/sample.ts'
import type {BenchPlan, BenchStep} from './bench-plan.ts'
import {InterleavedPlan} from './interleaved.ts'
import {interleavedAnswers} from './interleaved-answers.ts'
import {confidenceAfterLooks} from './looking.ts'
import {RoundsPlan} from './rounds.ts'

const full = fullResults
const closed: Omit<Benchmark, 'samples'> = {
  name: 'ProduceThroughput/size=1024/batch=100-2',
  workload: {...full.benchmarks[0]!.workload, kind: 'throughput', arrival: {model: 'closed', inFlightBatches: 8}},
}
const template = full.benchmarks[0]!.samples[0]!

function sampleOf(index: number, rate: number, isValid = true): Sample {
  const validity: Sample['validity'] = isValid ? {verdict: 'valid'} : {verdict: 'invalid', reasons: []}
  return {...template, index, validity, metrics: {'msgs/s': rate}}
}

/** Executes a plan on figures of `rateOf`, a second a sample. */
function execute(
  plan: BenchPlan,
  rateOf: (step: BenchStep, index: number) => number,
): {results: Results; steps: BenchStep[]} {
  const steps: BenchStep[] = []
  let results: Results = {
    ...full,
    benchmarks: plan.benchmarks.map((benchmark) => ({...benchmark, samples: []})),
    interleaving: {a: 'a', b: 'b', blocks: [], answers: []},
  }
  for (let step = plan.next(results, 0); step !== undefined; step = plan.next(results, steps.length * 1e9)) {
    const index = results.benchmarks[step.benchmark]!.samples.length
    const sample = sampleOf(index, rateOf(step, steps.length))
    const {block, benchmark} = step
    let blocks = [...results.interleaving!.blocks]
    if (block?.opens) {
      const settling = {waitedNs: 0, writebackBytes: 0, isSettled: true}
      blocks.push({purpose: block.purpose, order: block.order, benchmark: block.benchmark, samples: [], settling})
    }
    blocks = blocks.map((each, at) =>
      at === blocks.length - 1 ? {...each, samples: [...each.samples, {benchmark, sample: index}]} : each,
    )
    results = {
      ...results,
      benchmarks: results.benchmarks.map((each, at) =>
        at === benchmark ? {...each, samples: [...each.samples, sample]} : each,
      ),
      interleaving: {...results.interleaving!, blocks},
    }
    steps.push(step)
  }
  return {results, steps}
}

const pairs = [{a: {...closed, configuration: 'a'}, b: {...closed, configuration: 'b'}}]

test('rounds measure every benchmark in turn, count times', () => {
  const second = {...closed, name: 'ProduceThroughput/size=100/batch=100-2'}
  const {steps} = execute(new RoundsPlan([closed, second], 3), () => 1)
  expect(steps.map(({benchmark}) => benchmark)).toEqual([0, 1, 0, 1, 0, 1])
  expect(steps.map(({position}) => position)).toEqual(['1/3', '1/3', '2/3', '2/3', '3/3', '3/3'])
})

// The level at 10 is 0.0007, and 10 values give no interval below 2/1024 = 0.002; at 15 it is 0.0053, where 2/2^15 is enough.
test('until decided ends at the first look whose interval is narrow, and never between looks', () => {
  const plan = new RoundsPlan([closed], 6, {precision: 0.03, timeNsMax: 1e15})
  const {steps} = execute(plan, (_, index) => 1000 + (index % 3))
  expect(steps).toHaveLength(15)
  expect(plan.stopping).toMatchObject({looks: [10, 15, 20, 30], ended: 'decided', n: 15})
  expect(plan.stopping!.level).toBeCloseTo(0.0053, 4)
})

test('until decided gives up at its last look, and when the next round would pass its time', () => {
  const noisy = (_: BenchStep, index: number) => 1000 + 400 * (index % 2)
  const last = new RoundsPlan([closed], 6, {precision: 0.01, timeNsMax: 1e15})
  expect(execute(last, noisy).steps).toHaveLength(30)
  expect(last.stopping).toMatchObject({ended: 'looks-used-up', n: 30})
  expect(last.stopping!.level).toBeCloseTo(0.0436, 4)
  const short = new RoundsPlan([closed], 6, {precision: 0.01, timeNsMax: 8.5e9})
  expect(execute(short, noisy).steps).toHaveLength(8)
  expect(short.stopping).toMatchObject({ended: 'time-used-up', n: 8})
})

test('a run that the clock ended has one last look, with all that is left of its 5 %', () => {
  const plan = new RoundsPlan([closed], 6, {precision: 0.03, timeNsMax: 8.5e9})
  execute(plan, (_, index) => 1000 + (index % 3))
  expect(plan.stopping).toMatchObject({ended: 'decided', n: 8})
  expect(plan.stopping!.level).toBeCloseTo(0.05, 9) // it had never looked before
})

// At 10 blocks Student's t for the level 0.0007 is 5.05 with 9 degrees of freedom, so +10 % that varies by 1 % is seen.
test('interleaved sides are decided at the first look by a large difference, by its level', () => {
  const plan = new InterleavedPlan({
    a: 'a',
    b: 'b',
    pairs,
    blocks: 1,
    noiseFloorBlocks: 0,
    seed: 1,
    rule: {precision: 0.001, timeNsMax: 1e15},
  })
  const {results, steps} = execute(plan, ({side}, index) => (side === 'b' ? 1100 : 1000) * (1 + (index % 5) / 500))
  expect(steps).toHaveLength(40)
  expect(plan.stopping).toMatchObject({ended: 'decided', n: 10})
  const [answer] = interleavedAnswers({...results, stopping: plan.stopping!})
  expect(answer).toMatchObject({verdict: 'better', blocks: 10})
  expect(answer!.interval!.confidence).toBeCloseTo(0.99931, 5)
})

test('blocks are ABBA or BAAB by the seed, four samples each, two a side', () => {
  const plan = () => new InterleavedPlan({a: 'a', b: 'b', pairs, blocks: 20, noiseFloorBlocks: 0, seed: 3})
  const {steps} = execute(plan(), () => 1)
  const letters = steps.map(({side}) => side.toUpperCase()).join('')
  const blocks = letters.match(/.{4}/g)!
  expect(blocks).toHaveLength(20)
  expect(new Set(blocks)).toEqual(new Set(['ABBA', 'BAAB']))
  expect(execute(plan(), () => 1).steps).toEqual(steps)
})

test('a drift that would fake a difference of 5 % in AA..BB leaves the ratio of blocks at 1', () => {
  const plan = new InterleavedPlan({a: 'a', b: 'b', pairs, blocks: 6, noiseFloorBlocks: 0, seed: 1})
  const {results} = execute(plan, (_, index) => 1000 * 1.004 ** index)
  const [answer] = interleavedAnswers(results)
  expect(answer).toMatchObject({unit: 'msgs/s', blocks: 6, verdict: 'no-difference'})
  expect(answer!.ratio).toBeCloseTo(1, 9)
})

test('a side that is 10 % faster is found, with its interval and what could have been seen', () => {
  const plan = new InterleavedPlan({a: 'a', b: 'b', pairs, blocks: 6, noiseFloorBlocks: 0, seed: 1})
  const {results} = execute(plan, ({side}, index) => (side === 'b' ? 1100 : 1000) * (1 + (index % 5) / 500))
  const [answer] = interleavedAnswers(results)
  expect(answer).toMatchObject({purpose: 'comparison', verdict: 'better', blocks: 6})
  expect(answer!.ratio).toBeCloseTo(1.1, 2)
  expect(answer!.interval!.lo).toBeGreaterThan(1.09)
  expect(answer!.smallestDifference).toBeLessThan(1.02)
})

test('the noise floor runs A against A first, on benchmarks of its own', () => {
  const plan = new InterleavedPlan({a: 'a', b: 'b', pairs, blocks: 3, noiseFloorBlocks: 3, seed: 1})
  const {results, steps} = execute(plan, ({side}, index) => (side === 'b' ? 2000 : 1000) + (index % 3))
  expect(steps.slice(0, 12).every(({side, block}) => side === 'a' && block?.purpose === 'noise-floor')).toBe(true)
  const answers = interleavedAnswers(results)
  expect(answers.map(({purpose}) => purpose)).toEqual(['noise-floor', 'comparison'])
  expect(answers[0]!.ratio).toBeCloseTo(1, 2)
  expect(answers[1]!.ratio).toBeCloseTo(2, 2)
  expect(results.benchmarks.map(({configuration}) => configuration)).toEqual(['a', 'b', 'a (first)', 'a (again)'])
})

test('interleaved sides are decided by equivalence too, at a look', () => {
  const plan = new InterleavedPlan({
    a: 'a',
    b: 'b',
    pairs,
    blocks: 1,
    noiseFloorBlocks: 0,
    seed: 1,
    rule: {precision: 0.03, timeNsMax: 1e15},
  })
  const {steps} = execute(plan, (_, index) => 1000 + (index % 2))
  expect(plan.stopping).toMatchObject({ended: 'decided', n: 10})
  expect(steps).toHaveLength(40)
})

test('a gate over a run that looked asks with a wider interval, at whatever confidence it holds', () => {
  const stopping = {looks: [10, 15, 20, 30], precision: 0.03, timeNsMax: 1, ended: 'decided', n: 10} as const
  expect(confidenceAfterLooks(stopping, 0.95)).toBeCloseTo(0.99931, 5)
  expect(confidenceAfterLooks(stopping, 0.9)).toBeCloseTo(0.99561, 5) // z = 1.645: 2 (1 - Phi(2.849)) = 0.00439
  expect(confidenceAfterLooks({...stopping, n: 8}, 0.95)).toBeCloseTo(0.95, 9) // the clock ended it, unseen
  expect(confidenceAfterLooks(undefined, 0.95)).toBe(0.95)
})

test('two blocks give no interval and no verdict; a block with an invalid sample is not used', () => {
  const plan = new InterleavedPlan({a: 'a', b: 'b', pairs, blocks: 2, noiseFloorBlocks: 0, seed: 1})
  const {results} = execute(plan, ({side}) => (side === 'b' ? 2 : 1))
  expect(interleavedAnswers(results)[0]).toMatchObject({verdict: 'too-few-blocks', blocks: 2})
  const [first, ...others] = results.benchmarks[0]!.samples
  const spoiled = {
    ...results.benchmarks[0]!,
    samples: [{...first!, validity: sampleOf(0, 1, false).validity}, ...others],
  }
  const answers = interleavedAnswers({...results, benchmarks: [spoiled, ...results.benchmarks.slice(1)]})
  expect(answers[0]).toMatchObject({blocks: 1})
})
