import {mkdir, open, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {StreambusError, systemCodeOf} from '../base/errors.ts'

/** The files of one capture: `<base>.<ending>`. */
export interface CaptureFiles {
  readonly base: string // absolute, without ending
  /** Absolute path of the file with this ending (`cpuprofile`, `pb.gz`, `html`). */
  path(ending: string): string
  /** Writes one file whole. Throws SB_OUTPUT_UNWRITABLE, SB_DISK_FULL. */
  write(ending: string, content: string | Uint8Array): Promise<string>
}

/**
 * Reserves `<resultsDir>/captures/<id>` by creating its first file, empty; a second capture of the
 * same second becomes `<id>-2`. Throws SB_OUTPUT_UNWRITABLE, SB_DISK_FULL.
 */
export async function reserveCaptureFiles(resultsDir: string, id: string, firstEnding: string): Promise<CaptureFiles> {
  const folder = join(resultsDir, 'captures')
  try {
    await makeFolder(resultsDir)
    await makeFolder(folder)
    for (let attempt = 1; ; attempt += 1) {
      const base = join(folder, attempt === 1 ? id : `${id}-${attempt}`)
      if (await createNew(`${base}.${firstEnding}`)) return captureFiles(base)
    }
  } catch (error) {
    throw unwritable(folder, error)
  }
}

function captureFiles(base: string): CaptureFiles {
  const path = (ending: string) => `${base}.${ending}`
  return {
    base,
    path,
    async write(ending, content) {
      try {
        await writeFile(path(ending), content)
      } catch (error) {
        throw unwritable(path(ending), error)
      }
      return path(ending)
    },
  }
}

/** A level at a time: Node's recursive mkdir does not return for a folder that may not be made below /proc. */
async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path)
  } catch (error) {
    if (systemCodeOf(error) !== 'EEXIST') throw error
  }
}

async function createNew(path: string): Promise<boolean> {
  try {
    const file = await open(path, 'wx')
    await file.close()
    return true
  } catch (error) {
    if (systemCodeOf(error) === 'EEXIST') return false
    throw error
  }
}

function unwritable(path: string, cause: unknown): StreambusError {
  const code = systemCodeOf(cause) ?? String(cause)
  if (code === 'ENOSPC') return new StreambusError('SB_DISK_FULL', `No space left for the capture ${path}`, {cause})
  return new StreambusError('SB_OUTPUT_UNWRITABLE', `Cannot write the capture ${path} (${code})`, {
    hint: 'run the command in a folder that you may write to',
    cause,
  })
}
