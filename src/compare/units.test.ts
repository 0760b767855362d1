import {expect, test} from 'vitest'
import {tidyMeasurement, tidyUnit, UnitFacts} from './units.ts'

test.each([
  ['ns/op', 'sec/op', 1e-9],
  ['p99-ns', 'p99-sec', 1e-9],
  ['MB/s', 'B/s', 1e6],
  ['MB*MB/s', 'B*B/s', 1e12],
  ['op/ns', 'op/ns', 1],
  ['x/y*ns', 'x/y*sec', 1e-9],
  ['ms/op', 'ms/op', 1],
  ['nsec', 'nsec', 1],
])('%s becomes %s', (written, unit, factor) => {
  const tidy = tidyUnit(written)
  expect(tidy.unit).toBe(unit)
  expect(tidy.factor / factor).toBeCloseTo(1, 15)
})

test('a zero keeps its written unit, as benchstat does, but the same facts hold for it', () => {
  expect(tidyMeasurement({value: 0, unit: 'ns/op'})).toMatchObject({value: 0, unit: 'ns/op'})
  expect(tidyMeasurement({value: 5, unit: 'ns/op'})).toMatchObject({unit: 'sec/op', writtenUnit: 'ns/op'})
  const facts = new UnitFacts()
  facts.add('ns/op', 'assume', 'exact')
  expect([facts.isExact('ns/op'), facts.isExact('sec/op'), facts.isExact('x')]).toEqual([true, true, false])
})

test('more per second is better, less of anything else, unless a Unit line says otherwise', () => {
  const facts = new UnitFacts()
  expect(['msgs/s', 'B/s', 'p99-sec', 'sec/op', 'B/op'].map((unit) => facts.better(unit))).toEqual([
    'higher',
    'higher',
    'lower',
    'lower',
    'lower',
  ])
  facts.add('hits', 'better', 'higher')
  expect(facts.better('hits')).toBe('higher')
})

test('the first fact wins and a contradiction is named', () => {
  const facts = new UnitFacts()
  expect(facts.add('ns/op', 'better', 'lower')).toBeUndefined()
  expect(facts.add('sec/op', 'better', 'lower')).toBeUndefined()
  expect(facts.add('sec/op', 'better', 'higher')).toBe('metadata better of unit sec/op already set to lower')
})
