import {GO_SPACE, quoteGo, unquoteGo} from '../base/go-text.ts'
import {compileRe2} from './re2.ts'

/**
 * The words of filters and projections. A query is read token by token; only where a value may
 * stand does `/` open a regular expression.
 */
export interface Token {
  readonly kind: 'word' | 'regexp' | 'AND' | 'OR' | 'end' | '(' | ')' | ':' | '@' | ',' | '-' | '*'
  readonly text: string // of a word without quotes, of a regexp without slashes
  readonly at: number // index into the query
  readonly regexp?: RegExp // of a regexp
}

const GRAPHIC = /[\p{L}\p{M}\p{N}\p{P}\p{S}\p{Zs}]/gu

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

  /** The message, the query, and a caret under the fault: what does not show takes no room before it. */
  get explained(): string {
    const shown = this.query.slice(0, this.at).match(GRAPHIC)?.length ?? 0
    return `syntax error: ${this.message}\n\t${this.query}\n\t${' '.repeat(shown)}^`
  }
}

const OPERATORS = '():@,'
const SPACE = new RegExp(`[${GO_SPACE}]`, 'u')

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
    if (isOperator(first)) return {kind: first as Token['kind'], text: first, at, end: at + 1}
    if (first === '"') return this.quoted(at)
    return first === '/' && allowRegexp ? this.regexp(at) : this.bare(at)
  }

  fail(at: number, message: string): never {
    throw new QuerySyntaxError(this.query, at, message)
  }

  unexpected({text, at}: Token): never {
    return this.fail(at, `unexpected ${quoteGo(text)}`)
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
    const text = unquoteGo(this.query.slice(at + 1, end))
    if (text === undefined) this.fail(at, 'bad escape sequence')
    return {kind: 'word', text, at, end: end + 1}
  }

  private regexp(at: number): Token & {end: number} {
    const close = closingSlash(this.query, at + 1)
    if (close === undefined) this.fail(at, 'missing close "/"')
    const text = this.query.slice(at + 1, close)
    const regexp = this.compiled(text, at)
    const end = close + 1
    const next = this.query[end]
    if (next !== undefined && !/[\t\n\v\f\r ]/.test(next) && !isOperator(next)) {
      this.fail(end, 'regexp must be followed by space or an operator (unescaped "/"?)')
    }
    return {kind: 'regexp', text, at, end, regexp}
  }

  private compiled(pattern: string, at: number): RegExp {
    try {
      return compileRe2(pattern)
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error
      return this.fail(at, `error parsing regexp: ${error.message}`)
    }
  }
}

/** What is an operator at the start of a token. */
function isOperator(char: string): boolean {
  return OPERATORS.includes(char) || char === '-' || char === '*'
}

/** The first `/` that no backslash, bracket or parenthesis holds; brackets are counted, as benchstat does. */
function closingSlash(query: string, from: number): number | undefined {
  let brackets = 0
  let parentheses = 0
  for (let i = from; i < query.length; i += 1) {
    const char = query[i]!
    if (char === '/' && brackets === 0 && parentheses === 0) return i
    if (char === '\\') i += 1
    else if (char === '[') brackets += 1
    else if (char === ']') brackets = Math.max(0, brackets - 1)
    else if (char === '(' && brackets === 0) parentheses += 1
    else if (char === ')' && brackets === 0) parentheses -= 1
  }
  return undefined
}
