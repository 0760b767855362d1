import {randomBytes} from 'node:crypto'
import {link, readFile, rename, rm, writeFile} from 'node:fs/promises'
import {hostname} from 'node:os'
import {StreambusError, systemCodeOf} from '../base/errors.ts'

/** Who holds a lock. `startTicks` tells a process from a later one that was given its number. */
interface Holder {
  readonly pid: number
  readonly startTicks: string
  readonly host: string
  readonly token: string
}

const WITHOUT_LINKS = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'] // what file systems without hard links answer
const ATTEMPTS_MAX = 20 // more than a few only if others take over the same dead lock at once

/**
 * Takes the lock of `path` (the file `path.lock`, which names the holder) and returns its release.
 * A lock whose holder is dead is taken over. Throws SB_OUTPUT_LOCKED while the holder lives, and
 * system errors when the folder cannot be written.
 */
export async function lockFile(path: string): Promise<() => Promise<void>> {
  const lockPath = `${path}.lock`
  const mine = await thisHolder()
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    if (await create(lockPath, mine)) return () => release(lockPath, mine)
    const text = await readIfThere(lockPath)
    if (text === undefined) continue
    const holder = parseHolder(text)
    if (holder !== undefined && (await isAlive(holder, mine))) throw lockedError(path, lockPath, holder)
    await removeStale(lockPath, text, mine)
  }
  throw new StreambusError('SB_OUTPUT_LOCKED', `${path} is being locked by several commands at once.`, {
    hint: 'Run them one after the other, or give each its own --output.',
  })
}

/** The lock appears with its content in one step (link), so that no reader sees an empty one. */
async function create(lockPath: string, mine: Holder): Promise<boolean> {
  const draft = `${lockPath}.${mine.token}`
  await writeFile(draft, JSON.stringify(mine), {flag: 'wx'})
  try {
    await link(draft, lockPath)
    return true
  } catch (error) {
    if (systemCodeOf(error) === 'EEXIST') return false
    if (!WITHOUT_LINKS.includes(systemCodeOf(error) ?? '')) throw error
    return await createWithoutLinks(lockPath, mine)
  } finally {
    await rm(draft, {force: true})
  }
}

async function createWithoutLinks(lockPath: string, mine: Holder): Promise<boolean> {
  try {
    await writeFile(lockPath, JSON.stringify(mine), {flag: 'wx'})
    return true
  } catch (error) {
    if (systemCodeOf(error) === 'EEXIST') return false
    throw error
  }
}

/**
 * Moves the lock aside before deleting it: of two commands that saw the same dead holder, the later
 * one may have moved a fresh lock, and then puts it back.
 */
async function removeStale(lockPath: string, staleText: string, mine: Holder): Promise<void> {
  const aside = `${lockPath}.${mine.token}.stale`
  try {
    await rename(lockPath, aside)
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return
    throw error
  }
  if ((await readIfThere(aside)) !== staleText) await link(aside, lockPath).catch(() => undefined)
  await rm(aside, {force: true})
}

async function release(lockPath: string, mine: Holder): Promise<void> {
  const text = await readIfThere(lockPath)
  if (text !== undefined && parseHolder(text)?.token === mine.token) await rm(lockPath, {force: true})
}

async function thisHolder(): Promise<Holder> {
  const startTicks = await startTicksOf(process.pid)
  return {pid: process.pid, startTicks, host: hostname(), token: randomBytes(8).toString('hex')}
}

/** On another machine (a shared folder) nobody can tell, so the holder counts as alive. */
async function isAlive(holder: Holder, mine: Holder): Promise<boolean> {
  if (holder.host !== mine.host) return true
  try {
    process.kill(holder.pid, 0)
  } catch (error) {
    if (systemCodeOf(error) === 'ESRCH') return false
  }
  const startTicks = await startTicksOf(holder.pid)
  return startTicks === '' || holder.startTicks === '' || startTicks === holder.startTicks
}

/** Field 22 of /proc/PID/stat: start in clock ticks since boot; '' where there is no /proc. */
async function startTicksOf(pid: number): Promise<string> {
  const text = (await readIfThere(`/proc/${pid}/stat`)) ?? ''
  const afterName = text.slice(text.lastIndexOf(')') + 2) // the name in field 2 may hold blanks
  return afterName.split(' ')[19] ?? ''
}

function parseHolder(text: string): Holder | undefined {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null) return undefined
    const {pid, startTicks, host, token} = value as Partial<Record<keyof Holder, unknown>>
    if (typeof pid !== 'number' || !Number.isInteger(pid) || pid <= 0) return undefined
    if (typeof startTicks !== 'string' || typeof host !== 'string' || typeof token !== 'string') return undefined
    return {pid, startTicks, host, token}
  } catch {
    return undefined // not written by us, or by a machine that lost power: nobody holds it
  }
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    const code = systemCodeOf(error)
    if (code === 'ENOENT' || code === 'ESRCH') return undefined
    throw error
  }
}

function lockedError(path: string, lockPath: string, holder: Holder): StreambusError {
  const where = holder.host === hostname() ? '' : ` on ${holder.host}`
  return new StreambusError('SB_OUTPUT_LOCKED', `${path} is being written by process ${holder.pid}${where}.`, {
    hint: `Wait for it, or choose another --output. If no such process runs: rm ${lockPath}`,
  })
}
