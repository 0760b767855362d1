import {mkdir, readFile, rename, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {benchContext, whereAndWhen} from './abba.ts'

/*
 * A long bench is cut into parts with names. What a part gave lies in a file under the temp
 * directory, so that a second call goes on where one stopped; a part that fails is reported and the
 * rest goes on.
 */

export interface Part<Row> {
  readonly name: string
  measure(): Promise<readonly Row[]>
}

export interface KeptPart<Row> {
  readonly where: string // machine and date
  readonly tookSec: number
  readonly rows: readonly Row[]
  readonly error?: string // why there are none
}

export type Kept<Row> = Readonly<Record<string, KeptPart<Row>>>

export interface PartsRequest<Row> {
  readonly bench: string // part of the file's name; another for each way to measure
  readonly parts: readonly Part<Row>[]
  readonly only: readonly string[] // empty: all
  readonly isAgain: boolean // measure anew what is there already
}

/** Measures what is asked for and not there yet. Throws RangeError for a name that no part has. */
export async function measureParts<Row>({bench, parts, only, isAgain}: PartsRequest<Row>): Promise<Kept<Row>> {
  const unknown = only.filter((name) => !parts.some((part) => part.name === name))
  if (unknown.length > 0) {
    throw new RangeError(`no part ${unknown.join(', ')}; there are: ${parts.map(({name}) => name).join(' ')}`)
  }
  const file = join(tmpdir(), 'streambus-bench-parts', `${bench}.json`)
  let kept = await keptIn<Row>(file)
  process.stderr.write(`results are kept in ${file}\n`)
  for (const part of parts) {
    if (benchContext.signal.aborted) break
    const isThere = kept[part.name] !== undefined && kept[part.name]?.error === undefined && !isAgain
    if ((only.length > 0 && !only.includes(part.name)) || isThere) continue
    process.stderr.write(`-- ${part.name}\n`)
    kept = {...kept, [part.name]: await measured(part)}
    await keep(file, kept)
  }
  return kept
}

async function measured<Row>(part: Part<Row>): Promise<KeptPart<Row>> {
  const fromMs = performance.now()
  const tookSec = () => Math.round((performance.now() - fromMs) / 100) / 10
  const where = await whereAndWhen()
  try {
    const rows = await part.measure()
    return {where, tookSec: tookSec(), rows}
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error)
    process.stderr.write(`FAILED ${part.name}: ${error instanceof Error ? error.stack : text}\n`)
    return {where, tookSec: tookSec(), rows: [], error: text}
  }
}

async function keptIn<Row>(file: string): Promise<Kept<Row>> {
  const text = await readFile(file, 'utf8').catch(() => '{}')
  try {
    return JSON.parse(text) as Kept<Row>
  } catch {
    return {} // half of it was written when the power went
  }
}

async function keep<Row>(file: string, kept: Kept<Row>): Promise<void> {
  await mkdir(join(file, '..'), {recursive: true})
  await writeFile(`${file}.new`, JSON.stringify(kept, null, 1))
  await rename(`${file}.new`, file)
}

/** Where and when the parts were measured, each once. */
export function placesOf<Row>(kept: readonly KeptPart<Row>[]): readonly string[] {
  return [...new Set(kept.map(({where}) => where))]
}
