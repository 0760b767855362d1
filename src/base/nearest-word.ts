import {editDistance} from './edit-distance.ts'

/** The word that was probably meant, with at most one edit in three letters (two at least); undefined when none is near. */
export function nearestWord(typed: string, words: Iterable<string>): string | undefined {
  const editsMax = Math.max(2, Math.floor(typed.length / 3))
  let best: {readonly word: string; readonly edits: number} | undefined
  for (const word of words) {
    const edits = editDistance(typed.toLowerCase(), word.toLowerCase())
    if (edits <= editsMax && edits < word.length && (best === undefined || edits < best.edits)) best = {word, edits}
  }
  return best?.word
}

/** ` (did you mean "poisson"?)`, or nothing: the end of a message about an unknown word. */
export function didYouMean(typed: string, words: Iterable<string>): string {
  const word = nearestWord(typed, words)
  return word === undefined ? '' : ` (did you mean "${word}"?)`
}
