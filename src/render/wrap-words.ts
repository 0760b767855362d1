/** What a terminal of a laptop shows; renderers that must fit an old one say 80. */
const COLUMNS = 100

/**
 * A line as several of at most `columns` (100), broken between words; a longer word stays whole. What a
 * line is indented by is kept, of all its parts.
 */
export function wrapWords(line: string, columns = COLUMNS): string[] {
  const indent = /^ */.exec(line)?.[0] ?? ''
  const lines: string[] = []
  let current = ''
  for (const word of line.slice(indent.length).split(' ')) {
    if (current !== '' && indent.length + current.length + 1 + word.length > columns) {
      lines.push(indent + current)
      current = word
    } else {
      current = current === '' ? word : `${current} ${word}`
    }
  }
  return [...lines, indent + current]
}
