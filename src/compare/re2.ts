import {escapeCode, foldCase, foldLetter, perlClass, posixClass, unicodeClass} from './re2-classes.ts'

const REPEAT_MAX = 1000
const HEIGHT_MAX = 1000

/**
 * Compiles a pattern in RE2's syntax. Throws SyntaxError in Go's words (`missing closing ): ...`)
 * for what Go refuses, look-around and back references among it. Searching matches what Go's would.
 * Source: the syntax page of RE2; the errors are those that Go's regexp/syntax was seen to give.
 */
export function compileRe2(pattern: string): RegExp {
  const source = new Re2Parser(pattern).parse()
  try {
    return new RegExp(source, 'v')
  } catch {
    throw new SyntaxError(`expression too large: \`${pattern}\``)
  }
}

/** One thing that may be repeated, as JavaScript. */
interface Atom {
  readonly source: string
  readonly repeats: number // the product of nested counts, at most 1,000
  readonly height: number // of the tree, at most 1,000
}

interface Flags {
  readonly fold: boolean
  readonly lines: boolean
  readonly dotAll: boolean
  readonly lazy: boolean
}

/** An open parenthesis, or the whole pattern: finished alternatives, and the one being read. */
interface Group {
  readonly outside: Flags // in force again behind it
  readonly captures: boolean
  readonly alternatives: Atom[]
  atoms: Atom[]
}

const NO_FLAGS: Flags = {fold: false, lines: false, dotAll: false, lazy: false}
const FLAG_NAMES: Readonly<Record<string, keyof Flags>> = {i: 'fold', m: 'lines', s: 'dotAll', U: 'lazy'}
const WORD = '[0-9A-Za-z_]'
const ASSERTIONS: Readonly<Record<string, string>> = {
  A: '^',
  z: '$',
  b: `(?:(?<=${WORD})(?!${WORD})|(?<!${WORD})(?=${WORD}))`,
  B: `(?:(?<=${WORD})(?=${WORD})|(?<!${WORD})(?!${WORD}))`,
}

class Re2Parser {
  private readonly whole: string
  private readonly chars: readonly string[]
  private at = 0
  private flags = NO_FLAGS
  private readonly outer: Group[] = []
  private group: Group = {outside: NO_FLAGS, captures: false, alternatives: [], atoms: []}
  /** Where the repetition began that stands directly before, if one does. */
  private repetitionAt: number | undefined

  constructor(pattern: string) {
    this.whole = pattern
    this.chars = [...pattern]
  }

  parse(): string {
    while (this.at < this.chars.length) {
      const start = this.at
      const isRepetition = this.step(this.chars[start]!)
      this.repetitionAt = isRepetition ? start : undefined
    }
    if (this.outer.length > 0) throw failure('missing closing )', this.whole)
    return closed(this.group).source
  }

  /** Reads one item, and answers whether it is a repetition. */
  private step(char: string): boolean {
    if (char === '*' || char === '+' || char === '?') {
      this.at += 1
      this.repeat(char, 1, this.at - 1)
      return true
    }
    if (char === '{') return this.counted()
    if (char === '(') this.open()
    else if (char === ')') this.close()
    else if (char === '|') this.nextAlternative()
    else if (char === '[') this.push(this.class())
    else if (char === '\\') this.escape()
    else this.plain(char)
    return false
  }

  private plain(char: string): void {
    this.at += 1
    if (char === '^') this.push(this.flags.lines ? '(?:^|(?<=\\n))' : '^')
    else if (char === '$') this.push(this.flags.lines ? '(?:$|(?=\\n))' : '$')
    else if (char === '.') this.push(this.flags.dotAll ? '[\\s\\S]' : '[^\\n]')
    else this.literal(char)
  }

  private push(source: string): void {
    this.group.atoms.push({source, repeats: 1, height: 1})
  }

  private literal(char: string): void {
    const escaped = escapeCode(char.codePointAt(0)!)
    if (!this.flags.fold) this.push(escaped)
    else if (/[a-z]/i.test(char)) this.push(foldLetter(char))
    else this.push(char.codePointAt(0)! < 0x80 ? escaped : foldCase(`[${escaped}]`))
  }

  private open(): void {
    if (this.chars[this.at + 1] === '?') this.perlGroup()
    else {
      this.at += 1
      this.enter(true)
    }
  }

  private enter(captures: boolean): void {
    this.outer.push(this.group)
    this.group = {outside: this.flags, captures, alternatives: [], atoms: []}
  }

  private close(): void {
    const outer = this.outer.pop()
    if (outer === undefined) throw failure('unexpected )', this.whole)
    this.at += 1
    this.flags = this.group.outside
    outer.atoms.push(checked(closed(this.group), this.whole))
    this.group = outer
  }

  private nextAlternative(): void {
    this.at += 1
    this.group.alternatives.push(concatenated(this.group.atoms))
    this.group.atoms = []
  }

  /** `(?P<name>`, `(?<name>`, `(?flags)` or `(?flags:`. */
  private perlGroup(): void {
    const start = this.at
    const rest = this.chars.slice(start).join('')
    const named = /^\(\?P?</.exec(rest)
    if (named === null || rest.length === named[0].length) {
      this.flagGroup(start)
      return
    }
    const end = rest.indexOf('>')
    if (end < 0) throw failure('invalid named capture', rest)
    const name = rest.slice(named[0].length, end)
    if (!/^\w+$/.test(name)) throw failure('invalid named capture', rest.slice(0, end + 1))
    this.at += end + 1
    this.enter(true)
  }

  private flagGroup(start: number): void {
    const flags = {...this.flags}
    let isOn = true
    let sawFlag = false
    for (this.at += 2; this.at < this.chars.length; ) {
      const char = this.chars[this.at]!
      this.at += 1
      const name = Object.hasOwn(FLAG_NAMES, char) ? FLAG_NAMES[char] : undefined
      if (name !== undefined) {
        flags[name] = isOn
        sawFlag = true
      } else if (char === '-' && isOn) {
        isOn = false
        sawFlag = false
      } else if ((char === ':' || char === ')') && (isOn || sawFlag)) {
        if (char === ':') this.enter(false)
        this.flags = flags
        return
      } else break
    }
    throw failure('invalid or unsupported Perl syntax', this.since(start))
  }

  /** `{n}`, `{n,}` or `{n,m}`; any other brace is a character. */
  private counted(): boolean {
    const start = this.at
    const match = /^\{(0|[1-9]\d*)(?:(,)(0|[1-9]\d*)?)?\}/.exec(this.chars.slice(start).join(''))
    if (match === null) {
      this.at += 1
      this.literal('{')
      return false
    }
    this.at += match[0].length
    const min = Number(match[1])
    const max = match[2] === undefined ? min : match[3] === undefined ? Number.POSITIVE_INFINITY : Number(match[3])
    const isTooLarge = min > REPEAT_MAX || (max > REPEAT_MAX && max !== Number.POSITIVE_INFINITY)
    if (isTooLarge || min > max) throw failure('invalid repeat count', match[0])
    this.repeat(match[0], max === Number.POSITIVE_INFINITY ? min : max, start)
    return true
  }

  /** Repeats what stands before. `count`: how often at most, or at least where there is no most. */
  private repeat(operator: string, count: number, start: number): void {
    let isLazy = this.flags.lazy
    if (this.chars[this.at] === '?') {
      this.at += 1
      isLazy = !isLazy
    }
    if (this.repetitionAt !== undefined)
      throw failure('invalid nested repetition operator', this.since(this.repetitionAt))
    const atom = this.group.atoms.pop()
    if (atom === undefined) throw failure('missing argument to repetition operator', this.since(start))
    const isCounted = operator.startsWith('{')
    const repeats = isCounted ? repeatsOf(atom, operator, count) : atom.repeats
    if (isCounted && count >= 2 && repeats > REPEAT_MAX) throw failure('invalid repeat count', this.since(start))
    const source = `(?:${atom.source})${operator}${isLazy ? '?' : ''}`
    this.group.atoms.push(checked({source, repeats, height: atom.height + 1}, this.whole))
  }

  private escape(): void {
    const letter = this.chars[this.at + 1]
    if (letter === 'C') throw failure('invalid escape sequence', '\\C')
    if (letter === 'Q') this.quoted()
    else if (letter !== undefined && Object.hasOwn(ASSERTIONS, letter)) {
      this.at += 2
      this.push(ASSERTIONS[letter]!)
    } else this.escaped()
  }

  private escaped(): void {
    const set = this.escapedClass()
    if (set !== undefined) this.push(this.flags.fold ? foldCase(set) : set)
    else this.literal(String.fromCodePoint(this.escapedCode()))
  }

  private quoted(): void {
    const rest = this.chars.slice(this.at + 2).join('')
    const end = rest.indexOf('\\E')
    const text = [...(end < 0 ? rest : rest.slice(0, end))]
    for (const char of text) this.literal(char)
    this.at += 2 + text.length + (end < 0 ? 0 : 2)
  }

  /** `\pL`, `\p{Greek}`, `\d` and their opposites; undefined where something else is escaped. */
  private escapedClass(): string | undefined {
    if (this.chars[this.at] !== '\\') return undefined
    const letter = this.chars[this.at + 1]
    if (letter === 'p' || letter === 'P') return this.unicodeEscape(letter === 'P')
    const set = perlClass(letter)
    if (set !== undefined) this.at += 2
    return set
  }

  private unicodeEscape(isCapital: boolean): string | undefined {
    const start = this.at
    let name = this.chars[start + 2] ?? ''
    this.at += 2 + Number(name !== '')
    if (name === '{') {
      const end = this.chars.indexOf('}', start)
      if (end < 0) throw failure('invalid character class range', this.chars.slice(start).join(''))
      name = this.chars.slice(this.at, end).join('')
      this.at = end + 1
    }
    const isNegated = isCapital !== name.startsWith('^')
    const set = unicodeClass(name.replace(/^\^/, ''), isNegated)
    if (set === undefined) throw failure('invalid character class range', this.since(start))
    return set
  }

  /** The code of one escaped character. */
  private escapedCode(): number {
    const rest = this.chars.slice(this.at, this.at + 2).join('')
    const [, letter] = [...rest]
    if (letter === undefined) throw failure('trailing backslash at end of expression', '')
    const simple = 'afnrtv'.indexOf(letter)
    const text = this.chars.slice(this.at).join('')
    const octal = /^\\(?:0[0-7]{0,2}|[1-7][0-7]{1,2})/.exec(text)?.[0]
    if (simple >= 0) {
      this.at += 2
      return '\x07\f\n\r\t\v'.charCodeAt(simple)
    }
    if (octal !== undefined) {
      this.at += octal.length
      return Number.parseInt(octal.slice(1), 8)
    }
    if (letter === 'x') return this.hexCode()
    if (/[A-Za-z0-9]|[^\0-\x7f]/u.test(letter)) throw failure('invalid escape sequence', rest)
    this.at += 2
    return letter.codePointAt(0)!
  }

  private hexCode(): number {
    const start = this.at
    this.at += 2
    const isBraced = this.chars[this.at] === '{'
    const digits: string[] = []
    for (this.at += Number(isBraced); isBraced || digits.length < 2; ) {
      const char = this.chars[this.at]
      if (char === undefined) break
      this.at += 1
      if (isBraced && char === '}' && digits.length > 0) return Number.parseInt(digits.join(''), 16)
      digits.push(char)
      const isCode = /^[0-9a-fA-F]$/.test(char) && Number.parseInt(digits.join(''), 16) <= 0x10ffff
      if (!isCode && (isBraced || digits.length === 2)) throw failure('invalid escape sequence', this.since(start))
    }
    if (isBraced || digits.length < 2 || !/^[0-9a-fA-F]{2}$/.test(digits.join(''))) {
      throw failure('invalid escape sequence', this.since(start))
    }
    return Number.parseInt(digits.join(''), 16)
  }

  /** `[...]`, read to its end. */
  private class(): string {
    const start = this.at
    this.at += 1
    const isNegated = this.chars[this.at] === '^'
    if (isNegated) this.at += 1
    let set = ''
    for (let isFirst = true; isFirst || this.chars[this.at] !== ']'; isFirst = false) {
      set += this.namedClass() ?? this.escapedClass() ?? this.range(start)
    }
    this.at += 1
    const positive = this.flags.fold ? foldCase(`[${set}]`) : `[${set}]`
    return isNegated ? `[^${positive}]` : positive
  }

  private namedClass(): string | undefined {
    if (this.chars[this.at] !== '[' || this.chars[this.at + 1] !== ':') return undefined
    const rest = this.chars.slice(this.at).join('')
    const end = rest.indexOf(':]', 2)
    if (end < 0) return undefined
    const set = posixClass(rest.slice(2, end))
    if (set === undefined) throw failure('invalid character class range', rest.slice(0, end + 2))
    this.at += end + 2
    return set
  }

  private range(classAt: number): string {
    const start = this.at
    const lo = this.classCode(classAt)
    if (this.chars[this.at] !== '-' || [undefined, ']'].includes(this.chars[this.at + 1])) return escapeCode(lo)
    this.at += 1
    const hi = this.classCode(classAt)
    if (hi < lo) throw failure('invalid character class range', this.since(start))
    return `${escapeCode(lo)}-${escapeCode(hi)}`
  }

  private classCode(classAt: number): number {
    const char = this.chars[this.at]
    if (char === undefined) throw failure('missing closing ]', this.chars.slice(classAt).join(''))
    if (char === '\\') return this.escapedCode()
    this.at += 1
    return char.codePointAt(0)!
  }

  private since(start: number): string {
    return this.chars.slice(start, this.at).join('')
  }
}

/** A count of none ends the product, and an open one from none leaves it as it is. */
function repeatsOf(atom: Atom, operator: string, count: number): number {
  if (count > 0) return count * atom.repeats
  return operator.endsWith(',}') ? atom.repeats : 1
}

function concatenated(atoms: readonly Atom[]): Atom {
  const height = largest(atoms, 'height')
  return {
    source: atoms.map(({source}) => source).join(''),
    repeats: largest(atoms, 'repeats'),
    height: height + Number(height > 1 && atoms.length > 1),
  }
}

function closed({alternatives, atoms, captures}: Group): Atom {
  const all = [...alternatives, concatenated(atoms)]
  return {
    source: `(?:${all.map(({source}) => source).join('|')})`,
    repeats: largest(all, 'repeats'),
    height: largest(all, 'height') + Number(captures) + Number(all.length > 1),
  }
}

/** A loop: a long pattern has more atoms than a call may have arguments. */
function largest(atoms: readonly Atom[], what: 'repeats' | 'height'): number {
  return atoms.reduce((most, atom) => Math.max(most, atom[what]), 1)
}

function checked(atom: Atom, whole: string): Atom {
  if (atom.height > HEIGHT_MAX) throw failure('expression nests too deeply', whole)
  return atom
}

function failure(reason: string, where: string): SyntaxError {
  return new SyntaxError(`${reason}: \`${where}\``)
}
