import fc from 'fast-check'
import {describe, expect, test} from 'vitest'
import {StreambusError} from '../base/errors.ts'
import type {BenchmarkItem} from '../model/benchmark-record.ts'
import {readGoBench} from './go-bench.ts'

const read = (text: string): BenchmarkItem[] => [...readGoBench(text, 'x.txt')]
const problems = (text: string) =>
  read(text).flatMap((item) => (item.kind === 'problem' ? [`${item.line}: ${item.message}`] : []))
const records = (text: string) => read(text).flatMap((item) => (item.kind === 'record' ? [item.record] : []))

describe('result lines', () => {
  test('name, iterations and every pair, whatever the white space and the line end', () => {
    expect(records('BenchmarkA/x=1-8 \t 100\u00a012.5 ns/op  3 B/op\r\n')).toEqual([
      {
        name: 'A/x=1-8',
        iterations: 100,
        measurements: [
          {value: 12.5, unit: 'ns/op'},
          {value: 3, unit: 'B/op'},
        ],
        configuration: new Map(),
      },
    ])
  })

  test('the name alone and lines of anything else are skipped in silence', () => {
    expect(read('BenchmarkA\nPASS\nok  \tpkg 1.2s\nbenchmarkB 1 2 x\n\n')).toEqual([])
  })

  test('malformed lines are named as benchstat names them', () => {
    const lines = ['BenchmarkA ', 'BenchmarkA x 1 y', 'BenchmarkA 1', 'BenchmarkA 1 x y', 'BenchmarkA 1 2', 'Unit']
    expect(problems([...lines, 'Unit x =3', 'BenchmarkA 1 1e999 x', 'Benchmarking foo'].join('\n'))).toEqual([
      '1: missing iteration count',
      '2: parsing iteration count: invalid syntax',
      '3: missing measurements',
      '4: parsing measurement: invalid syntax',
      '5: missing units',
      '6: missing unit',
      '7: expected key=value',
      '8: parsing measurement: value out of range',
      '9: parsing iteration count: invalid syntax',
    ])
  })
})

describe('configuration lines', () => {
  test('hold until they change, an empty value ends them, and the last key moves into the hole', () => {
    const text = 'a: 1\nb: 2\nc:\t3 \nBenchmarkX 1 1 x\na:\nb: 4\nBenchmarkX 1 1 x\n'
    expect(records(text).map(({configuration}) => [...configuration])).toEqual([
      [
        ['a', '1'],
        ['b', '2'],
        ['c', '3 '],
      ],
      [
        ['c', '3 '],
        ['b', '4'],
      ],
    ])
  })

  test('need a lower-case key without capitals, and white space after the colon', () => {
    const text = 'Key: 1\naB: 1\na:b\ne::  f\n#k: 1\na b: 1\nk#: 1\nBenchmarkX 1 1 x\n'
    expect([...records(text)[0]!.configuration]).toEqual([['k#', '1']])
  })
})

test('a line of 64 KiB ends the reading with an error that names the last good line', () => {
  const text = (length: number) => `BenchmarkA 1 1 x\n${'y'.repeat(length)}\nBenchmarkA 1 1 x\n`
  expect(records(text(65_535))).toHaveLength(2)
  expect(() => read(text(65_536))).toThrow('x.txt:1: bufio.Scanner: token too long')
})

test('mutated texts never crash the reader', () => {
  const base = 'goos: linux\nUnit ns/op better=lower\nBenchmarkA/x=1-8 100 12.5 ns/op 3 B/op\nBenchmarkB 1 2 x\n'
  const edit = fc.record({
    at: fc.nat(base.length),
    remove: fc.nat(5),
    insert: fc.string({maxLength: 4, unit: 'binary'}),
  })
  fc.assert(
    fc.property(fc.array(edit, {maxLength: 6}), (edits) => {
      const text = edits.reduce(
        (current, {at, remove, insert}) => current.slice(0, at) + insert + current.slice(at + remove),
        base,
      )
      try {
        return read(text).every(({line}) => line >= 1)
      } catch (error) {
        return error instanceof StreambusError
      }
    }),
    {numRuns: 1000},
  )
})
