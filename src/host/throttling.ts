import {join} from 'node:path'
import {cgroupFolders} from './cgroup.ts'
import {readTextNow} from './read-text.ts'

/**
 * Time in ns in which a control group had used its quota, from the text of its `cpu.stat`:
 * `throttled_usec` of version 2, `throttled_time` (ns) of version 1. Summed over cores by the
 * kernel. Undefined without either, which is the case where no quota can be set.
 */
export function parseThrottled(cpuStat: string): number | undefined {
  const v2 = /^throttled_usec (\d+)$/m.exec(cpuStat)
  if (v2 !== null) return Number(v2[1]) * 1000
  const v1 = /^throttled_time (\d+)$/m.exec(cpuStat)
  return v1 === null ? undefined : Number(v1[1])
}

/** The `cpu.stat` of this process's control group and of its ancestors: a quota of any of them holds. */
export function throttlingFiles(): readonly string[] {
  const cgroup = readTextNow('/proc/self/cgroup')
  const mountinfo = readTextNow('/proc/self/mountinfo')
  if (cgroup === undefined || mountinfo === undefined) return []
  return cgroupFolders(cgroup, mountinfo).flatMap(({cpu}) => cpu.map((folder) => join(folder, 'cpu.stat')))
}

/** The readings of those files, in their order. */
export function throttledNsOf(files: readonly string[]): readonly (number | undefined)[] {
  return files.map((file) => parseThrottled(readTextNow(file) ?? ''))
}
