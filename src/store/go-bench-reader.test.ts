import fc from 'fast-check'
import {describe, expect, test} from 'vitest'
import type {BenchmarkItem, BenchmarkSeries} from '../model/benchmark-record.ts'
import {readGoBench} from './go-bench.ts'
import {GoBenchReader} from './go-bench-reader.ts'

type Seen = readonly unknown[]

/** What the reader hands over, chunk by chunk; each chunk is overwritten once it was taken, as a read buffer is. */
function stream(chunks: readonly Buffer[]): {seen: Seen[]; series: Set<BenchmarkSeries>} {
  const seen: Seen[] = []
  const series = new Set<BenchmarkSeries>()
  const reader = new GoBenchReader('x.txt', {
    result(of, values) {
      series.add(of)
      seen.push([of.name, of.units.map((unit, index) => [values[index], unit]), [...of.configuration]])
    },
    item: (item) => seen.push(seenOf(item)),
  })
  for (const chunk of chunks) {
    const buffer = Buffer.from(chunk)
    reader.push(buffer)
    buffer.fill('#')
  }
  reader.end()
  return {seen, series}
}

function seenOf(item: BenchmarkItem): Seen {
  if (item.kind !== 'record') return [item]
  const {name, measurements, configuration} = item.record
  return [name, measurements.map(({value, unit}) => [value, unit]), [...configuration]]
}

/** The slow, obvious way: one text, line by line. */
const expected = (bytes: Buffer) => [...readGoBench(bytes.toString(), 'x.txt')].map(seenOf)

const pick = fc.constantFrom
const space = pick(' ', '\t', '  \t', '      ', '\u00a0', '\r', '\v', '\u0085', '')
const number = fc.oneof(
  fc.double().map(String),
  fc.integer().map(String),
  fc.tuple(fc.nat(), fc.nat()).map(([whole, fraction]) => `${whole}.${fraction}`),
  pick(
    '0',
    '-0',
    '0.00',
    '5.',
    '.5',
    '.',
    '+1',
    '1e3',
    '1E-7',
    '1e999',
    '0x1p-2',
    '0x.8P1',
    'inf',
    '-Inf',
    'NaN',
    'nan',
  ),
  pick('123456789012345', '1234567890123456', '0.1234567890123456789', '9007199254740993', '00000000000000000001.5'),
  pick('1_000', '0x_1p0', '1,5', '--1', '1e', 'x', '\u0663'),
)
const unit = pick('ns/op', 'B/op', 'MB/s', 'µs/op', 'ns/opx', 'ns', 'x\u0001y', '\u007f')
const pairs = fc.array(
  fc.tuple(number, space, unit, space).map((parts) => parts.join('')),
  {maxLength: 4},
)
const name = pick('Benchmark', 'BenchmarkA', 'BenchmarkA/k=1-8', 'BenchmarkB', 'BenchmarkÄ', 'Benchmar', 'xBenchmarkA')
const result = fc.tuple(name, space, pick('1', '100', '-3', '1e3', '', '99999999999999999999'), space, pairs)
const line = fc.oneof(
  {weight: 6, arbitrary: result.map(([start, a, count, b, rest]) => start + a + count + b + rest.join(''))},
  {weight: 6, arbitrary: number.map((value) => `BenchmarkA/k=1-8 \t 100\t ${value} ns/op\t3 B/op`)},
  pick(
    'goos: linux',
    'goos: darwin',
    'goos:',
    'pkg: a',
    'Key: 1',
    'PASS',
    '',
    'Unit ns/op better=lower',
    'Unit',
    'Unit x y',
  ),
  fc.string({unit: 'binary', maxLength: 12}),
)
const text = fc
  .tuple(fc.array(line, {maxLength: 12}), pick('\n', '\r\n'), fc.boolean())
  .map(([lines, end, isEnded]) => Buffer.from(lines.join(end) + (isEnded ? end : '')))

describe('reading a stream equals reading line by line', () => {
  test('in one chunk', () => {
    fc.assert(
      fc.property(text, (bytes) => {
        expect(stream([bytes]).seen).toEqual(expected(bytes))
      }),
      {numRuns: 2000},
    )
  })

  test('with the chunks parted at every byte, and every byte a chunk', () => {
    fc.assert(
      fc.property(text, (bytes) => {
        const whole = expected(bytes)
        for (let at = 0; at <= bytes.length; at += 1) {
          expect(stream([bytes.subarray(0, at), bytes.subarray(at)]).seen).toEqual(whole)
        }
        expect(stream([...bytes].map((byte) => Buffer.of(byte))).seen).toEqual(whole)
      }),
      {numRuns: 60},
    )
  })
})

test('lines of one name, units and configuration share a series, also when the configuration comes back', () => {
  const block = 'BenchmarkA 1 1 x 2 y\nBenchmarkB 1 1 x\nBenchmarkA 1 3 x 4 y\n'
  const {seen, series} = stream([Buffer.from(`goos: a\n${block}goos: b\n${block}goos: a\n${block}`)])
  expect(seen).toHaveLength(9)
  expect(series.size).toBe(4)
})

describe('a line of 64 KiB or more', () => {
  // benchstat takes 65,536 bytes with the line feed, and counts a carriage return.
  const spread = (bytes: number) => `BenchmarkA 1 1${' '.repeat(bytes - 'BenchmarkA 1 1x'.length)}x`
  test.each([
    ['of blanks between fields', spread],
    ['of anything', (bytes: number) => 'y'.repeat(bytes)],
    ['that ends in a carriage return', (bytes: number) => `${'y'.repeat(bytes - 1)}\r`],
  ])('%s ends the reading, and the last good line is named', (_, long) => {
    const before = Buffer.from('BenchmarkA 1 1 x\n')
    expect(() => stream([before, Buffer.from(long(65_535))])).not.toThrow()
    for (const end of ['', '\n']) {
      const bytes = Buffer.from(long(65_536) + end)
      expect(() => stream([before, bytes])).toThrow('x.txt:1: bufio.Scanner: token too long')
      expect(() => stream([before, bytes.subarray(0, 9), bytes.subarray(9)])).toThrow('token too long')
    }
  })

  test('that never ends is refused before it is all in memory', () => {
    const reader = new GoBenchReader('x.txt', {result: () => {}, item: () => {}})
    const chunk = Buffer.alloc(1024, 'y')
    const push = () => {
      for (let count = 0; count < 65; count += 1) reader.push(chunk)
    }
    expect(push).toThrow('x.txt:0: bufio.Scanner: token too long')
  })
})
