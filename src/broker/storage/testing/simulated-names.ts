import {dirname} from 'node:path'
import type {Random} from '../../../base/random.ts'
import type {SimulatedFile} from './simulated-file.ts'

interface NameChange {
  readonly removed: string | undefined
  readonly added: string | undefined
  readonly file: SimulatedFile
  readonly unsynced: Set<string> // directories whose sync is missing
}

/**
 * The directories of a simulated disk. A name that was made, renamed or removed is there for sure
 * only once every directory it concerns was synced. Until then any of the changes may have reached
 * the medium, in any order, but each is atomic, and none without the earlier ones of the same name or
 * file: that much any journal keeps (POSIX says of `rename` that it is atomic, of `fsync` of a file nothing about its name).
 */
export class SimulatedNames {
  readonly seen = new Map<string, SimulatedFile>()
  readonly #durable = new Map<string, SimulatedFile>()
  #pending: NameChange[] = []

  create(path: string, file: SimulatedFile): void {
    this.#change({removed: undefined, added: path, file})
  }

  rename(from: string, to: string): void {
    const file = this.seen.get(from)!
    file.path = to
    this.#change({removed: from, added: to, file})
  }

  remove(path: string): void {
    this.#change({removed: path, added: undefined, file: this.seen.get(path)!})
  }

  /** Covers the changes until now; the returned function makes them durable. */
  beginSync(directory: string): () => void {
    const covered = this.#pending.filter((change) => change.unsynced.has(directory))
    return () => {
      for (const change of covered) change.unsynced.delete(directory)
      this.#settle()
    }
  }

  /** The names as the next start may find them. */
  afterPowerCut(random: Random): Map<string, SimulatedFile> {
    const names = new Map(this.#durable)
    const keep = [0, 0.5, 0.9, 1][Math.floor(random() * 4)]!
    const lost: NameChange[] = []
    for (const change of this.#pending) {
      if (random() < keep && !lost.some((earlier) => dependsOn(change, earlier))) apply(change, names)
      else lost.push(change)
    }
    return names
  }

  /** A name that is on the medium from the start. */
  putDurable(path: string, file: SimulatedFile): void {
    file.path = path
    this.seen.set(path, file)
    this.#durable.set(path, file)
  }

  #change(change: Omit<NameChange, 'unsynced'>): void {
    const paths = [change.removed, change.added].filter((path) => path !== undefined)
    const made = {...change, unsynced: new Set(paths.map((path) => dirname(path)))}
    apply(made, this.seen)
    this.#pending.push(made)
  }

  /** Changes that every directory has, and what they rest on, are on the medium. */
  #settle(): void {
    const settled = new Set<NameChange>()
    for (const change of this.#pending.toReversed()) {
      const isNeeded = [...settled].some((later) => dependsOn(later, change))
      if (isNeeded || change.unsynced.size === 0) settled.add(change)
    }
    for (const change of this.#pending) if (settled.has(change)) apply(change, this.#durable)
    this.#pending = this.#pending.filter((change) => !settled.has(change))
  }
}

function apply({removed, added, file}: NameChange, names: Map<string, SimulatedFile>): void {
  if (removed !== undefined) names.delete(removed)
  if (added !== undefined) names.set(added, file)
}

function dependsOn(later: NameChange, earlier: NameChange): boolean {
  if (later.file === earlier.file) return true
  const names = [earlier.removed, earlier.added].filter((path) => path !== undefined)
  return names.some((path) => path === later.removed || path === later.added)
}
