import {editDistance} from '../base/edit-distance.ts'
import {settingDefinitions, settingSections} from './schema.ts'

/** The key or section that was probably meant by `unknown`, or undefined when none is near. */
export function nearestSetting(unknown: string): string | undefined {
  return nearestOf(unknown, [...settingDefinitions.map(({key}) => key), ...settingSections], '.')
}

/** What is wrong with `key`, which is none, as the end of a sentence. */
export function unknownKey(key: string): string {
  const nearest = nearestSetting(key)
  return nearest === undefined ? 'is not a known key' : `is not a known key; the nearest is ${nearest}`
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
