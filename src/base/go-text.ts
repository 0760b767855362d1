/** Text as Go's strconv and unicode see it, for the benchmark format and its queries. */

/** The white space of Unicode, inside a class: unlike `\\s` it has U+0085 and lacks U+FEFF. */
export const GO_SPACE = '\\t\\n\\v\\f\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000'

const NAMED: Readonly<Record<string, string>> = {
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
const NAMES = new Map(Object.entries(NAMED).map(([name, char]) => [char, name]))

/** The text between double quotes, with escapes for what does not print. */
export function quoteGo(text: string): string {
  return `"${[...text].map(quoteChar).join('')}"`
}

function quoteChar(char: string): string {
  const name = NAMES.get(char)
  if (name !== undefined) return `\\${name}`
  if (char === ' ' || /^[\p{L}\p{M}\p{N}\p{P}\p{S}]$/u.test(char)) return char
  const code = char.codePointAt(0)!
  if (code < 0x20 || code === 0x7f) return `\\x${code.toString(16).padStart(2, '0')}`
  return code > 0xffff ? `\\U${code.toString(16).padStart(8, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`
}

const ESCAPE = /\\(?:([abfnrtv\\"])|x([0-9a-fA-F]{2})|([0-7]{3})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))/y

/** The inside of a double-quoted string, or undefined when an escape is not one of Go's. `\\xc3\\xa9` are the bytes of one character. */
export function unquoteGo(inside: string): string | undefined {
  if (inside.includes('\n')) return undefined
  const parts: Buffer[] = []
  for (let i = 0; i < inside.length; ) {
    const next = inside.indexOf('\\', i)
    const end = next < 0 ? inside.length : next
    parts.push(Buffer.from(inside.slice(i, end)))
    i = end
    if (next < 0) break
    ESCAPE.lastIndex = i
    const match = ESCAPE.exec(inside)
    const decoded = match === null ? undefined : decodeEscape(match)
    if (decoded === undefined) return undefined
    parts.push(decoded)
    i = ESCAPE.lastIndex
  }
  return Buffer.concat(parts).toString('utf8')
}

function decodeEscape([, named, hex, octal, short, long]: RegExpExecArray): Buffer | undefined {
  if (named !== undefined) return Buffer.from(NAMED[named]!)
  if (hex !== undefined) return Buffer.of(Number.parseInt(hex, 16))
  if (octal !== undefined) return Number.parseInt(octal, 8) > 255 ? undefined : Buffer.of(Number.parseInt(octal, 8))
  const code = Number.parseInt(short ?? long ?? '', 16)
  return code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff) ? undefined : Buffer.from(String.fromCodePoint(code))
}
