import {readFileSync} from 'node:fs'
import {setTimeout as sleep} from 'node:timers/promises'
import type {EmbeddedTarget} from '../../../src/targets/embedded/embedded-target.ts'

const GIVE_UP_MS = 5_000

/**
 * Stops the broker for about `ms` and tells for how many ns its process was really stopped. Each end
 * lies between the instant before its signal was sent and the kernel's word that it took effect (`T`
 * in /proc/PID/stat, or not any more), read at once; `errorNs` is half of both spans. Nothing is
 * polled meanwhile: on two cores that would take the one the broker needs to go on.
 */
export async function suspendAndWatch({pid}: EmbeddedTarget, ms: number): Promise<{ns: number; errorNs: number}> {
  const stopped = stop(pid)
  try {
    await sleep(ms)
  } finally {
    process.kill(pid, 'SIGCONT')
  }
  const goesOn = {atMs: performance.now(), errorMs: 0}
  while (isStopped(pid)) goesOn.errorMs = performance.now() - goesOn.atMs
  return {ns: (goesOn.atMs - stopped.atMs) * 1e6, errorNs: (goesOn.errorMs + stopped.errorMs) * 1e6}
}

function stop(pid: number): {atMs: number; errorMs: number} {
  const beforeMs = performance.now()
  process.kill(pid, 'SIGSTOP')
  while (!isStopped(pid)) {
    if (performance.now() - beforeMs > GIVE_UP_MS) throw new Error(`process ${pid} is still not stopped`)
  }
  const errorMs = (performance.now() - beforeMs) / 2
  return {atMs: beforeMs + errorMs, errorMs}
}

/** Behind the command's name, which may hold anything but ends at the last parenthesis. */
function isStopped(pid: number): boolean {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
  return stat.charAt(stat.lastIndexOf(')') + 2) === 'T'
}
