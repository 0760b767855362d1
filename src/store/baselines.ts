import {readdir, rm, stat} from 'node:fs/promises'
import {join} from 'node:path'
import {setTimeout} from 'node:timers/promises'
import {StreambusError} from '../base/errors.ts'
import {didYouMean} from '../base/nearest-word.ts'
import type {Results} from '../model/results.ts'
import {hostFingerprint} from './host-fingerprint.ts'
import {lockFile} from './lock-file.ts'
import {openAt} from './results-file.ts'
import type {BaselineOrigin} from './store.ts'

const LOCK_WAIT_MS = 20
const LOCK_TRIES_MAX = 150

/** Throws SB_USAGE unless `name` can be a file's name everywhere and stays in the folder. */
export function checkBaselineName(name: string): void {
  if (/^[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}$/.test(name)) return
  throw new StreambusError('SB_USAGE', `${JSON.stringify(name)} cannot name a baseline.`, {
    hint: 'Use 1 to 100 letters, digits, dots, dashes and underscores, not starting with a dot: --save-baseline main',
  })
}

/** Names of the baselines in `folder`, sorted; none when there is no folder. */
export async function baselineNames(folder: string): Promise<string[]> {
  const entries = await readdir(folder).catch(() => [])
  const files = entries.filter((entry) => /^[^.].*\.json$/.test(entry))
  return files.map((entry) => entry.slice(0, -'.json'.length)).sort()
}

/** Path of a baseline that exists. Throws SB_USAGE, SB_BASELINE_NOT_FOUND. */
export async function baselinePath(folder: string, name: string): Promise<string> {
  checkBaselineName(name)
  const path = join(folder, `${name}.json`)
  const facts = await stat(path).catch(() => undefined)
  if (facts?.isFile()) return path
  const known = await baselineNames(folder)
  throw new StreambusError(
    'SB_BASELINE_NOT_FOUND',
    `There is no baseline ${name} in ${folder}${didYouMean(name, known)}.`,
    {
      hint:
        known.length === 0
          ? `Save one: streambus bench throughput --save-baseline ${name}`
          : `Saved baselines: ${known.slice(0, 10).join(', ')}.`,
    },
  )
}

/** Keeps `results` as a baseline; see `Store.saveBaseline`. */
export async function saveBaseline(
  folder: string,
  name: string,
  results: Results,
  origin: BaselineOrigin = {},
): Promise<string> {
  checkBaselineName(name)
  const variation = results.baseline?.variation
  const baseline = {
    name,
    savedAt: new Date().toISOString(),
    host: hostFingerprint(results.environment),
    ...(variation !== undefined && {variation}),
    ...origin,
  }
  const file = await whenUnlocked(() => openAt(join(folder, `${name}.json`), results.id))
  await file.save({...results, baseline}).finally(() => file.close())
  return file.path
}

/** Whoever writes a baseline is done in a moment, so the next one waits for a while instead of giving up. */
async function whenUnlocked<T>(attempt: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await attempt()
    } catch (error) {
      const isLocked = error instanceof StreambusError && error.code === 'SB_OUTPUT_LOCKED'
      if (!isLocked || tries === LOCK_TRIES_MAX) throw error
      await setTimeout(LOCK_WAIT_MS)
    }
  }
}

/** Removes a baseline that nobody is writing; see `Store.removeBaseline`. */
export async function removeBaseline(folder: string, name: string): Promise<string> {
  const path = await baselinePath(folder, name)
  const unlock = await whenUnlocked(() => lockFile(path))
  await rm(path).finally(unlock)
  return path
}
