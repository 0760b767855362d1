/**
 * RE2 patterns as JavaScript's: what the two write differently is translated, anything else that
 * JavaScript refuses is an error. Lookaround and back references, which RE2 lacks, are refused too.
 */
export function compileRe2(pattern: string): RegExp {
  if (/\(\?(?:[=!]|<[=!])/.test(pattern)) throw new SyntaxError('invalid or unsupported Perl syntax')
  if (/(?<!\\)(?:\\\\)*\\[1-9]/.test(pattern)) throw new SyntaxError('invalid escape sequence')
  const {flags, rest} = leadingFlags(pattern)
  return new RegExp(translate(rest), `u${flags}`)
}

/** `(?is)...` at the start; JavaScript has flags for the whole pattern or `(?i:...)` groups only. */
function leadingFlags(pattern: string): {flags: string; rest: string} {
  const match = /^\(\?([ims]+)\)/.exec(pattern)
  if (match === null) return {flags: '', rest: pattern}
  return {flags: [...new Set(match[1])].join(''), rest: pattern.slice(match[0].length)}
}

const CLASSES: Readonly<Record<string, string>> = {
  alnum: '0-9A-Za-z',
  alpha: 'A-Za-z',
  digit: '0-9',
  lower: 'a-z',
  upper: 'A-Z',
  punct: '!-\\/:-@\\[-`\\{-~',
  space: '\\t\\n\\v\\f\\r ',
  word: '0-9A-Za-z_',
  xdigit: '0-9A-Fa-f',
}

/** Characters that the `u` flag refuses behind a backslash but RE2 takes for themselves. */
const NEEDLESS_ESCAPE = /[!"#%&',:;<=>@_`~ ]/

function translate(pattern: string): string {
  let out = ''
  let inClass = false
  for (let i = 0; i < pattern.length; i += 1) {
    const char = pattern[i]!
    if (char === '\\') {
      const next = pattern[i + 1] ?? ''
      i += 1
      if (next === 'A') out += '^'
      else if (next === 'z') out += '$'
      else if ((next === 'p' || next === 'P') && /[A-Z]/.test(pattern[i + 1] ?? '')) {
        out += `\\${next}{${pattern[i + 1]}}`
        i += 1
      } else if (next === '-' && !inClass) out += '-'
      else if (NEEDLESS_ESCAPE.test(next)) out += next
      else out += `\\${next}`
      continue
    }
    const posix = inClass && char === '[' ? /^\[:(\w+):\]/.exec(pattern.slice(i)) : null
    if (posix !== null && CLASSES[posix[1]!] !== undefined) {
      out += CLASSES[posix[1]!]
      i += posix[0].length - 1
      continue
    }
    if (inClass && char === '[') {
      out += '\\['
      continue
    }
    if (char === '[') inClass = true
    else if (char === ']') {
      out += inClass ? ']' : '\\]'
      inClass = false
      continue
    }
    if (!inClass && pattern.startsWith('(?P<', i)) {
      out += '(?<'
      i += 3
      continue
    }
    out += !inClass && (char === '}' || char === '{') ? brace(pattern, i) : char
  }
  return out
}

/** A brace that is no repetition is a character in RE2. */
function brace(pattern: string, index: number): string {
  const char = pattern[index]!
  const repetition = /\{\d+(?:,\d*)?\}$/.exec(pattern.slice(0, index + 1))
  if (char === '}') return repetition === null ? '\\}' : '}'
  return /^\{\d+(?:,\d*)?\}/.test(pattern.slice(index)) ? '{' : '\\{'
}
