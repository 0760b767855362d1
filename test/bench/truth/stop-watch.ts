import {readFileSync} from 'node:fs'
import {setImmediate as nextTurn, setTimeout as sleep} from 'node:timers/promises'
import type {EmbeddedTarget} from '../../../src/targets/embedded/embedded-target.ts'

/** How long before its expected end a stop is looked at again. */
const LOOK_MS = 20
const GIVE_UP_MS = 5_000

/**
 * Suspends the broker for about `ms` and tells for how many ns its process was really stopped: from
 * the kernel's word (`T` in /proc/PID/stat), read in every turn around both ends. Each end lies
 * between two readings; `errorNs` is how far apart they were.
 */
export async function suspendAndWatch(broker: EmbeddedTarget, ms: number): Promise<{ns: number; errorNs: number}> {
  const suspended = broker.suspend(ms)
  const stopped = await turnOf(broker.pid, true)
  await sleep(Math.max(0, ms - LOOK_MS - (performance.now() - stopped.atMs)))
  const goesOn = await turnOf(broker.pid, false)
  await suspended
  return {ns: (goesOn.atMs - stopped.atMs) * 1e6, errorNs: (goesOn.errorMs + stopped.errorMs) * 1e6}
}

async function turnOf(pid: number, isStopped: boolean): Promise<{atMs: number; errorMs: number}> {
  const beganMs = performance.now()
  let beforeMs = beganMs
  for (;;) {
    const found = stateOf(pid) === 'T'
    const nowMs = performance.now()
    if (found === isStopped) return {atMs: (beforeMs + nowMs) / 2, errorMs: (nowMs - beforeMs) / 2}
    if (nowMs - beganMs > GIVE_UP_MS) throw new Error(`process ${pid} is still ${found ? '' : 'not '}stopped`)
    beforeMs = nowMs
    await nextTurn()
  }
}

/** Behind the command's name, which may hold anything but ends at the last parenthesis. */
function stateOf(pid: number): string {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
  return stat.charAt(stat.lastIndexOf(')') + 2)
}
