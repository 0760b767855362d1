import {describe, expect, test} from 'vitest'
import {compileRe2} from './re2.ts'

// Each answer was given by Go's package regexp.
describe('what Go accepts matches what it matches there', () => {
  test.each([
    ['', ['', 'a'], []],
    ['(?i)k', ['k', 'K', '\u212a'], ['x']],
    ['(?i)[^k]$', ['x', 'ſ'], ['K', '\u212a']],
    ['a(?i)b', ['ab', 'aB'], ['AB']],
    ['(?i:a)b', ['Ab'], ['AB']],
    ['\\pL', ['é', '日'], ['1', '']],
    ['^\\p{Greek}$', ['Ω'], ['O']],
    ['\\p{^Lu}', ['a'], ['A']],
    ['(?i)\\P{Lu}', ['1'], ['a', 'A']],
    ['[[:alpha:]]', ['a'], ['é', '1']],
    ['[[:^digit:]]', ['a'], ['1']],
    ['[]a]', [']', 'a'], ['b']],
    ['[\\d-x]', ['3', '-', 'x'], ['y']],
    ['a\\z', ['ba'], ['a\n', 'ab']],
    ['\\Ab$', ['b'], ['ab', 'b\n']],
    ['\\Qa.b*\\E+', ['a.b*', 'a.b**'], ['axb']],
    ['(?P<n>a)(?<n>b)', ['ab'], ['a']],
    ['(?U)a+?b', ['aab'], ['b']],
    ['(?m)^b$', ['a\nb'], ['ab']],
    ['(?s)a.b', ['a\nb'], ['ab']],
    ['a.b', ['axb'], ['a\nb']],
    ['x{,2}', ['x{,2}'], ['xx']],
    ['{', ['{'], ['}']],
    ['\\x{e9}\\101\\0?', ['éA'], ['e']],
    ['\\bé', ['aé'], ['é']], // words are of ASCII letters
    ['\\s', [' ', '\t'], ['\v', '\u00a0']],
    ['^*a', ['a', 'ba'], ['b']],
    ['\\_\\-\\/', ['_-/'], ['-']],
    ['.', ['😀'], ['']],
  ])('%s', (pattern, matching, others) => {
    const regexp = compileRe2(pattern)
    expect([matching.filter((text) => regexp.test(text)), others.filter((text) => regexp.test(text))]).toEqual([
      matching,
      [],
    ])
  })
})

describe('what Go refuses is refused in its words', () => {
  test.each([
    ['(?=a)', 'invalid or unsupported Perl syntax: `(?=`'],
    ['x(?!a)', 'invalid or unsupported Perl syntax: `(?!`'],
    ['(?<=a)', 'invalid named capture: `(?<=a)`'],
    ['(a)\\1', 'invalid escape sequence: `\\1`'],
    ['(?P=n)', 'invalid or unsupported Perl syntax: `(?P`'],
    ['(?P<n', 'invalid named capture: `(?P<n`'],
    ['(?<a-b>x)', 'invalid named capture: `(?<a-b>`'],
    ['(', 'missing closing ): `(`'],
    ['a)', 'unexpected ): `a)`'],
    ['[a', 'missing closing ]: `[a`'],
    ['[z-a]', 'invalid character class range: `z-a`'],
    ['[[:foo:]]', 'invalid character class range: `[:foo:]`'],
    ['\\p{Old_Italic}', 'invalid character class range: `\\p{Old_Italic}`'],
    ['\\pX', 'invalid character class range: `\\pX`'],
    ['*a', 'missing argument to repetition operator: `*`'],
    ['a**', 'invalid nested repetition operator: `**`'],
    ['a*{2}', 'invalid nested repetition operator: `*{2}`'],
    ['a{1001}', 'invalid repeat count: `{1001}`'],
    ['a{3,1}', 'invalid repeat count: `{3,1}`'],
    ['(a{40}){30}', 'invalid repeat count: `{30}`'],
    ['\\q', 'invalid escape sequence: `\\q`'],
    ['\\Z', 'invalid escape sequence: `\\Z`'],
    ['\\x{110000}', 'invalid escape sequence: `\\x{110000`'],
    ['a\\', 'trailing backslash at end of expression: ``'],
    ['(?i', 'invalid or unsupported Perl syntax: `(?i`'],
  ])('%s', (pattern, message) => {
    expect(() => compileRe2(pattern)).toThrow(new SyntaxError(message))
  })

  test('nesting has an end', () => {
    const nested = (depth: number) => `${'('.repeat(depth)}a${')'.repeat(depth)}`
    expect(compileRe2(nested(999)).test('a')).toBe(true)
    expect(() => compileRe2(nested(1001))).toThrow(/^expression nests too deeply: /)
  })
})
