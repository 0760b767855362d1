import {dirname} from 'node:path'
import type {Random} from '../../../base/random.ts'
import {type Files, LockedError, type Transferred} from '../files.ts'
import {SimulatedFile} from './simulated-file.ts'

/** A call of the storage, as `calls` records it and `fault` sees it before it happens. */
export interface DiskCall {
  readonly kind: 'write' | 'read' | 'fdatasync' | 'rename' | 'syncDirectory' | 'create'
  readonly path: string
  readonly bytes: number
}

export interface DiskOptions {
  readonly capacityBytes?: number
  /** `fdatasync` says that it worked and does nothing: a test of the tests. */
  readonly syncsDoNothing?: boolean
  /** Turns of the event loop that a call takes; 1 if absent. */
  readonly turns?: () => number
}

interface NameChange {
  readonly directories: readonly string[]
  readonly apply: (names: Map<string, SimulatedFile>) => void
}

/**
 * A disk in memory with a page cache: what was written is seen at once, but only what a completed
 * sync covered survives `afterPowerCut` for sure; of the rest, any 512-byte sector may. Changes of
 * names survive as a prefix of their order, as in a journal.
 */
export class SimulatedDisk implements Files {
  readonly calls: DiskCall[] = []
  /** Returns an error to fail the call with, or undefined. */
  fault: (call: DiskCall) => Error | undefined = () => undefined
  /** Called after each call has begun; a test cuts the power from in here. */
  onCall: () => void = () => {}
  readonly #options: DiskOptions
  readonly #names = new Map<string, SimulatedFile>()
  readonly #durableNames = new Map<string, SimulatedFile>()
  readonly #handles = new Map<number, SimulatedFile>()
  readonly #locks = new Set<string>()
  #changes: NameChange[] = []
  #isOff = false

  constructor(options: DiskOptions = {}) {
    this.#options = options
  }

  get isOff(): boolean {
    return this.#isOff
  }

  /** Nothing is heard of any call from now on. */
  powerOff(): void {
    this.#isOff = true
  }

  /** The disk as the next start may find it; `keep` is the chance of an unsynced sector to be there. */
  afterPowerCut(random: Random, keep: number, options: DiskOptions = this.#options): SimulatedDisk {
    const disk = new SimulatedDisk(options)
    const kept = Math.floor(random() * (this.#changes.length + 1))
    const names = new Map(this.#durableNames)
    for (const change of this.#changes.slice(0, kept)) change.apply(names)
    for (const [path, file] of names) disk.#putDurable(path, file.afterPowerCut(random, keep))
    return disk
  }

  /** What is seen in the file now, to be looked at or damaged by a test. */
  contentOf(path: string): Buffer {
    return this.#fileAt(path).content()
  }

  paths(): string[] {
    return [...this.#names.keys()].sort()
  }

  async open(path: string, mode: 'existing' | 'create'): Promise<number> {
    if (mode === 'create') {
      await this.#begin('create', path, 0)
      if (this.#names.has(path)) throw systemError('EEXIST', path)
      const created = new SimulatedFile(path)
      this.#change([dirname(path)], (names) => names.set(path, created))
    }
    const file = this.#fileAt(path)
    const handle = this.#handles.size + 1
    this.#handles.set(handle, file)
    return handle
  }

  async close(): Promise<void> {}

  write(handle: number, buffer: Buffer, offset: number, length: number, position: number, done: Transferred): void {
    const file = this.#handles.get(handle)!
    const error = this.#register('write', file.path, length) ?? this.#fullError(file, position + length)
    if (error === undefined && !this.#isOff) file.write(buffer.subarray(offset, offset + length), position)
    this.#later(() => (error === undefined ? done(null, length) : done(error, 0)))
    this.onCall()
  }

  writeNow(handle: number, buffer: Buffer, offset: number, length: number, position: number): number {
    const file = this.#handles.get(handle)!
    const error = this.#register('write', file.path, length) ?? this.#fullError(file, position + length)
    if (error !== undefined) throw error
    if (!this.#isOff) file.write(buffer.subarray(offset, offset + length), position)
    this.onCall()
    return length
  }

  read(handle: number, buffer: Buffer, offset: number, length: number, position: number, done: Transferred): void {
    const file = this.#handles.get(handle)!
    const error = this.#register('read', file.path, length)
    this.#later(() => {
      if (error !== undefined) done(error, 0)
      else done(null, file.read(buffer.subarray(offset, offset + length), position))
    })
    this.onCall()
  }

  fdatasync(handle: number, done: (error: Error | null) => void): void {
    const file = this.#handles.get(handle)!
    const error = this.#register('fdatasync', file.path, 0)
    const complete = error === undefined && this.#options.syncsDoNothing !== true ? file.beginSync() : () => {}
    this.#later(() => {
      complete()
      done(error ?? null)
    })
    this.onCall()
  }

  async truncate(handle: number, bytes: number): Promise<void> {
    this.#handles.get(handle)!.truncate(bytes)
  }

  async sizeOf(path: string): Promise<number> {
    return this.#fileAt(path).size
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#begin('rename', from, 0)
    const file = this.#fileAt(from)
    file.path = to
    this.#change([dirname(from), dirname(to)], (names) => {
      names.delete(from)
      names.set(to, file)
    })
  }

  async unlink(path: string): Promise<void> {
    this.#change([dirname(path)], (names) => names.delete(path))
  }

  async list(directory: string): Promise<string[]> {
    const inside = this.paths().filter((path) => dirname(path) === directory)
    return inside.map((path) => path.slice(directory.length + 1))
  }

  async mkdir(): Promise<void> {}

  async syncDirectory(directory: string): Promise<void> {
    const last = this.#changes.findLastIndex((change) => change.directories.includes(directory))
    const covered = this.#changes.slice(0, last + 1)
    await this.#begin('syncDirectory', directory, 0)
    for (const change of covered) change.apply(this.#durableNames)
    this.#changes = this.#changes.filter((change) => !covered.includes(change))
  }

  async freeBytes(): Promise<number> {
    return (this.#options.capacityBytes ?? Number.MAX_SAFE_INTEGER) - this.#usedBytes()
  }

  async lock(path: string): Promise<() => Promise<void>> {
    if (this.#locks.has(path)) throw new LockedError(path, process.pid)
    this.#locks.add(path)
    return async () => {
      this.#locks.delete(path)
    }
  }

  #fileAt(path: string): SimulatedFile {
    const file = this.#names.get(path)
    if (file === undefined) throw systemError('ENOENT', path)
    return file
  }

  #putDurable(path: string, file: SimulatedFile): void {
    file.path = path
    this.#names.set(path, file)
    this.#durableNames.set(path, file)
  }

  #change(directories: readonly string[], apply: NameChange['apply']): void {
    apply(this.#names)
    this.#changes.push({directories, apply})
  }

  #register(kind: DiskCall['kind'], path: string, bytes: number): Error | undefined {
    const call = {kind, path, bytes}
    this.calls.push(call)
    return this.fault(call)
  }

  async #begin(kind: DiskCall['kind'], path: string, bytes: number): Promise<void> {
    const error = this.#register(kind, path, bytes)
    this.onCall()
    await new Promise<void>((resolve) => this.#later(resolve))
    if (error !== undefined) throw error
  }

  #later(act: () => void, turns = this.#options.turns?.() ?? 1): void {
    setImmediate(() => {
      if (this.#isOff) return
      if (turns <= 1) act()
      else this.#later(act, turns - 1)
    })
  }

  #usedBytes(): number {
    let used = 0
    for (const file of this.#names.values()) used += file.size
    return used
  }

  #fullError(file: SimulatedFile, end: number): Error | undefined {
    const grown = Math.max(0, end - file.size)
    const isFull = this.#usedBytes() + grown > (this.#options.capacityBytes ?? Number.POSITIVE_INFINITY)
    return grown > 0 && isFull ? systemError('ENOSPC', file.path) : undefined
  }
}

export function systemError(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${path}`), {code})
}
