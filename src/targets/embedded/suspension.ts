import {type ChildProcess, spawn} from 'node:child_process'
import {setTimeout as sleep} from 'node:timers/promises'

/**
 * Stops a process with SIGSTOP for `ms`, then lets it go on. A watchdog of its own session, started
 * first, sends the SIGCONT even if this process dies meanwhile: a stopped process would otherwise
 * never notice that its parent is gone. Resolves when the process was told to go on, early when
 * `signal` aborts.
 */
export async function suspendProcess(pid: number, ms: number, signal: AbortSignal): Promise<void> {
  const watchdog = await startWatchdog(pid, ms + 500)
  try {
    if (signal.aborted) return
    process.kill(pid, 'SIGSTOP')
    await sleep(ms, undefined, {signal}).catch(() => {}) // aborted: goes on early
  } finally {
    send(pid, 'SIGCONT')
    endWatchdog(watchdog)
  }
}

async function startWatchdog(pid: number, ms: number): Promise<ChildProcess> {
  const script = 'sleep "$1"; kill -CONT "$2" 2>/dev/null'
  const watchdog = spawn('/bin/sh', ['-c', script, 'streambus-watchdog', (ms / 1000).toFixed(3), String(pid)], {
    detached: true, // a session of its own: neither Ctrl-C nor the end of ours reaches it
    stdio: 'ignore',
  })
  await new Promise<void>((resolve, reject) => {
    watchdog.once('spawn', () => resolve())
    watchdog.once('error', reject)
  })
  watchdog.unref()
  return watchdog
}

/** Ends the shell and its `sleep`: they are one process group. */
function endWatchdog(watchdog: ChildProcess): void {
  if (watchdog.pid !== undefined && watchdog.exitCode === null) send(-watchdog.pid, 'SIGKILL')
}

/** Sends a signal to a process that may be gone already. */
export function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // ESRCH: it has ended, which is all that was wanted
  }
}
