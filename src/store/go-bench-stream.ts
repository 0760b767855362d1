import type {BenchmarkItem, BenchmarkSink} from '../model/benchmark-record.ts'
import {readGoBenchLine} from './go-bench.ts'
import {ConfigurationState} from './go-bench-configuration.ts'
import {GoBenchReader} from './go-bench-reader.ts'
import {forEachLine} from './line-blocks.ts'

/** Hands benchmark text to `sink` as it comes. Throws SB_INPUT_INVALID at a line of 64 KiB or more, and what reading throws. */
export async function readGoBenchStream(
  stream: AsyncIterable<Buffer>,
  path: string,
  sink: BenchmarkSink,
): Promise<void> {
  const reader = new GoBenchReader(path, sink)
  for await (const chunk of stream) reader.push(chunk)
  reader.end()
}

/** All items of benchmark text, for who needs every record as it stands; several times as slow. Throws the same. */
export async function readGoBenchItems(stream: AsyncIterable<Buffer>, path: string): Promise<readonly BenchmarkItem[]> {
  const configuration = new ConfigurationState()
  const items: BenchmarkItem[] = []
  let line = 0
  await forEachLine(stream, path, (text) => {
    line += 1
    for (const item of readGoBenchLine(text, line, configuration)) items.push(item)
  })
  return items
}
