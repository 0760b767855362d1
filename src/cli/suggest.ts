/**
 * Candidates that `typed` was probably meant to be, nearest first, at most three. A candidate
 * qualifies with one edit in three letters, or when it starts with what was typed.
 */
export function nearest(typed: string, candidates: readonly string[]): string[] {
  const editsMax = Math.max(1, Math.floor(typed.length / 3))
  const ranked = [...new Set(candidates)]
    .map((candidate) => ({candidate, edits: editDistance(typed, candidate)}))
    .filter(({candidate, edits}) => edits <= editsMax || (typed.length >= 2 && candidate.startsWith(typed)))
  ranked.sort((a, b) => a.edits - b.edits || (a.candidate < b.candidate ? -1 : 1))
  return ranked.slice(0, 3).map(({candidate}) => candidate)
}

/**
 * Commands that words were probably meant to name: each candidate is compared with as many of the
 * words as it has itself, because the rest were arguments.
 */
export function nearestCommands(words: readonly string[], commands: readonly string[]): string[] {
  const depthMax = Math.max(0, ...commands.map((command) => command.split(' ').length))
  for (let depth = Math.min(depthMax, words.length); depth > 0; depth -= 1) {
    const found = nearest(
      words.slice(0, depth).join(' '),
      commands.filter((command) => command.split(' ').length === depth),
    )
    if (found.length > 0) return found
  }
  // One word of a longer name: `througput` for `bench throughput`.
  const byLastWord = new Map(commands.map((command) => [command.split(' ').at(-1)!, command]))
  return nearest(words[0] ?? '', [...byLastWord.keys()]).map((word) => byLastWord.get(word)!)
}

/**
 * Edits between two words, a swap of neighbours counted as one, since that is what fingers do.
 * Source: the optimal string alignment distance; Damerau, CACM 7(3), 1964.
 */
export function editDistance(a: string, b: string): number {
  let beforePrevious: number[] = []
  let previous = Array.from({length: b.length + 1}, (_, column) => column)
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row]
    for (let column = 1; column <= b.length; column += 1) {
      const substitution = previous[column - 1]! + (a[row - 1] === b[column - 1] ? 0 : 1)
      let edits = Math.min(previous[column]! + 1, current[column - 1]! + 1, substitution)
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]
      if (swapped) edits = Math.min(edits, beforePrevious[column - 2]! + 1)
      current.push(edits)
    }
    beforePrevious = previous
    previous = current
  }
  return previous[b.length]!
}
