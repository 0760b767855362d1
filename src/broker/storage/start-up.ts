import {join} from 'node:path'
import type {StorageEvent} from './events.ts'
import type {Files} from './files.ts'
import {type Found, findSegments, type NamedSegments} from './found-segments.ts'
import type {Manifest, ManifestReading} from './manifest.ts'
import {ManifestStore, manifestName, readManifest} from './manifest-store.ts'
import {type ReplayStart, replayStartOf, wholeLog} from './replay-start.ts'
import {TableDamage} from './tables/table-damage.ts'
import type {TableMeta} from './tables/table-meta.ts'
import type {TableStore} from './tables/table-store.ts'

export interface StartUpOptions {
  readonly files: Files
  readonly dataDir: string
  readonly acceptLoss: boolean
  /** Opens the tables of the manifest; rejects with a TableDamage. */
  readonly openTables: (metas: readonly TableMeta[]) => Promise<TableStore>
  readonly onEvent: (event: StorageEvent) => void
}

/** What was found in the data directory, and how much of it can be used as it is. */
export interface StartUp {
  readonly found: readonly Found[]
  readonly freed: readonly string[] // paths in the log's directory that were to go to the pool
  readonly start: ReplayStart
  readonly manifest: ManifestStore
  readonly tables: TableStore
}

/**
 * Looks at manifest, segments and tables. Where manifest or tables cannot be used, the whole log is to be read and they are
 * to be made anew: the log is the truth. Rejects with SB_LOG_CORRUPT when a segment is missing or none.
 */
export async function startUp(options: StartUpOptions): Promise<StartUp> {
  const {files, dataDir, acceptLoss, openTables, onEvent} = options
  const reading = await readManifest(files, dataDir)
  const {live, freed} = await findSegments(files, join(dataDir, 'log'), namedSegments(reading), acceptLoss)
  try {
    const known = await useIndex(options, reading, live)
    if (typeof known !== 'string') return {found: live, freed, ...known}
    if (live.length > 0) onEvent({kind: 'index-rebuilt', why: known})
    const start = wholeLog(live)
    const manifest = new ManifestStore(files, dataDir, manifestOf(start, live))
    return {found: live, freed, start, manifest, tables: await openTables([])}
  } catch (error) {
    for (const {segment} of live) await files.close(segment.file.handle)
    throw error
  }
}

function namedSegments(reading: ManifestReading | undefined): NamedSegments | undefined {
  const segments = reading?.kind === 'whole' ? reading.manifest.segments : []
  return segments.length === 0 ? undefined : {first: segments[0]!.number, last: segments.at(-1)!.number}
}

/** What the manifest says, with its tables open; otherwise why it cannot be used. */
async function useIndex(
  {files, dataDir, acceptLoss, openTables}: StartUpOptions,
  reading: ManifestReading | undefined,
  found: readonly Found[],
): Promise<Pick<StartUp, 'start' | 'manifest' | 'tables'> | string> {
  const path = join(dataDir, manifestName)
  if (reading === undefined) return `${path}: it is missing`
  if (reading.kind === 'damaged') return `${path}: ${reading.why}`
  const start = await replayStartOf(files, join(dataDir, 'log'), reading.manifest, found, acceptLoss)
  if (typeof start === 'string') return `${path}: ${start}`
  try {
    const tables = await openTables(reading.manifest.tables)
    return {start, manifest: new ManifestStore(files, dataDir, reading.manifest), tables}
  } catch (error) {
    if (error instanceof TableDamage) return error.message
    throw error
  }
}

/** What holds before anything of the log is in tables. */
function manifestOf({point}: ReplayStart, found: readonly Found[]): Manifest {
  const segments = found
    .slice(0, 1)
    .map(({segment: {number, generation, newestMs}}) => ({number, generation, newestMs}))
  return {replay: point, nextTopicId: 1, topics: [], segments, tables: []}
}
