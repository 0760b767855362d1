import {mkdir, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {formatResults} from '../../src/store/results-json.ts'
import {seriesResults} from '../fixtures/series-results.ts'

const steady = [100_000, 101_000, 102_000, 103_000, 104_000, 105_000]
const times = [1000, 1010, 1020, 1030, 1040, 1050]

/** Results as a run of this number might have left them: throughput at `factor` of the first, latency the same. */
export function runOf(factor: number, run = 1): string {
  const throughput = steady.map((value) => value * factor)
  const id = `20261124T15400${run}-throughput`
  return formatResults(seriesResults({id, throughput, latency: steady.map((value) => value * 20)}))
}

function goText(factor: number): string {
  const lines = times.flatMap((time, index) => [
    `BenchmarkEncode/format=json-8  1000000  ${time * factor} ns/op  ${256 + index} B/op`,
    `BenchmarkEncode/format=gob-8  1000000  ${time * 1.5 * factor} ns/op  ${512 + index} B/op`,
    `BenchmarkDecode/format=json-8  1000000  ${time * 2} ns/op  ${128 + index} B/op`,
  ])
  return ['goos: linux', 'goarch: amd64', 'pkg: example.org/codec', ...lines, 'PASS', ''].join('\n')
}

/** The files that docs/compare.md and docs/gate.md speak of. */
export async function writeComparableFiles(folder: string): Promise<void> {
  await mkdir(folder, {recursive: true})
  const files = {
    'old.json': runOf(1),
    'new.json': runOf(0.92, 9),
    'old.txt': goText(1),
    'new.txt': goText(0.8),
  }
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
}
