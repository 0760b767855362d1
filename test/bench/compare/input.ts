import {closeSync, openSync, writeSync} from 'node:fs'
import {join} from 'node:path'
import {seededRandom} from '../../../src/base/random.ts'

/** Two files of benchmark text, as two runs of one suite with `-count`. */
export interface Inputs {
  readonly base: string
  readonly next: string
  readonly bytes: number // of both
  readonly lines: number // of results, in both
}

const BENCHMARKS = ['ProduceThroughput', 'ConsumeLatency', 'StorageAppend', 'RecordEncode', 'CompressBatch']
const CODECS = ['none', 'lz4', 'snappy', 'gzip']
const SIZES = [64, 256, 1024, 4096, 16384]

/** Writes `names` benchmarks, each `runs` times a file, with five units a line; seeded. */
export function writeInputs(folder: string, names: number, runs: number): Inputs {
  const random = seededRandom(6)
  const paths = ['old', 'new'].map((name) => join(folder, `${name}-${names}.txt`)) as [string, string]
  let bytes = 0
  for (const [side, path] of paths.entries()) {
    const file = openSync(path, 'w')
    bytes += writeSync(file, 'goos: linux\ngoarch: amd64\npkg: example.com/streambus/broker\ncpu: A model\n')
    for (let run = 0; run < runs; run += 1) {
      let text = ''
      for (let index = 0; index < names; index += 1) text += lineOf(index, side === 1, random)
      bytes += writeSync(file, text)
    }
    closeSync(file)
  }
  return {base: paths[0], next: paths[1], bytes, lines: 2 * names * runs}
}

/** Every third benchmark is 2 % slower in the second file, values vary by 5 %. */
function lineOf(index: number, isNext: boolean, random: () => number): string {
  const usual = 1000 * (1 + (index % 500)) * (isNext && index % 3 === 0 ? 1.02 : 1)
  const ns = usual * (1 + 0.05 * (random() + random() - 1))
  const fields = [
    nameOf(index).padEnd(74),
    String(Math.round(1e9 / ns)).padStart(9),
    `${ns.toFixed(1).padStart(12)} ns/op`,
    `${(4.1e6 / ns).toFixed(2).padStart(8)} MB/s`,
    `${(ns * 1.7).toFixed(0).padStart(10)} p99-ns`,
    `${1024 + Math.floor(random() * 8)} B/op`,
    `${String(12 + (index % 7)).padStart(8)} allocs/op`,
  ]
  return `${fields.join('\t')}\n`
}

function nameOf(index: number): string {
  const codec = CODECS[Math.floor(index / 5) % CODECS.length]!
  const size = SIZES[Math.floor(index / 20) % SIZES.length]!
  return `Benchmark${BENCHMARKS[index % 5]}/codec=${codec}/size=${size}/batch=${1 + Math.floor(index / 100)}/partitions=12-8`
}
