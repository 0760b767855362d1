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

/**
 * Parses `key[@order]{[,] key[@order]}`; empty is legal. Throws QuerySyntaxError. An order is
 * `alpha`, `num`, or a parenthesised list of values.
 */
export function parseProjection(query: string): readonly ProjectionField[] {
  const tokens = new Tokens(query)
  const fields: ProjectionField[] = []
  let needsKey = false
  for (;;) {
    const token = tokens.next()
    if (token.kind === 'end' && !needsKey) return fields
    if (token.kind !== 'word') tokens.fail(token.at, 'expected key')
    checkKey(tokens, token)
    fields.push({key: token.text, order: parseOrder(tokens, token)})
    needsKey = tokens.peek().kind === ','
    if (needsKey) tokens.next()
  }
}

function checkKey(tokens: Tokens, {text, at}: Token): void {
  if (text === '') tokens.fail(at, 'key must not be empty')
  if (text === '.unit') tokens.fail(at, '.unit is only allowed in filters')
}

function parseOrder(tokens: Tokens, key: Token): SortOrder {
  if (tokens.peek().kind !== '@') return {kind: 'first-seen'}
  tokens.next()
  const token = tokens.next()
  if (token.kind === '(') return listOrder(tokens, key, token)
  if (token.kind !== 'word') tokens.fail(token.at, 'expected named sort order or parenthesized list')
  if (token.text === 'alpha' || token.text === 'num') return {kind: token.text}
  return tokens.fail(token.at, `unknown order ${JSON.stringify(token.text)}`)
}

function listOrder(tokens: Tokens, key: Token, open: Token): SortOrder {
  const values: string[] = []
  for (;;) {
    const token = tokens.next()
    if (token.kind === ')') {
      if (values.length === 0) tokens.fail(token.at, 'nothing to match')
      if (key.text === '.config') tokens.fail(open.at, 'fixed order not allowed for .config')
      return {kind: 'list', values}
    }
    if (token.kind !== 'word') tokens.fail(token.at, 'missing )')
    values.push(token.text)
  }
}
