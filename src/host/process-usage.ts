import {readText} from './read-text.ts'

/** What a process has used since its start. */
export interface ProcessCounters {
  readonly state: string // of /proc: R, S, D, T (stopped), Z (dead, not yet waited for)
  readonly cpuNs: number // user and system, all threads; steps of 10 ms
  readonly rssBytes: number
  readonly rssBytesMax: number
}

export const NS_PER_TICK = 1e7 // USER_HZ is 100 on every architecture that Node runs on

/** Reads /proc of any process of this machine. Undefined when it is gone, and on systems without /proc. */
export async function processUsageOf(pid: number): Promise<ProcessCounters | undefined> {
  const [stat, status] = await Promise.all([readText(`/proc/${pid}/stat`), readText(`/proc/${pid}/status`)])
  return stat === undefined || status === undefined ? undefined : parseProcessUsage(stat, status)
}

/** From the texts of /proc/PID/stat and /proc/PID/status (proc_pid_stat(5)). */
export function parseProcessUsage(stat: string, status: string): ProcessCounters | undefined {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ') // the name before may hold blanks and brackets
  const [state, userTicks, systemTicks] = [fields[0], Number(fields[11]), Number(fields[12])]
  if (state === undefined || Number.isNaN(userTicks + systemTicks)) return undefined
  const rssBytes = kibibytes(status, 'VmRSS') ?? 0 // a zombie has no memory left
  return {
    state,
    cpuNs: (userTicks + systemTicks) * NS_PER_TICK,
    rssBytes,
    rssBytesMax: kibibytes(status, 'VmHWM') ?? rssBytes,
  }
}

function kibibytes(status: string, name: string): number | undefined {
  const found = new RegExp(`^${name}:\\s*(\\d+) kB`, 'm').exec(status)
  return found === null ? undefined : Number(found[1]) * 1024
}
