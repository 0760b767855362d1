import {quoteGo} from '../base/go-text.ts'
import {type Token, Tokens} from './syntax.ts'

/** How the values of one key are sorted; a list also rejects what it does not name. */
export type SortOrder =
  | {readonly kind: 'first-seen'}
  | {readonly kind: 'alpha'}
  | {readonly kind: 'num'}
  | {readonly kind: 'list'; readonly values: readonly string[]}

/** One field of a projection: `pkg`, `/size@num`, `/format@(json gob)`. */
export interface ProjectionField {
  readonly key: string
  readonly order: SortOrder
}

/** As written: `order` is a name, or a list of values. */
interface WrittenField {
  readonly key: Token
  readonly order: string | readonly string[]
  readonly orderAt: number
}

/**
 * Parses `key[@order]{[,] key[@order]}`; empty is legal. Throws QuerySyntaxError. An order is
 * `first`, `alpha`, `num`, or a parenthesised list of values.
 */
export function parseProjection(query: string): readonly ProjectionField[] {
  const tokens = new Tokens(query)
  const fields: WrittenField[] = []
  for (let needsKey = false; needsKey || tokens.peek().kind !== 'end'; ) {
    fields.push(parseField(tokens))
    needsKey = tokens.peek().kind === ','
    if (needsKey) tokens.next()
  }
  // What the words mean is asked only once the syntax of the whole is known to be right.
  return fields.map((field) => meaningOf(tokens, field))
}

function parseField(tokens: Tokens): WrittenField {
  const key = tokens.next()
  if (key.kind !== 'word') tokens.fail(key.at, 'expected key')
  if (tokens.peek().kind !== '@') return {key, order: 'first', orderAt: key.at}
  tokens.next()
  const order = tokens.next()
  if (order.kind === '(') return {key, order: parseList(tokens), orderAt: order.at}
  if (order.kind !== 'word') tokens.fail(order.at, 'expected named sort order or parenthesized list')
  return {key, order: order.text, orderAt: order.at}
}

function parseList(tokens: Tokens): string[] {
  const values: string[] = []
  for (;;) {
    const token = tokens.next()
    if (token.kind === ')' && values.length > 0) return values
    if (token.kind === ')') tokens.fail(token.at, 'nothing to match')
    if (token.kind !== 'word') tokens.fail(token.at, 'missing )')
    values.push(token.text)
  }
}

function meaningOf(tokens: Tokens, {key, order: written, orderAt}: WrittenField): ProjectionField {
  const order = orderOf(written)
  if (order === undefined) tokens.fail(orderAt, `unknown order ${quoteGo(String(written))}`)
  if (key.text === '.unit') tokens.fail(key.at, '.unit is only allowed in filters')
  if (key.text === '') tokens.fail(key.at, 'key must not be empty')
  if (key.text === '.config' && order.kind === 'list') tokens.fail(orderAt, 'fixed order not allowed for .config')
  return {key: key.text, order}
}

function orderOf(written: string | readonly string[]): SortOrder | undefined {
  if (typeof written !== 'string') return {kind: 'list', values: written}
  if (written === 'alpha' || written === 'num') return {kind: written}
  if (written === 'fixed') return {kind: 'list', values: []} // benchstat's own word for a list, here of nothing
  return written === 'first' ? {kind: 'first-seen'} : undefined
}
