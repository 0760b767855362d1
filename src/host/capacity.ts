import {freemem} from 'node:os'
import {cgroupLimits} from './cgroup.ts'
import {freeBytesOf} from './file-system.ts'
import {readText} from './read-text.ts'

/** What this machine has left for a run. What the system does not tell is absent. */
export interface Capacity {
  readonly memoryBytes: number // available without swapping, or the control group's limit where that is less
  readonly diskBytes?: number // that may still be written where `folder` lies
  readonly openFilesMax?: number // of one process
}

export async function capacityOf(folder: string | undefined): Promise<Capacity> {
  const [cgroup, diskBytes, limits] = await Promise.all([
    cgroupLimits(),
    folder === undefined ? undefined : freeBytesOf(folder),
    readText('/proc/self/limits'),
  ])
  const openFilesMax = limits === undefined ? undefined : parseOpenFilesMax(limits)
  return {
    memoryBytes: Math.min(freemem(), cgroup.memoryLimitBytes ?? Number.POSITIVE_INFINITY),
    ...(diskBytes !== undefined && {diskBytes}),
    ...(openFilesMax !== undefined && {openFilesMax}),
  }
}

/** From the text of /proc/self/limits: the hard limit, to which Node raises the soft one as it starts. */
export function parseOpenFilesMax(text: string): number | undefined {
  const hard = /^Max open files\s+\S+\s+(\d+)/m.exec(text)?.[1]
  return hard === undefined ? undefined : Number(hard)
}
