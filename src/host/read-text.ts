import {readFile} from 'node:fs/promises'

/** The text of a small system file, or undefined where it cannot be read: facts degrade, they never fail. */
export async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch {
    return undefined
  }
}
