/**
 * Sets of characters as RE2 names them, in the notation of JavaScript's `v` flag, where sets nest.
 * Source: the syntax page of RE2, and the tables of Go's package unicode.
 */

const POSIX: Readonly<Record<string, string>> = {
  alnum: '0-9A-Za-z',
  alpha: 'A-Za-z',
  ascii: '\\x00-\\x7f',
  blank: '\\t ',
  cntrl: '\\x00-\\x1f\\x7f',
  digit: '0-9',
  graph: '\\x21-\\x7e',
  lower: 'a-z',
  print: '\\x20-\\x7e',
  punct: '\\x21-\\x2f\\x3a-\\x40\\x5b-\\x60\\x7b-\\x7e',
  space: '\\t\\n\\v\\f\\r ',
  upper: 'A-Z',
  word: '0-9A-Za-z_',
  xdigit: '0-9A-Fa-f',
}

/** The set of `[:name:]` or `[:^name:]`; undefined for a name that is none. */
export function posixClass(name: string): string | undefined {
  const isNegated = name.startsWith('^')
  const set = Object.hasOwn(POSIX, name.slice(Number(isNegated))) ? POSIX[name.slice(Number(isNegated))] : undefined
  return set === undefined ? undefined : `[${isNegated ? '^' : ''}${set}]`
}

/** Those of Perl, ASCII only; its white space lacks the vertical tab. */
const PERL: Readonly<Record<string, string>> = {
  d: '[0-9]',
  D: '[^0-9]',
  s: '[\\t\\n\\f\\r ]',
  S: '[^\\t\\n\\f\\r ]',
  w: '[0-9A-Za-z_]',
  W: '[^0-9A-Za-z_]',
}

/** The set of `\d`, `\W` and the like; undefined for another letter. */
export function perlClass(letter: string | undefined): string | undefined {
  return letter !== undefined && Object.hasOwn(PERL, letter) ? PERL[letter] : undefined
}

const CATEGORIES = new Set(
  'C Cc Cf Cn Co Cs L Lc Ll Lm Lo Lt Lu M Mc Me Mn N Nd Nl No P Pc Pd Pe Pf Pi Po Ps S Sc Sk Sm So Z Zl Zp Zs'.split(
    ' ',
  ),
)
const LONG_CATEGORIES = [
  ...['Cased_Letter', 'Close_Punctuation', 'Combining_Mark', 'Connector_Punctuation', 'Control', 'Currency_Symbol'],
  ...['Dash_Punctuation', 'Decimal_Number', 'Enclosing_Mark', 'Final_Punctuation', 'Format', 'Initial_Punctuation'],
  ...['Letter', 'Letter_Number', 'Line_Separator', 'Lowercase_Letter', 'Mark', 'Math_Symbol', 'Modifier_Letter'],
  ...['Modifier_Symbol', 'Nonspacing_Mark', 'Number', 'Open_Punctuation', 'Other', 'Other_Letter', 'Other_Number'],
  ...['Other_Punctuation', 'Other_Symbol', 'Paragraph_Separator', 'Private_Use', 'Punctuation', 'Separator'],
  ...['Space_Separator', 'Spacing_Mark', 'Surrogate', 'Symbol', 'Titlecase_Letter', 'Unassigned', 'Uppercase_Letter'],
  ...['cntrl', 'digit', 'punct'],
]
const LONG_BY_PLAIN = new Map(LONG_CATEGORIES.map((name) => [plainName(name), name]))
/** Scripts whose whole name has four letters: any other of that length is an abbreviation, which Go does not know. */
const SHORT_SCRIPTS = new Set('Ahom Cham Kawi Lisu Miao Modi Newa Thai Toto'.split(' '))

/** The set of `\p{name}`, without regard to case, blanks and underscores in it; undefined for a name that Go refuses. */
export function unicodeClass(written: string, isNegated: boolean): string | undefined {
  const property = propertyOf(plainName(written))
  return property === undefined ? undefined : `\\${isNegated ? 'P' : 'p'}{${property}}`
}

function propertyOf(name: string): string | undefined {
  if (name === 'Any' || name === 'Assigned') return name
  if (name === 'Ascii') return 'ASCII'
  if (name === 'Lc') return 'LC'
  if (CATEGORIES.has(name)) return name
  if (name.length !== 4 || SHORT_SCRIPTS.has(name)) {
    try {
      new RegExp(`\\p{sc=${name}}`, 'v')
      return `sc=${name}`
    } catch {
      // not a script
    }
  }
  return LONG_BY_PLAIN.get(name)
}

/** `old_ITALIC` as `Olditalic`: what Go looks up, so that it finds no script of two words. */
function plainName(written: string): string {
  const letters = written.replace(/[_ -]/g, '')
  const head = letters.charAt(0).replace(/[a-z]/, (letter) => letter.toUpperCase())
  return head + letters.slice(1).replace(/[A-Z]/g, (letter) => letter.toLowerCase())
}

/** An ASCII letter in either case; two have a third form, the Kelvin sign and the long s. */
export function foldLetter(letter: string): string {
  const [lower, upper] = [letter.toLowerCase(), letter.toUpperCase()]
  return `[${lower}${upper}${lower === 'k' ? '\u212a' : lower === 's' ? '\u017f' : ''}]`
}

/** The last character that has another case. */
const FOLD_MAX = 0x1e943
const folded = new Map<string, string>()

/** The set with every character that differs from one of its own in case only. `(?i)` may hold for a part, JavaScript's flag may not. */
export function foldCase(set: string): string {
  let known = folded.get(set)
  if (known === undefined) {
    const ranges = foldedRanges(new RegExp(`^${set}$`, 'iv'))
    known = `[${ranges}[${set}&&[${escapeCode(FOLD_MAX + 1)}-${escapeCode(0x10ffff)}]]]`
    folded.set(set, known)
  }
  return known
}

function foldedRanges(set: RegExp): string {
  let ranges = ''
  let start = -1
  for (let code = 0; code <= FOLD_MAX + 1; code += 1) {
    const isIn = code <= FOLD_MAX && set.test(String.fromCodePoint(code))
    if (isIn && start < 0) start = code
    if (isIn || start < 0) continue
    ranges += `${escapeCode(start)}-${escapeCode(code - 1)}`
    start = -1
  }
  return ranges
}

/** A character that means itself in any place. */
export function escapeCode(code: number): string {
  return `\\u{${code.toString(16)}}`
}
