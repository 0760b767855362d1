import type {InterleavedBlock} from '../../model/interleaving.ts'
import type {Benchmark, Results} from '../../model/results.ts'
import type {Sample} from '../../model/sample.ts'
import {type PairedRatio, pairedRatio} from '../../stats/paired-ratio.ts'

/** B against A in one figure, a block one pair. */
export interface BlockRatio {
  readonly ratio: PairedRatio
  readonly ratios: readonly number[] // of each usable block
  readonly valuesA: readonly number[] // of its samples
  readonly valuesB: readonly number[]
}

/**
 * The blocks of one purpose whose side A is `benchmark`, in `unit`.
 * A block is usable with four valid samples that all have the figure; its value of a side is the
 * geometric mean of that side's two. The unit of resampling is the block, because the four samples
 * of one share what the machine was doing.
 */
export function blockRatio(
  results: Results,
  purpose: InterleavedBlock['purpose'],
  benchmark: Omit<Benchmark, 'samples'>,
  confidence: number,
  unit: string,
): BlockRatio {
  const blocks = results.interleaving?.blocks ?? []
  const usable = blocks
    .filter((block) => block.purpose === purpose && block.benchmark === benchmark.name)
    .flatMap((block) => valuesOf(results, block, unit) ?? [])
  const pairs = usable.map(({a, b}) => ({baseline: Math.sqrt(a[0]! * a[1]!), candidate: Math.sqrt(b[0]! * b[1]!)}))
  return {
    ratio: pairedRatio(pairs, confidence),
    ratios: pairs.map((pair) => pair.candidate / pair.baseline),
    valuesA: usable.flatMap(({a}) => a),
    valuesB: usable.flatMap(({b}) => b),
  }
}

function valuesOf(results: Results, block: InterleavedBlock, unit: string) {
  const a: number[] = []
  const b: number[] = []
  for (const [position, letter] of [...block.order].entries()) {
    const reference = block.samples[position]
    const sample = reference && results.benchmarks[reference.benchmark]?.samples[reference.sample]
    const value = sample && usableValue(sample, unit)
    if (value === undefined) return undefined
    if (letter === 'A') a.push(value)
    else b.push(value)
  }
  return {a, b}
}

function usableValue(sample: Sample, unit: string): number | undefined {
  const value = sample.metrics[unit]
  return sample.validity.verdict === 'valid' && value !== undefined && value > 0 ? value : undefined
}
