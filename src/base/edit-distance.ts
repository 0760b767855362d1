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
