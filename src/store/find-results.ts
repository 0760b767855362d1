import {readdir, stat} from 'node:fs/promises'
import {join} from 'node:path'
import {StreambusError} from '../base/errors.ts'
import {looksLikeResults} from './results-file.ts'

interface Candidate {
  readonly path: string
  readonly name: string
  readonly instantMs: number
  readonly modifiedMs: number
}

/**
 * The newest results file directly in `folder`: by the instant its run id starts with
 * (`20261123T154012-...`, UTC), else by its time of change. Baselines, locks, temporary files and
 * foreign JSON do not count. Throws SB_INPUT_NOT_FOUND.
 */
export async function lastResultsPath(folder: string): Promise<string> {
  const entries = await readdir(folder, {withFileTypes: true}).catch(() => [])
  const names = entries.filter((entry) => entry.isFile() && /^[^.].*\.json$/.test(entry.name)).map(({name}) => name)
  const candidates = await Promise.all(names.map((name) => candidateOf(folder, name)))
  for (const {path} of candidates.filter((each) => each !== undefined).sort(newestFirst)) {
    if (await looksLikeResults(path).catch(() => false)) return path
  }
  throw new StreambusError('SB_INPUT_NOT_FOUND', `${folder} holds no results file.`, {
    hint: 'streambus bench throughput writes one.',
  })
}

async function candidateOf(folder: string, name: string): Promise<Candidate | undefined> {
  const path = join(folder, name)
  const facts = await stat(path).catch(() => undefined) // it may vanish while we look
  if (facts === undefined) return undefined
  return {path, name, instantMs: instantOf(name) ?? facts.mtimeMs, modifiedMs: facts.mtimeMs}
}

function newestFirst(a: Candidate, b: Candidate): number {
  return b.instantMs - a.instantMs || b.modifiedMs - a.modifiedMs || (a.name < b.name ? 1 : -1)
}

function instantOf(name: string): number | undefined {
  const found = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)/.exec(name)
  if (found === null) return undefined
  const [year, month, day, hour, minute, second] = found.slice(1).map(Number)
  return Date.UTC(year!, month! - 1, day!, hour!, minute!, second!)
}
