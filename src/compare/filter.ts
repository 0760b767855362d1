import {extractorOf, type LabelledRecord} from './fields.ts'
import {type Token, Tokens} from './syntax.ts'
import type {TidyMeasurement} from './units.ts'

/** Keeps measurements of a record; an empty answer drops the record. */
export type Filter = (record: LabelledRecord, measurements: readonly TidyMeasurement[]) => readonly TidyMeasurement[]

/** A term is true or false of a record as a whole, or says so of each of its measurements. */
type Verdict = boolean | readonly boolean[]
type Term = (record: LabelledRecord, measurements: readonly TidyMeasurement[]) => Verdict
type Match = (text: string) => boolean

/**
 * Compiles a filter such as `.unit:(ns/op OR B/op) -/size:/^1/`. Throws QuerySyntaxError.
 * Grammar: expr = conj {"OR" conj}; conj = term {["AND"] term}; term = "(" expr ")" | "-" term |
 * "*" | key ":" value | key ":" "(" value {"OR" value} ")".
 */
export function compileFilter(query: string): Filter {
  const term = new FilterParser(query).parse()
  return (record, measurements) => {
    const verdict = term(record, measurements)
    if (typeof verdict === 'boolean') return verdict ? measurements : []
    return measurements.filter((_, index) => verdict[index])
  }
}

class FilterParser {
  private readonly tokens: Tokens
  /** Checks of keys wait until the syntax of the whole query is known to be right. */
  private readonly keys: Token[] = []

  constructor(query: string) {
    this.tokens = new Tokens(query)
  }

  parse(): Term {
    const term = this.expression()
    const rest = this.tokens.next()
    if (rest.kind !== 'end') this.tokens.unexpected(rest)
    for (const {text, at} of this.keys) {
      if (text === '') this.tokens.fail(at, 'key must not be empty')
      if (text === '.config') this.tokens.fail(at, '.config is only allowed in projections')
    }
    return term
  }

  private expression(): Term {
    const terms = [this.conjunction()]
    while (this.tokens.peek().kind === 'OR') {
      this.tokens.next()
      terms.push(this.conjunction())
    }
    return terms.length === 1 ? terms[0]! : anyOf(terms)
  }

  private conjunction(): Term {
    const terms = [this.term()]
    for (;;) {
      while (this.tokens.peek().kind === 'AND') this.tokens.next()
      const next = this.tokens.peek()
      if ([')', 'OR', 'end'].includes(next.kind)) break
      if (!['(', '-', '*', 'word'].includes(next.kind)) this.tokens.unexpected(next)
      terms.push(this.term())
    }
    return terms.length === 1 ? terms[0]! : allOf(terms)
  }

  private term(): Term {
    const token = this.tokens.next()
    if (token.kind === '-') return not(this.term())
    if (token.kind === '*') return () => true
    if (token.kind === '(') {
      const inner = this.expression()
      const close = this.tokens.next()
      if (close.kind !== ')') this.tokens.fail(close.at, 'missing ")"')
      return inner
    }
    if (token.kind !== 'word') this.tokens.fail(token.at, 'expected key:value or subexpression')
    return this.keyValue(token)
  }

  private keyValue(key: Token): Term {
    if (this.tokens.next().kind !== ':') this.tokens.fail(key.at, 'expected key:value')
    this.keys.push(key)
    const token = this.tokens.next(true)
    if (token.kind === '(') return matcher(key.text, this.valueList())
    if (token.kind !== 'word' && token.kind !== 'regexp') this.tokens.fail(key.at, 'expected key:value')
    return matcher(key.text, [this.value(token)])
  }

  private valueList(): Match[] {
    const matches: Match[] = []
    for (;;) {
      const token = this.tokens.next(true)
      if (token.kind !== 'word' && token.kind !== 'regexp') this.tokens.fail(token.at, 'expected value')
      matches.push(this.value(token))
      const separator = this.tokens.next(true)
      if (separator.kind === ')') return matches
      if (separator.kind !== 'OR') this.tokens.fail(separator.at, 'value list must be separated by OR')
    }
  }

  private value({text: wanted, regexp}: Token): Match {
    return regexp === undefined ? (text) => text === wanted : (text) => regexp.test(text)
  }
}

function matcher(key: string, matches: readonly Match[]): Term {
  const test: Match = (text) => matches.some((match) => match(text))
  if (key === '.unit') {
    return (_, measurements) => measurements.map(({unit, writtenUnit}) => test(unit) || test(writtenUnit))
  }
  const extract = extractorOf(key)
  return (record) => test(extract(record))
}

function not(term: Term): Term {
  return (record, measurements) => {
    const verdict = term(record, measurements)
    return typeof verdict === 'boolean' ? !verdict : verdict.map((kept) => !kept)
  }
}

/** A false term rejects everything; otherwise what every mask keeps, or all without a mask. */
function allOf(terms: readonly Term[]): Term {
  return (record, measurements) => combine(terms, record, measurements, false)
}

/** A true term accepts everything; otherwise what any mask keeps, or nothing without a mask. */
function anyOf(terms: readonly Term[]): Term {
  return (record, measurements) => combine(terms, record, measurements, true)
}

function combine(
  terms: readonly Term[],
  record: LabelledRecord,
  measurements: readonly TidyMeasurement[],
  decisive: boolean,
): Verdict {
  let mask: readonly boolean[] | undefined
  for (const term of terms) {
    const verdict = term(record, measurements)
    if (verdict === decisive) return decisive
    if (typeof verdict === 'boolean') continue
    mask = mask?.map((kept, i) => (decisive ? kept || verdict[i]! : kept && verdict[i]!)) ?? verdict
  }
  return mask ?? !decisive
}
