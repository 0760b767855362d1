/** One argument of `compare`: a label for the column, and where to read. */
export interface InputArgument {
  readonly label: string // empty: no `.file` value
  readonly path: string // `-` is standard input
  readonly isLabelled: boolean
}

/**
 * `label=path` (split at the first `=`) or `path`, which is its own label; the same path given
 * several times without a label becomes `path#0`, `path#1`. Equal labels pool their samples.
 */
export function parseInputs(texts: readonly string[]): InputArgument[] {
  const seen = new Map<string, number>()
  return texts.map((text) => {
    const split = text.indexOf('=')
    if (split >= 0) return {label: text.slice(0, split), path: text.slice(split + 1), isLabelled: true}
    if (texts.filter((other) => other === text).length === 1) return {label: text, path: text, isLabelled: false}
    const index = seen.get(text) ?? 0
    seen.set(text, index + 1)
    return {label: `${text}#${index}`, path: text, isLabelled: false}
  })
}
