import {join} from 'node:path'
import {StreambusError} from '../../base/errors.ts'
import {AlignedMemory} from './aligned-memory.ts'
import {DirectFiles} from './direct-files.ts'
import {unusableDirectory} from './disk-failures.ts'
import {locked} from './failures.ts'
import {type Files, type HeldLock, LockedError} from './files.ts'
import type {LogStorage} from './log-storage.ts'
import {Opening} from './opening.ts'
import type {StorageOptions} from './storage-options.ts'

export type {PoolOptions, StorageOptions} from './storage-options.ts'

/** Slabs are shared by all storages of the process, since each takes address space. */
const memory = new AlignedMemory()

/**
 * Opens the log in `dataDir`, which is made when it is not there, and recovers what it holds.
 * Rejects with SB_LOG_CORRUPT (damage below the highest sync mark, a missing or foreign file),
 * SB_DISK_FULL (the pool or the first segment does not fit), SB_BROKER_START (direct I/O is refused, or the system denies the
 * directory) or SB_STORAGE_FAILED (another broker has it).
 */
export async function openStorage(options: StorageOptions): Promise<LogStorage> {
  const {files, dataDir} = options
  try {
    await files.mkdir(join(dataDir, 'log'))
    await files.mkdir(join(dataDir, 'pool'))
    const lock = await takeLock(files, dataDir)
    try {
      return await new Opening(options, await segmentFiles(options), memory).open(lock)
    } catch (error) {
      await lock.release()
      throw error
    }
  } catch (error) {
    if (error instanceof StreambusError) throw error
    const free = await files.freeBytes(dataDir).catch(() => undefined)
    throw unusableDirectory(dataDir, error, free)
  }
}

async function takeLock(files: Files, dataDir: string): Promise<HeldLock> {
  try {
    return await files.lock(join(dataDir, 'lock'))
  } catch (error) {
    throw error instanceof LockedError ? locked(dataDir, error.holder, error) : error
  }
}

async function segmentFiles({files, dataDir, useDirectIo = false}: StorageOptions): Promise<Files> {
  if (!useDirectIo) return files
  const direct = new DirectFiles(files, memory)
  await direct.verify(join(dataDir, 'pool'))
  return direct
}
