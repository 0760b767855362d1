import fc from 'fast-check'
import {describe, expect, test} from 'vitest'
import {StreambusError} from '../base/errors.ts'
import type {LabelledRecord} from './fields.ts'
import {compileFilter} from './filter.ts'
import {cutName, parseName, subName} from './names.ts'
import {parseProjection} from './projection.ts'
import {compileQuery} from './query.ts'
import {comparatorOf, numberIn} from './sort-order.ts'
import {QuerySyntaxError} from './syntax.ts'
import {tidyMeasurement} from './units.ts'

const record: LabelledRecord = {
  name: 'Produce/size=1024/acks=all-8',
  configuration: new Map([['goos', 'linux']]),
  label: 'old',
}
const measurements = [
  {value: 1, unit: 'ns/op'},
  {value: 2, unit: 'msgs/s'},
  {value: 3, unit: 'MB/s'},
]

function kept(query: string): string[] {
  return compileFilter(query)(record, measurements.map(tidyMeasurement)).map(({unit}) => unit)
}

describe('names', () => {
  test('base, parts and suffix', () => {
    const name = parseName('Base/p1/k=v-8')
    expect(name).toMatchObject({base: 'Base', parts: ['/p1', '/k=v'], suffix: '-8'})
    expect([subName(name, '/k'), subName(name, '/gomaxprocs'), subName(name, '/p1')]).toEqual(['v', '8', ''])
    expect(parseName('Base-x').suffix).toBe('')
    expect(subName(parseName('A/gomaxprocs=3'), '/gomaxprocs')).toBe('3')
  })

  test('what other keys name is cut out of the full name', () => {
    const name = parseName('Base/p1/k=v-8')
    expect(cutName(name, new Set(['/k']))).toBe('Base/p1-8')
    expect(cutName(name, new Set(['.name', '/gomaxprocs']))).toBe('*/p1/k=v')
  })
})

describe('filter', () => {
  const all = ['sec/op', 'msgs/s', 'B/s']
  test.each([
    ['*', all],
    ['-*', []],
    ['.name:Produce', all],
    ['.name:produce', []],
    ['/size:1024 goos:linux', all],
    ['/size:1024 AND goos:darwin', []],
    ['/size:1 OR goos:linux', all],
    ['.file:old', all],
    ['.unit:ns/op', ['sec/op']],
    ['.unit:sec/op', ['sec/op']],
    ['-.unit:ns/op', ['msgs/s', 'B/s']],
    ['.unit:(msgs/s OR MB/s)', ['msgs/s', 'B/s']],
    ['.unit:/s$/ -.unit:/^msgs/', ['B/s']],
    ['-(.unit:ns/op OR goos:darwin)', ['msgs/s', 'B/s']],
    ['goos:darwin OR .unit:ns/op', ['sec/op']],
    ['.fullname:/size=\\d+\\/acks/', all],
    ['nokey:""', all],
    ['"goos":"lin\\u0075x"', all],
    ['goos:/(?i)LINUX/', all],
    ['goos:/[[:lower:]]{5}/', all],
    ['goos:/\\Qlin\\E/', all],
    ['goos:"l\\x69nux"', all],
  ])('%s', (query, units) => {
    expect(kept(query)).toEqual(units)
  })

  // Each message and place was read off benchstat itself.
  test.each([
    ['a:', 'expected key:value', 0],
    ['a:b c', 'expected key:value', 4],
    ['(a:b', 'missing ")"', 4],
    ['a:b)', 'unexpected ")"', 3],
    ['a:b OR', 'expected key:value or subexpression', 6],
    ['a:(b c)', 'value list must be separated by OR', 5],
    ['a:(b OR', 'expected value', 7],
    ['"a', 'missing end quote', 0],
    ['a:"\\q"', 'bad escape sequence', 2],
    ['a:/x', 'missing close "/"', 2],
    ['a:/b/c', 'regexp must be followed by space or an operator (unescaped "/"?)', 5],
    ['"":x', 'key must not be empty', 0],
    ['.unit:x .config:x', '.config is only allowed in projections', 8],
    ['é:(b é', 'value list must be separated by OR', 5],
    ['', 'expected key:value or subexpression', 0],
    ['(a:b @', 'unexpected "@"', 5],
    ['a:(b /x', 'missing close "/"', 5],
    ['a:/)/', 'missing close "/"', 2],
    ['a:/[[/]/', 'missing close "/"', 2],
    ['"\\xc3\\xa9":a ,', 'unexpected ","', 13],
    ['a:/x(?=y)/', 'error parsing regexp: invalid or unsupported Perl syntax: `(?=`', 2],
    ['a:/(b)\\1/c', 'error parsing regexp: invalid escape sequence: `\\1`', 2],
  ])('%s is refused', (query, message, at) => {
    const error = caught(() => compileFilter(query))
    expect(error).toMatchObject({message, at})
  })
})

describe('projection', () => {
  test('keys, orders and separators', () => {
    expect(parseProjection('a, b@num /c@(x "y z")')).toEqual([
      {key: 'a', order: {kind: 'first-seen'}},
      {key: 'b', order: {kind: 'num'}},
      {key: '/c', order: {kind: 'list', values: ['x', 'y z']}},
    ])
    expect(parseProjection(' ')).toEqual([])
  })

  test.each([
    ['a@', 'expected named sort order or parenthesized list', 2],
    ['a@(', 'missing )', 3],
    ['a@()', 'nothing to match', 3],
    ['a@foo', 'unknown order "foo"', 2],
    ['.unit', '.unit is only allowed in filters', 0],
    ['.config@(a)', 'fixed order not allowed for .config', 8],
    ['a,', 'expected key', 2],
    ['a OR b', 'expected key', 2],
    ['""', 'key must not be empty', 0],
    ['a@first,b@x', 'unknown order "x"', 10],
    ['.unit@x', 'unknown order "x"', 6],
    ['.config@fixed', 'fixed order not allowed for .config', 8],
    ['a,.unit b@', 'expected named sort order or parenthesized list', 10],
  ])('%s is refused', (query, message, at) => {
    expect(caught(() => parseProjection(query))).toMatchObject({message, at})
  })

  test('an error of a flag shows the query with a caret under the fault', () => {
    const error = caught(() => compileQuery({row: 'a@foo'}))
    expect(error).toBeInstanceOf(StreambusError)
    expect(error.message).toBe('parsing --row: syntax error: unknown order "foo"\n\ta@foo\n\t  ^')
  })
})

test('what does not show takes no room before the caret', () => {
  const error = caught(() => compileQuery({filter: 'a:b\u200b @'}))
  expect(error.message).toBe('parsing --filter: syntax error: unexpected "@"\n\ta:b\u200b @\n\t    ^')
})

describe('order', () => {
  // The real benchstat sorts these so: a sign counts, and of a value listed twice the last place.
  test('of signed numbers, and of lists', () => {
    expect(['2', '-3k', '1'].toSorted(comparatorOf({kind: 'num'}))).toEqual(['-3k', '1', '2'])
    expect(['2', '1'].toSorted(comparatorOf({kind: 'list', values: ['2', '1', '2']}))).toEqual(['1', '2'])
  })

  test('numbers with prefixes, then what is no number, by bytes', () => {
    expect(['4k', '4Ki', '1.5M', '10B', '10a', '-3'].map(numberIn)).toEqual([4000, 4096, 1.5e6, 10, undefined, -3])
    const values = ['a10', '4Ki', '10', 'a9', '4k', '9', 'NaN']
    expect(values.toSorted(comparatorOf({kind: 'num'}))).toEqual(['9', '10', '4k', '4Ki', 'NaN', 'a10', 'a9'])
  })

  test('alpha is the order of UTF-8 bytes, not of UTF-16 units', () => {
    expect(['\u{1F600}', '\uFF5E', 'z'].toSorted(comparatorOf({kind: 'alpha'}))).toEqual(['z', '\uFF5E', '\u{1F600}'])
  })
})

test('no query makes the parsers fail otherwise than with a syntax error', () => {
  const word = fc.constantFrom(
    'a',
    '.unit',
    '/k',
    'AND',
    'OR',
    '(',
    ')',
    ':',
    '@',
    ',',
    '-',
    '*',
    '"',
    '/',
    '[',
    '\\',
    ' ',
  )
  const query = fc.oneof(
    fc.array(word, {maxLength: 12}).map((parts) => parts.join('')),
    fc.string({maxLength: 20}),
  )
  const isFine = (run: () => unknown) => {
    try {
      run()
      return true
    } catch (error) {
      return error instanceof QuerySyntaxError && error.at >= 0 && error.explained.includes('^')
    }
  }
  fc.assert(fc.property(query, (text) => isFine(() => kept(text)) && isFine(() => parseProjection(text))))
})

function caught(run: () => unknown): Error {
  try {
    run()
  } catch (error) {
    if (error instanceof Error) return error
  }
  throw new Error('nothing was thrown')
}
