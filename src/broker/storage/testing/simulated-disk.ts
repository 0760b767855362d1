import {dirname} from 'node:path'
import type {Random} from '../../../base/random.ts'
import {isPageAligned, pageBytes} from '../aligned-memory.ts'
import {type Files, type HeldLock, LockedError, type Transferred} from '../files.ts'
import {SimulatedFile} from './simulated-file.ts'
import {SimulatedNames} from './simulated-names.ts'

/** A call of the storage, as `calls` records it and `fault` sees it before it happens. */
export interface DiskCall {
  readonly kind: 'write' | 'read' | 'fdatasync' | 'truncate' | 'create' | 'rename' | 'unlink' | 'syncDirectory'
  readonly path: string
  readonly bytes: number
  readonly position: number // in the file; 0 where there is none
}

export interface DiskOptions {
  readonly capacityBytes?: number
  readonly writeAlignment?: number // 1 if absent
  /** `fdatasync` says that it worked and does nothing: a test of the tests. */
  readonly syncsDoNothing?: boolean
  /** Turns of the event loop that a call takes; 1 if absent. */
  readonly turns?: () => number
  /** Direct I/O is refused where it begins, as by a file system that has none. */
  readonly refusesDirect?: boolean
}

/**
 * A disk in memory with a page cache: what was written is seen at once, but only what a completed
 * sync covered survives `afterPowerCut` for sure. Of the rest any 512-byte sector may, as it was after
 * any of the writes since; and of the changes of names any subset that a journal could have kept.
 */
export class SimulatedDisk implements Files {
  readonly writeAlignment: number
  readonly calls: DiskCall[] = []
  /** Returns an error to fail the call with, or undefined. */
  fault: (call: DiskCall) => Error | undefined = () => undefined
  /** What a call waits for before it completes; a test holds it as long as it likes. */
  hold: (call: DiskCall) => Promise<void> | undefined = () => undefined
  /** Called after each call has begun; a test cuts the power from in here. */
  onCall: (call: DiskCall) => void = () => {}
  syncsUnderWay = 0
  readonly #options: DiskOptions
  readonly #names = new SimulatedNames()
  readonly #handles = new Map<number, SimulatedFile>()
  readonly #direct = new Set<number>()
  readonly #locks = new Map<string, HeldLock>()
  #lastHandle = 0
  #isOff = false
  readonly #whenOff = Promise.withResolvers<void>()

  constructor(options: DiskOptions = {}) {
    this.#options = options
    this.writeAlignment = options.writeAlignment ?? 1
  }

  get isOff(): boolean {
    return this.#isOff
  }

  /** Resolves when the power goes. */
  get whenOff(): Promise<void> {
    return this.#whenOff.promise
  }

  /** Nothing is heard of any call from now on. */
  powerOff(): void {
    this.#isOff = true
    this.#whenOff.resolve()
  }

  /** The disk as the next start may find it; `keep` is the chance of an unsynced sector to be there. */
  afterPowerCut(random: Random, keep: number, options: DiskOptions = this.#options): SimulatedDisk {
    const disk = new SimulatedDisk(options)
    for (const [path, file] of this.#names.afterPowerCut(random)) {
      disk.#names.putDurable(path, file.afterPowerCut(random, keep))
    }
    return disk
  }

  /** The disk as the next start finds it after the process was killed: the page cache lives on. */
  afterKill(options: DiskOptions = this.#options): SimulatedDisk {
    const disk = new SimulatedDisk(options)
    for (const [path, file] of this.#names.seen)
      disk.#names.putDurable(
        path,
        file.afterPowerCut(() => 0, 1),
      )
    return disk
  }

  /** What is seen in the file now, to be looked at or damaged by a test. */
  contentOf(path: string): Buffer {
    return this.#fileAt(path).content()
  }

  get openHandles(): number {
    return this.#handles.size
  }

  paths(): string[] {
    return [...this.#names.seen.keys()].sort()
  }

  async open(path: string, mode: 'existing' | 'create', access?: 'direct'): Promise<number> {
    if (access === 'direct' && this.#options.refusesDirect === true) throw systemError('EINVAL', path)
    if (mode === 'create') {
      if (this.#names.seen.has(path)) throw systemError('EEXIST', path)
      await this.#complete('create', path, () => this.#names.create(path, new SimulatedFile(path)))
    }
    this.#lastHandle += 1
    this.#handles.set(this.#lastHandle, this.#fileAt(path))
    if (access === 'direct') this.#direct.add(this.#lastHandle)
    return this.#lastHandle
  }

  async close(handle: number): Promise<void> {
    this.#handles.delete(handle)
    this.#direct.delete(handle)
  }

  write(handle: number, buffer: Buffer, offset: number, length: number, position: number, done: Transferred): void {
    const file = this.#of(handle)
    const call = {kind: 'write', path: file.path, bytes: length, position} as const
    const unaligned = this.#unaligned(handle, buffer, offset, length, position)
    const error = unaligned ?? this.#register(call) ?? this.#fullError(file, position + length)
    if (error === undefined && !this.#isOff) file.write(buffer.subarray(offset, offset + length), position)
    this.#later(call, () => (error === undefined ? done(null, length) : done(error, 0)))
    this.onCall(call)
  }

  writeNow(handle: number, buffer: Buffer, offset: number, length: number, position: number): number {
    const file = this.#of(handle)
    const call = {kind: 'write', path: file.path, bytes: length, position} as const
    const unaligned = this.#unaligned(handle, buffer, offset, length, position)
    const error = unaligned ?? this.#register(call) ?? this.#fullError(file, position + length)
    if (error !== undefined) throw error
    if (!this.#isOff) file.write(buffer.subarray(offset, offset + length), position)
    this.onCall(call)
    return length
  }

  read(handle: number, buffer: Buffer, offset: number, length: number, position: number, done: Transferred): void {
    this.#read(handle, [buffer.subarray(offset, offset + length)], position, done)
  }

  readInto(handle: number, buffers: readonly Buffer[], position: number, done: Transferred): void {
    this.#read(handle, buffers, position, done)
  }

  fdatasync(handle: number, done: (error: Error | null) => void): void {
    const file = this.#of(handle)
    const call = {kind: 'fdatasync', path: file.path, bytes: 0, position: 0} as const
    const error = this.#register(call)
    const complete = error === undefined && this.#options.syncsDoNothing !== true ? file.beginSync() : () => {}
    this.syncsUnderWay += 1
    this.#later(call, () => {
      this.syncsUnderWay -= 1
      complete()
      done(error ?? null)
    })
    this.onCall(call)
  }

  async truncate(handle: number, bytes: number): Promise<void> {
    const file = this.#of(handle)
    await this.#complete('truncate', file.path, () => file.truncate(bytes))
  }

  async sizeOf(path: string): Promise<number> {
    return this.#fileAt(path).size
  }

  async rename(from: string, to: string): Promise<void> {
    this.#fileAt(from)
    await this.#complete('rename', from, () => this.#names.rename(from, to))
  }

  async unlink(path: string): Promise<void> {
    this.#fileAt(path)
    await this.#complete('unlink', path, () => this.#names.remove(path))
  }

  async list(directory: string): Promise<string[]> {
    const inside = this.paths().filter((path) => dirname(path) === directory)
    return inside.map((path) => path.slice(directory.length + 1))
  }

  async mkdir(): Promise<void> {}

  async syncDirectory(directory: string): Promise<void> {
    let settle = () => {}
    await this.#complete('syncDirectory', directory, () => {
      settle = this.#names.beginSync(directory)
    })
    settle()
  }

  async freeBytes(): Promise<number> {
    return (this.#options.capacityBytes ?? Number.MAX_SAFE_INTEGER) - this.#usedBytes()
  }

  async lock(path: string): Promise<HeldLock> {
    if (this.#locks.has(path)) throw new LockedError(path, 'another broker')
    const release = async () => {
      this.#locks.delete(path)
    }
    const lock: HeldLock = {onLost: () => {}, release}
    this.#locks.set(path, lock)
    return lock
  }

  /** Somebody takes it for a left-over. */
  removeLock(path: string): void {
    const lock = this.#locks.get(path)
    this.#locks.delete(path)
    lock?.onLost(new Error(`${path}.db was removed`))
  }

  #fileAt(path: string): SimulatedFile {
    const file = this.#names.seen.get(path)
    if (file === undefined) throw systemError('ENOENT', path)
    return file
  }

  #of(handle: number): SimulatedFile {
    const file = this.#handles.get(handle)
    if (file === undefined) throw systemError('EBADF', `handle ${handle}`)
    return file
  }

  #read(handle: number, buffers: readonly Buffer[], position: number, done: Transferred): void {
    const file = this.#of(handle)
    const bytes = buffers.reduce((sum, buffer) => sum + buffer.length, 0)
    const call = {kind: 'read', path: file.path, bytes, position} as const
    const unaligned = buffers.map((buffer) => this.#unaligned(handle, buffer, 0, buffer.length, position))
    const error = unaligned.find((each) => each !== undefined) ?? this.#register(call)
    this.#later(call, () => {
      if (error !== undefined) return done(error, 0)
      let got = 0
      for (const buffer of buffers) got += file.read(buffer, position + got)
      done(null, got)
    })
    this.onCall(call)
  }

  #unaligned(handle: number, buffer: Buffer, offset: number, length: number, position: number): Error | undefined {
    if (!this.#direct.has(handle)) return undefined
    const isAligned = isPageAligned(buffer, offset) && length % pageBytes === 0 && position % pageBytes === 0
    return isAligned ? undefined : systemError('EINVAL', `${this.#of(handle).path}, ${length} bytes at ${position}`)
  }

  #register(call: DiskCall): Error | undefined {
    this.calls.push(call)
    return this.fault(call)
  }

  /** A change of names or sizes: it is seen as soon as it has begun, and told some turns later. */
  async #complete(kind: DiskCall['kind'], path: string, act: () => void): Promise<void> {
    const call = {kind, path, bytes: 0, position: 0}
    const error = this.#register(call)
    if (error === undefined && !this.#isOff) act()
    this.onCall(call)
    await new Promise<void>((resolve) => this.#later(call, resolve))
    if (error !== undefined) throw error
  }

  #later(call: DiskCall, act: () => void): void {
    const held = this.hold(call)
    const turns = this.#options.turns?.() ?? 1
    if (held === undefined) this.#afterTurns(turns, act)
    else void held.then(() => this.#afterTurns(turns, act))
  }

  #afterTurns(turns: number, act: () => void): void {
    setImmediate(() => {
      if (this.#isOff) return
      if (turns <= 1) act()
      else this.#afterTurns(turns - 1, act)
    })
  }

  #usedBytes(): number {
    let used = 0
    for (const file of this.#names.seen.values()) used += file.size
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
