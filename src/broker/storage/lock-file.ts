import {randomBytes} from 'node:crypto'
import * as fsp from 'node:fs/promises'
import {systemCodeOf} from '../../base/errors.ts'
import {LockedError} from './files.ts'

/**
 * A lock file that holds its owner's pid and start time, made whole by a hard link (so nobody sees
 * it half written). A lock whose owner is dead, or whose pid now belongs to another process, is
 * replaced; the right to replace it is itself a lock, named after the dead owner, because many may
 * find the same one at once. Returns the function that gives the lock back.
 */
export async function lockFile(path: string): Promise<() => Promise<void>> {
  const mine = `${process.pid} ${await startTimeOf(process.pid)}\n`
  const draft = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`
  await fsp.writeFile(draft, mine, {mode: 0o600})
  try {
    while (!(await linked(draft, path)) && !(await replacedDead(draft, path)));
  } finally {
    await fsp.rm(draft, {force: true})
  }
  return () => fsp.rm(path, {force: true})
}

async function linked(from: string, to: string): Promise<boolean> {
  try {
    await fsp.link(from, to)
    return true
  } catch (error) {
    if (systemCodeOf(error) === 'EEXIST') return false
    throw error
  }
}

/** False when the lock changed hands meanwhile and is to be tried again. */
async function replacedDead(draft: string, path: string): Promise<boolean> {
  const owner = await readIfThere(path)
  if (owner === undefined) return false
  if (await isAlive(owner)) throw new LockedError(path, pidOf(owner))
  const release = await lockFile(
    `${path}.after-${owner
      .trim()
      .replace(/[^0-9]+/g, '-')
      .slice(0, 40)}`,
  )
  try {
    if ((await readIfThere(path)) !== owner) return false
    await fsp.rename(draft, path)
    return true
  } finally {
    await release()
  }
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await fsp.readFile(path, 'utf8')
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return undefined
    throw error
  }
}

const pidOf = (owner: string) => Number.parseInt(owner, 10)

async function isAlive(owner: string): Promise<boolean> {
  const pid = pidOf(owner)
  if (!Number.isInteger(pid) || pid <= 0) return false
  try {
    process.kill(pid, 0)
  } catch (error) {
    return systemCodeOf(error) === 'EPERM'
  }
  return owner === `${pid} ${await startTimeOf(pid)}\n`
}

/** Clock ticks between boot and the process's start, from /proc; `-` where there is no /proc. */
async function startTimeOf(pid: number): Promise<string> {
  const stat = await readIfThere(`/proc/${pid}/stat`)
  // The second field is the command in parentheses and may hold blanks; start time is the 22nd.
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '-'
}
