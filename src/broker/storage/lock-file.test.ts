import {type ChildProcess, spawn, spawnSync} from 'node:child_process'
import {once} from 'node:events'
import {mkdtemp, readdir, readFile, rename, rm, writeFile} from 'node:fs/promises'
import {hostname, tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, expect, test, vi} from 'vitest'
import {LockedError} from './files.ts'
import {lockFile} from './lock-file.ts'

let directory: string
const children: ChildProcess[] = []
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'streambus-lock-'))
})
afterEach(async () => {
  for (const child of children.splice(0)) {
    try {
      process.kill(-child.pid!, 'SIGKILL') // its group: what it started too
    } catch {
      // it has ended
    }
  }
  await rm(directory, {recursive: true, force: true})
})

test('a lock is held once, named by its holder, and can be taken again when released', async () => {
  const path = join(directory, 'lock')
  const lock = await lockFile(path)
  await expect(lockFile(path)).rejects.toMatchObject({holder: `process ${process.pid} on ${hostname()}`})
  await lock.release()
  expect(await readdir(directory)).toEqual(['lock.db'])
  await (await lockFile(path)).release()
})

test('of many at once one gets it', async () => {
  const attempts = await Promise.allSettled(Array.from({length: 20}, () => lockFile(join(directory, 'lock'))))
  const failed = attempts.filter((attempt) => attempt.status === 'rejected')
  expect(failed.length).toBe(19)
  for (const attempt of failed) expect(attempt.reason).toBeInstanceOf(LockedError)
  for (const attempt of attempts) if (attempt.status === 'fulfilled') await attempt.value.release()
})

const holding = `import {lockFile} from ${JSON.stringify(new URL('./lock-file.ts', import.meta.url).href)}
await lockFile(process.argv[1])
console.log('held')
setInterval(() => {}, 1000)`

/** A process that holds the lock until it is killed, started by `command` (which ends in Node) or by Node itself. */
async function holder(path: string, command: readonly string[] = []): Promise<ChildProcess> {
  const [program, ...args] = [...command, process.execPath, '--input-type=module', '--eval', holding, path]
  const child = spawn(program!, args, {stdio: ['ignore', 'pipe', 'inherit'], detached: true})
  children.push(child)
  await once(child.stdout, 'data')
  return child
}

test('what a killed process left is taken over at once', async () => {
  const path = join(directory, 'lock')
  const child = await holder(path)
  await expect(lockFile(path)).rejects.toMatchObject({holder: `process ${child.pid} on ${hostname()}`})
  child.kill('SIGKILL')
  await once(child, 'exit')
  await (await lockFile(path)).release()
})

// The shell becomes a `sleep` that never asks how its child ended: the child stays in the table of processes.
test('a zombie holds nothing', async () => {
  const path = join(directory, 'lock')
  await holder(path, ['/bin/sh', '-c', '"$@" & exec sleep 60', 'sh'])
  const owner = /\d+/.exec(await readFile(path, 'utf8'))?.[0]
  process.kill(Number(owner), 'SIGKILL')
  await expect.poll(() => readFile(`/proc/${owner}/stat`, 'utf8')).toMatch(/\) Z /)
  // The table says so once the first thread is gone; the lock ends with the last one.
  const lock = await vi.waitFor(() => lockFile(path))
  await lock.release()
})

const namespace = ['unshare', '--user', '--map-root-user', '--pid', '--fork', '--kill-child']
const hasNamespaces = spawnSync(namespace[0]!, [...namespace.slice(1), 'true']).status === 0

test.skipIf(!hasNamespaces)('a holder in another PID namespace, where our pids mean nothing, is a holder', async () => {
  const path = join(directory, 'lock')
  const child = await holder(path, namespace)
  await expect(lockFile(path)).rejects.toMatchObject({holder: `process 1 on ${hostname()}`})
  const inside = spawnSync(namespace[0]!, [
    ...namespace.slice(1),
    process.execPath,
    '--input-type=module',
    '--eval',
    holding,
    path,
  ])
  expect(inside.stderr.toString()).toContain('LockedError')
  process.kill(-child.pid!, 'SIGKILL')
  await expect
    .poll(() =>
      lockFile(path).then(
        (lock) => lock.release(),
        () => 'held',
      ),
    )
    .toBeUndefined()
})

test.each([
  ['removed', (path: string) => rm(`${path}.db`)],
  ['replaced', (path: string) => writeFile(`${path}.new`, '').then(() => rename(`${path}.new`, `${path}.db`))],
])('a holder whose lock was %s is told', async (what, act) => {
  const path = join(directory, 'lock')
  const lock = await lockFile(path)
  const told = new Promise<Error>((resolve) => {
    lock.onLost = resolve
  })
  await act(path)
  expect((await told).message).toBe(`${path}.db was ${what}`)
  await lock.release()
})
