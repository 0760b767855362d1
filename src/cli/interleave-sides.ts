import {StreambusError} from '../base/errors.ts'

/**
 * What one side of `--interleave A B` changes, as arguments of the command: a target
 * (`streambus://HOST:PORT`, `memory`, `embedded`), a setting of the broker (`storage.wal.fsync_policy=always`),
 * a flag (`batch-size=500` or `--batch-size 500`), several of them with blanks between, or `base` for
 * the command as it stands. Throws SB_USAGE for a word that is none of these.
 */
export function argumentsOfSide(text: string): string[] {
  const words = text.split(/\s+/).filter((word) => word !== '')
  if (words.length === 1 && words[0] === 'base') return []
  return words.flatMap((word, index) => argumentsOfWord(word, words[index - 1], text))
}

function argumentsOfWord(word: string, before: string | undefined, text: string): string[] {
  if (word.startsWith('--')) return [word]
  if (before?.startsWith('--') && !before.includes('=')) return [word] // the value of the flag before it
  if (word === 'memory' || word === 'embedded' || word.includes('://')) return ['--target', word]
  const at = word.indexOf('=')
  if (at < 1) {
    throw new StreambusError('SB_USAGE', `--interleave: "${word}" in "${text}" is neither a target nor key=value.`, {
      hint: "--interleave base batch-size=500, or --interleave 'storage.wal.fsync_policy=never' 'storage.wal.fsync_policy=always'",
    })
  }
  const key = word.slice(0, at)
  return key.includes('.') ? ['--set', word] : [`--${word}`]
}

/** The flags a side was parsed to, over those of the command: what the side sets itself wins, settings add up. */
export function mergeSideFlags<Flags extends {set?: string[] | undefined}>(
  base: Flags,
  side: Flags,
  isSetBySide: (name: string) => boolean,
): Flags {
  const set = Object.fromEntries(Object.entries(side).filter(([name]) => isSetBySide(name)))
  return {...base, ...set, set: [...(base.set ?? []), ...(side.set ?? [])]}
}
