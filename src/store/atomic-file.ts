import {randomBytes} from 'node:crypto'
import {open, readdir, rename, rm} from 'node:fs/promises'
import {basename, dirname, join} from 'node:path'

/**
 * Replaces the content of `path` so that a reader, a crash or a full disk finds the old file or the
 * new one, never a part: temporary file in the same folder, fsync, rename, fsync of the folder.
 * Throws the system error; the temporary file is removed then.
 */
export async function writeAtomically(path: string, content: string): Promise<void> {
  const temporary = join(dirname(path), `${temporaryPrefix(path)}${process.pid}-${randomBytes(4).toString('hex')}.tmp`)
  try {
    await writeDurably(temporary, content)
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, {force: true}).catch(() => undefined)
    throw error
  }
  await syncFolder(dirname(path))
}

/** Removes what a killed writer of `path` left. Call it only while holding the lock of `path`. */
export async function removeLeftovers(path: string): Promise<void> {
  const prefix = temporaryPrefix(path)
  const names = await readdir(dirname(path))
  const leftovers = names.filter((name) => name.startsWith(prefix) && name.endsWith('.tmp'))
  await Promise.all(leftovers.map((name) => rm(join(dirname(path), name), {force: true})))
}

function temporaryPrefix(path: string): string {
  return `.${basename(path)}.`
}

async function writeDurably(path: string, content: string): Promise<void> {
  const file = await open(path, 'wx', 0o644)
  try {
    await file.writeFile(content)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** Makes the rename itself durable. Some file systems refuse to sync a folder; the content is safe there too. */
async function syncFolder(path: string): Promise<void> {
  try {
    const folder = await open(path, 'r')
    await folder.sync().finally(() => folder.close())
  } catch {
    // Nothing was lost: the new file is complete, only its name may be the old one after a power cut.
  }
}
