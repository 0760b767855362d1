/**
 * The words of filters and projections. A query is read token by token; only where a value may
 * stand does `/` open a regular expression.
 */
export interface Token {
  readonly kind: 'word' | 'regexp' | 'AND' | 'OR' | 'end' | '(' | ')' | ':' | '@' | ',' | '-' | '*'
  readonly text: string // of a word without quotes, of a regexp without slashes
  readonly at: number // index into the query
}

/** A fault in a filter or projection, with the place to put the caret. */
export class QuerySyntaxError extends Error {
  readonly query: string
  readonly at: number

  constructor(query: string, at: number, message: string) {
    super(message)
    this.name = 'QuerySyntaxError'
    this.query = query
    this.at = at
  }

  /** The message, the query, and a caret under the fault. */
  get explained(): string {
    return `syntax error: ${this.message}\n\t${this.query}\n\t${' '.repeat([...this.query.slice(0, this.at)].length)}^`
  }
}

const OPERATORS = '():@,'
const SPACE = /\s/u

/** One token of look-ahead over a query. */
export class Tokens {
  private readonly query: string
  private position = 0

  constructor(query: string) {
    this.query = query
  }

  /** The next token. `allowRegexp` says that a value may stand here. */
  next(allowRegexp = false): Token {
    const token = this.peek(allowRegexp)
    this.position = token.end
    return token
  }

  peek(allowRegexp = false): Token & {readonly end: number} {
    let at = this.position
    while (at < this.query.length && SPACE.test(this.query[at]!)) at += 1
    const first = this.query[at]
    if (first === undefined) return {kind: 'end', text: '', at, end: at}
    if (OPERATORS.includes(first) || first === '-' || first === '*') {
      return {kind: first as Token['kind'], text: first, at, end: at + 1}
    }
    if (first === '"') return this.quoted(at)
    return first === '/' && allowRegexp ? this.regexp(at) : this.bare(at)
  }

  fail(at: number, message: string): never {
    throw new QuerySyntaxError(this.query, at, message)
  }

  private bare(at: number): Token & {end: number} {
    let end = at
    while (end < this.query.length && !this.endsWord(end)) end += 1
    const text = this.query.slice(at, end)
    return {kind: text === 'AND' || text === 'OR' ? text : 'word', text, at, end}
  }

  private endsWord(index: number): boolean {
    const char = this.query[index]!
    return OPERATORS.includes(char) || SPACE.test(char)
  }

  private quoted(at: number): Token & {end: number} {
    let end = at + 1
    while (end < this.query.length && (this.query[end] !== '"' || this.query[end - 1] === '\\')) end += 1
    if (end >= this.query.length) this.fail(at, 'missing end quote')
    const text = unquote(this.query.slice(at + 1, end))
    if (text === undefined) this.fail(at, 'bad escape sequence')
    return {kind: 'word', text, at, end: end + 1}
  }

  private regexp(at: number): Token & {end: number} {
    const close = closingSlash(this.query, at + 1)
    if (close === undefined) this.fail(at, 'missing close "/"')
    const end = close + 1
    if (end < this.query.length && !this.endsWord(end) && !'-*'.includes(this.query[end]!)) {
      this.fail(end, 'regexp must be followed by space or an operator (unescaped "/"?)')
    }
    return {kind: 'regexp', text: this.query.slice(at + 1, close), at, end}
  }
}

/** The first `/` that no backslash, bracket or parenthesis holds. */
function closingSlash(query: string, from: number): number | undefined {
  let parentheses = 0
  let inClass = false
  for (let i = from; i < query.length; i += 1) {
    const char = query[i]!
    if (char === '\\') i += 1
    else if (inClass) inClass = char !== ']'
    else if (char === '[') inClass = true
    else if (char === '(') parentheses += 1
    else if (char === ')') parentheses -= 1
    else if (char === '/' && parentheses <= 0) return i
  }
  return undefined
}

const ESCAPES: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  '"': '"',
}
const ESCAPE = /\\(?:([abfnrtv\\"])|x([0-9a-fA-F]{2})|([0-7]{3})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))/y

/** The inside of a Go double-quoted string, or undefined when an escape is not one of Go's. */
function unquote(inside: string): string | undefined {
  if (inside.includes('\n')) return undefined
  let text = ''
  for (let i = 0; i < inside.length; ) {
    if (inside[i] !== '\\') {
      text += inside[i]
      i += 1
      continue
    }
    ESCAPE.lastIndex = i
    const match = ESCAPE.exec(inside)
    const decoded = match === null ? undefined : decodeEscape(match)
    if (decoded === undefined) return undefined
    text += decoded
    i = ESCAPE.lastIndex
  }
  return text
}

function decodeEscape([, named, hex, octal, short, long]: RegExpExecArray): string | undefined {
  if (named !== undefined) return ESCAPES[named]
  if (octal !== undefined) return Number.parseInt(octal, 8) > 255 ? undefined : codeText(Number.parseInt(octal, 8))
  return codeText(Number.parseInt(hex ?? short ?? long ?? '', 16))
}

function codeText(code: number): string | undefined {
  return code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff) ? undefined : String.fromCodePoint(code)
}
