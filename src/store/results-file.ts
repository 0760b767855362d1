import {access, constants, mkdir, open, realpath, stat} from 'node:fs/promises'
import {dirname, join} from 'node:path'
import {AssertionError, assert} from '../base/assert.ts'
import {StreambusError, systemCodeOf} from '../base/errors.ts'
import type {Results} from '../model/results.ts'
import {removeLeftovers, writeAtomically} from './atomic-file.ts'
import {lockFile} from './lock-file.ts'
import {formatResults} from './results-json.ts'
import {firstSchemaProblem} from './results-schema.ts'
import type {ResultsFile} from './store.ts'

const NAMESAKES_MAX = 100

/**
 * `<id>.json` in `folder`; runs that start in the same second get `<id>-2.json` and so on, because
 * a run must never replace another's figures unasked.
 */
export async function openNew(folder: string, id: string): Promise<ResultsFile> {
  for (let copy = 1; copy <= NAMESAKES_MAX; copy++) {
    const path = join(folder, copy === 1 ? `${id}.json` : `${id}-${copy}.json`)
    const file = await openUnlessTaken(path)
    if (file !== undefined) return file
  }
  throw new StreambusError('SB_OUTPUT_LOCKED', `${NAMESAKES_MAX} results files named ${id} are in ${folder}.`, {
    hint: 'Name one with --output.',
  })
}

async function openUnlessTaken(path: string): Promise<ResultsFile | undefined> {
  try {
    const file = await lockAndOpen(path)
    if (!(await exists(path))) return file
    await file.close()
    return undefined
  } catch (error) {
    if (error instanceof StreambusError && error.code === 'SB_OUTPUT_LOCKED') return undefined
    throw error
  }
}

/**
 * The file a user named; its previous content stays until the first save. Throws
 * SB_OUTPUT_UNWRITABLE for a folder, a device, a file that is not ours to replace, or a place that
 * cannot be written, and SB_OUTPUT_LOCKED.
 */
export async function openAt(path: string, id: string): Promise<ResultsFile> {
  const target = await throughLinks(path)
  await checkReplaceable(target, id)
  return await lockAndOpen(target)
}

async function lockAndOpen(path: string): Promise<ResultsFile> {
  const unlock = await whileWriting(path, async () => {
    await makeFolder(dirname(path))
    const release = await lockFile(path)
    await removeLeftovers(path)
    return release
  })
  return resultsFile(path, unlock)
}

function resultsFile(path: string, unlock: () => Promise<void>): ResultsFile {
  let closed = false
  let saving: Promise<void> = Promise.resolve() // saves run one after the other, in the order asked
  const saveNow = async (results: Results): Promise<void> => {
    const problem = await firstSchemaProblem(results)
    if (problem !== undefined) throw new AssertionError(`results for ${path} break their schema: ${problem}`)
    await whileWriting(path, () => writeAtomically(path, formatResults(results)))
  }
  return {
    path,
    save(results) {
      assert(!closed, `save after close: ${path}`)
      const saved = saving.then(() => saveNow(results))
      saving = saved.catch(() => undefined)
      return saved
    },
    async close() {
      if (closed) return
      closed = true
      await saving
      await unlock()
    },
  }
}

/** Each level once: Node's recursive mkdir never returns where a folder exists but refuses children (/proc). */
async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path)
  } catch (error) {
    const code = systemCodeOf(error)
    if (code === 'EEXIST' && (await stat(path)).isDirectory()) return
    if (code !== 'ENOENT' || path === dirname(path) || (await exists(dirname(path)))) throw error
    await makeFolder(dirname(path))
    await makeFolder(path)
  }
}

/** A link keeps being one: the file it leads to is replaced. */
async function throughLinks(path: string): Promise<string> {
  return await realpath(path).catch(() => path)
}

/** Renaming over a path needs no permission on the file itself, so ask for what a user would expect. */
async function checkReplaceable(path: string, id: string): Promise<void> {
  const facts = await stat(path).catch(() => undefined)
  if (facts === undefined) return
  if (facts.isDirectory())
    throw unwritable(path, 'is a folder', `Name a file in it: --output ${join(path, `${id}.json`)}`)
  if (!facts.isFile()) throw unwritable(path, 'is not a regular file', 'For output on stdout use --json.')
  await access(path, constants.W_OK).catch(() => {
    throw unwritable(path, 'is write-protected', 'Choose another --output.')
  })
  if (facts.size > 0 && !(await looksLikeResults(path))) {
    throw unwritable(path, 'exists and is not a results file', 'Choose another --output, or remove it yourself.')
  }
}

/** Whether the head of a file names our schema; cheap, so that a folder of large files can be sifted. */
export async function looksLikeResults(path: string): Promise<boolean> {
  const file = await open(path, 'r')
  try {
    const {buffer, bytesRead} = await file.read(Buffer.alloc(4096), 0, 4096, 0)
    return /"schema"\s*:\s*"streambus\.results\//.test(buffer.toString('utf8', 0, bytesRead))
  } finally {
    await file.close()
  }
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined
}

/** Runs `write`; what the system refused becomes SB_OUTPUT_UNWRITABLE with what to do. */
async function whileWriting<T>(path: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write()
  } catch (error) {
    const code = systemCodeOf(error)
    if (code === undefined || error instanceof StreambusError) throw error
    throw new StreambusError('SB_OUTPUT_UNWRITABLE', `${path} cannot be written: ${reasonOf(code)}.`, {
      hint:
        code === 'ENOSPC' || code === 'EDQUOT'
          ? 'Free some space; what was there before is unchanged.'
          : 'Choose another --output.',
      cause: error,
    })
  }
}

function reasonOf(code: string): string {
  if (code === 'ENOSPC') return 'no space is left on the disk (ENOSPC)'
  if (code === 'EDQUOT') return 'the disk quota is used up (EDQUOT)'
  if (code === 'EACCES' || code === 'EPERM') return `permission denied (${code})`
  if (code === 'EROFS') return 'the file system is read-only (EROFS)'
  if (code === 'ENOTDIR' || code === 'EEXIST') return `a part of its path is a file, not a folder (${code})`
  return code
}

function unwritable(path: string, what: string, hint: string): StreambusError {
  return new StreambusError('SB_OUTPUT_UNWRITABLE', `${path} ${what}.`, {hint})
}
