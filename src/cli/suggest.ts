import {editDistance} from '../base/edit-distance.ts'

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

/** Words that other tools have for ours, which no edit of letters leads to. */
const SYNONYMS: Readonly<Record<string, string>> = {
  rm: 'remove',
  delete: 'remove',
  del: 'remove',
  ls: 'list',
  cat: 'show',
}

/**
 * Commands that words were probably meant to name: each candidate is compared with as many of the
 * words as it has itself, because the rest were arguments.
 */
export function nearestCommands(words: readonly string[], commands: readonly string[]): string[] {
  const depthMax = Math.max(0, ...commands.map((command) => command.split(' ').length))
  const [topic, second = ''] = words
  const meant = `${topic} ${SYNONYMS[second]}`
  if (commands.includes(meant)) return [meant]
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
