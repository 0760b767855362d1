import {settingDefinitions, settingSections} from './schema.ts'

/** The key or section that was probably meant by `unknown`, or undefined when none is near. */
export function nearestSetting(unknown: string): string | undefined {
  return nearestOf(unknown, [...settingDefinitions.map(({key}) => key), ...settingSections], '.')
}

/** The nearest of `names`, whose parts are joined by `separator`; of equally near ones the first. */
export function nearestOf(unknown: string, names: Iterable<string>, separator: string): string | undefined {
  const distanceMax = Math.max(2, Math.floor(unknown.length / 4))
  let best: {readonly name: string; readonly distance: number} | undefined
  for (const name of names) {
    // The right name in the wrong section (`fsync_policy` alone) and the start of a name count as near.
    const akin = lastPart(unknown, separator) === lastPart(name, separator) || name.startsWith(`${unknown}_`)
    const distance = akin ? 1 : editDistance(unknown, name)
    if (distance <= distanceMax && (best === undefined || distance < best.distance)) best = {name, distance}
  }
  return best?.name
}

function lastPart(key: string, separator: string): string {
  return key.slice(key.lastIndexOf(separator) + 1)
}

/** Levenshtein distance by rows: insertions, deletions and substitutions cost 1. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({length: b.length + 1}, (_, column) => column)
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row]
    for (let column = 1; column <= b.length; column += 1) {
      const substituted = previous[column - 1]! + (a[row - 1] === b[column - 1] ? 0 : 1)
      current.push(Math.min(substituted, previous[column]! + 1, current[column - 1]! + 1))
    }
    previous = current
  }
  return previous[b.length]!
}
