import {join} from 'node:path'
import {systemCodeOf} from '../../base/errors.ts'
import {type Files, readFully, syncFile, writeFully} from './files.ts'
import {decodeManifest, encodeManifest, type Manifest, type ManifestReading} from './manifest.ts'

export const manifestName = 'MANIFEST'

type Change = (manifest: Manifest) => Manifest

interface Edit {
  readonly change: Change
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/** Keeps the manifest on disk: each edit is whole or not there. */
export class ManifestStore {
  readonly path: string
  readonly #files: Files
  readonly #directory: string
  #manifest: Manifest
  #waiting: Edit[] = []
  #running: Promise<void> | undefined
  #failure: {readonly cause: unknown} | undefined

  /** `manifest`: what holds until the first edit. */
  constructor(files: Files, directory: string, manifest: Manifest) {
    this.#files = files
    this.#directory = directory
    this.path = join(directory, manifestName)
    this.#manifest = manifest
  }

  /** As the last durable edit left it. */
  get manifest(): Manifest {
    return this.#manifest
  }

  /**
   * Durable when resolved. Edits take effect in order, those that wait for a write together. Rejects with the system's error; then
   * nobody knows which manifest the disk holds, so every later edit rejects too.
   */
  edit(change: Change): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure.cause)
    return new Promise((resolve, reject) => {
      this.#waiting.push({change, resolve, reject})
      this.#running ??= this.#run()
    })
  }

  /** No edit takes effect from now on: each rejects with `cause`. */
  stop(cause: unknown): void {
    this.#failure ??= {cause}
  }

  /** Resolves when no edit is under way. */
  async idle(): Promise<void> {
    while (this.#running !== undefined) await this.#running
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      const edits = this.#waiting.splice(0)
      try {
        if (this.#failure !== undefined) throw this.#failure.cause
        const manifest = edits.reduce((changed, edit) => edit.change(changed), this.#manifest)
        await this.#write(encodeManifest(manifest))
        this.#manifest = manifest
        for (const edit of edits) edit.resolve()
      } catch (cause) {
        this.#failure = {cause}
        for (const edit of [...edits, ...this.#waiting.splice(0)]) edit.reject(cause)
      }
    }
    this.#running = undefined
  }

  async #write(bytes: Buffer): Promise<void> {
    const path = `${this.path}.new`
    const handle = await createAnew(this.#files, path)
    try {
      await writeFully(this.#files, handle, bytes, 0)
      await syncFile(this.#files, handle)
    } finally {
      await this.#files.close(handle)
    }
    await this.#files.rename(path, this.path)
    await this.#files.syncDirectory(this.#directory)
  }
}

/** Reads the manifest of a data directory; undefined when there is none. */
export async function readManifest(files: Files, directory: string): Promise<ManifestReading | undefined> {
  const path = join(directory, manifestName)
  if (!(await files.list(directory)).includes(manifestName)) return undefined
  const handle = await files.open(path, 'existing')
  try {
    const bytes = Buffer.alloc(await files.sizeOf(path))
    const got = await readFully(files, handle, bytes, bytes.length, 0)
    return decodeManifest(bytes.subarray(0, got))
  } finally {
    await files.close(handle)
  }
}

/** What an edit that a crash cut short left behind is in the way. */
async function createAnew(files: Files, path: string): Promise<number> {
  try {
    return await files.open(path, 'create')
  } catch (error) {
    if (systemCodeOf(error) !== 'EEXIST') throw error
    await files.unlink(path)
    return files.open(path, 'create')
  }
}
