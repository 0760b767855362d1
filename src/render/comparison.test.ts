import {describe, expect, test} from 'vitest'
import {rangeText} from './comparison-cells.ts'
import {commonScale, formatScaled} from './comparison-scale.ts'
import {type GridCell, renderGrid} from './text-grid.ts'

const shown = (value: number, unit: string) => formatScaled(value, commonScale([value], unit))

describe('scale', () => {
  // Thresholds and their neighbours, worked from the rule: 4 significant digits at the least.
  test.each([
    [0, 'x', '0.000'],
    [1, 'x', '1.000'],
    [0.99995, 'x', '1.000'],
    [0.99994, 'x', '999.9m'],
    [9.9994, 'x', '9.999'],
    [9.9995, 'x', '10.00'],
    [99.995, 'x', '100.0'],
    [999.94, 'x', '999.9'],
    [999.95, 'x', '1.000k'],
    [1.5e-9, 'sec/op', '1.500n'],
    [1.5e-10, 'sec/op', '0.1500n'],
    [1.5e15, 'x', '1500.0T'],
    [-2500, 'x', '-2.500k'],
    [1023, 'B/op', '1023.0'],
    [1024, 'B/op', '1.000Ki'],
    [1e6, 'B/s', '976.6Ki'],
    [1e6, 'op/B', '1.000M'],
    [0.5, 'B/op', '0.5000'],
  ])('%d %s is %s', (value, unit, text) => {
    expect(shown(value, unit)).toBe(text)
  })

  test('a row shares the scale of its smallest value other than 0', () => {
    const scale = commonScale([0, 94.9e-9, 2346.5e-9], 'sec/op')
    expect([0, 94.9e-9, 2346.5e-9].map((value) => formatScaled(value, scale))).toEqual(['0.00n', '94.90n', '2346.50n'])
  })
})

test('a range is a share of the center, or says why there is none', () => {
  const cell = {n: 6, values: [], center: 100, sampleWarnings: [], summaryWarnings: []}
  expect(rangeText({...cell, lo: 98, hi: 103})).toBe('3%')
  expect(rangeText({...cell, lo: null, hi: 103})).toBe('∞')
  expect(rangeText({...cell, lo: -1, hi: 103})).toBe('?')
  expect(rangeText({...cell, center: 0, lo: 0, hi: 0})).toBe('0%')
})

describe('grid', () => {
  const cell = (text: string, align: GridCell['align'], span = 1, margin = ' '): GridCell => ({
    text,
    align,
    span,
    margin,
  })

  test('aligns in columns and leaves no trailing spaces', () => {
    const rows = [
      new Map([
        [0, cell('a', 'left', 1, '')],
        [1, cell('1', 'right')],
      ]),
      new Map([
        [0, cell('long', 'left', 1, '')],
        [1, cell('22', 'right')],
      ]),
      new Map([[0, cell('µ', 'left', 1, '')]]),
    ]
    expect(renderGrid(rows, 2, () => true)).toBe('a     1\nlong 22\nµ\n')
  })

  test('a spanning cell widens the columns that may stretch, the widest first', () => {
    const rows = [
      new Map([[0, cell('heading', 'center', 2, '')]]),
      new Map([
        [0, cell('a', 'left', 1, '')],
        [1, cell('b', 'left')],
      ]),
    ]
    expect(renderGrid(rows, 2, (column) => column === 0)).toBe('heading\na     b\n')
  })
})
