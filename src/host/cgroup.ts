import {join} from 'node:path'
import {type Mount, parseMounts} from './mounts.ts'
import {readText} from './read-text.ts'

export interface CgroupLimits {
  readonly cpuQuotaCores?: number
  readonly memoryLimitBytes?: number
}

/** Folders of this process's control group and its ancestors, the leaf first; limits of all of them hold. */
export interface CgroupFolders {
  readonly version: 1 | 2
  readonly cpu: readonly string[]
  readonly memory: readonly string[]
}

const NO_LIMIT_BYTES = 2 ** 60 // version 1 writes the largest multiple of a page for "none"

/** The tightest limits over all ancestors; {} without control groups. */
export async function cgroupLimits(): Promise<CgroupLimits> {
  const [cgroup, mountinfo] = await Promise.all([readText('/proc/self/cgroup'), readText('/proc/self/mountinfo')])
  if (cgroup === undefined || mountinfo === undefined) return {}
  const limits = await Promise.all(cgroupFolders(cgroup, mountinfo).map(limitsIn))
  return tightest(limits.flat())
}

/**
 * Where limits may stand, from the texts of /proc/self/cgroup and /proc/self/mountinfo. A machine
 * may have both versions mounted (hybrid); then both are looked at. Source: cgroups(7).
 */
export function cgroupFolders(cgroup: string, mountinfo: string): readonly CgroupFolders[] {
  const mounts = parseMounts(mountinfo)
  const found: CgroupFolders[] = []
  const unified = mounts.find((mount) => mount.fileSystem === 'cgroup2')
  const pathV2 = pathOf(cgroup, '')
  if (unified !== undefined && pathV2 !== undefined) {
    const folders = ancestry(unified, pathV2)
    found.push({version: 2, cpu: folders, memory: folders})
  }
  const cpu = foldersV1(mounts, cgroup, 'cpu')
  const memory = foldersV1(mounts, cgroup, 'memory')
  if (cpu.length + memory.length > 0) found.push({version: 1, cpu, memory})
  return found
}

/** `cpu.max` of version 2: `150000 100000` is 1.5 cores, `max 100000` no limit. */
export function parseCpuMax(text: string): number | undefined {
  const [quota, period] = text.trim().split(/\s+/)
  return cores(Number(quota), Number(period ?? 100_000))
}

/** A memory limit in bytes of either version; `max` and version 1's huge number are none. */
export function parseMemoryLimit(text: string): number | undefined {
  const bytes = Number(text.trim() || Number.NaN)
  return Number.isFinite(bytes) && bytes >= 0 && bytes < NO_LIMIT_BYTES ? bytes : undefined
}

function cores(quotaUs: number, periodUs: number): number | undefined {
  return quotaUs > 0 && periodUs > 0 ? quotaUs / periodUs : undefined // version 1 says -1 for no quota
}

async function limitsIn(folders: CgroupFolders): Promise<CgroupLimits[]> {
  const cpu = folders.cpu.map(async (folder) => {
    const value = folders.version === 2 ? await cpuV2(folder) : await cpuV1(folder)
    return value === undefined ? {} : {cpuQuotaCores: value}
  })
  const file = folders.version === 2 ? 'memory.max' : 'memory.limit_in_bytes'
  const memory = folders.memory.map(async (folder) => {
    const value = parseMemoryLimit((await readText(join(folder, file))) ?? '')
    return value === undefined ? {} : {memoryLimitBytes: value}
  })
  return await Promise.all([...cpu, ...memory])
}

async function cpuV2(folder: string): Promise<number | undefined> {
  return parseCpuMax((await readText(join(folder, 'cpu.max'))) ?? '')
}

async function cpuV1(folder: string): Promise<number | undefined> {
  const quota = await readText(join(folder, 'cpu.cfs_quota_us'))
  const period = await readText(join(folder, 'cpu.cfs_period_us'))
  return cores(Number(quota), Number(period))
}

function tightest(limits: readonly CgroupLimits[]): CgroupLimits {
  const cpu = limits.flatMap(({cpuQuotaCores}) => cpuQuotaCores ?? [])
  const memory = limits.flatMap(({memoryLimitBytes}) => memoryLimitBytes ?? [])
  return {
    ...(cpu.length > 0 && {cpuQuotaCores: Math.min(...cpu)}),
    ...(memory.length > 0 && {memoryLimitBytes: Math.min(...memory)}),
  }
}

function foldersV1(mounts: readonly Mount[], cgroup: string, controller: string): readonly string[] {
  const mount = mounts.find((each) => each.fileSystem === 'cgroup' && each.options.split(',').includes(controller))
  const path = pathOf(cgroup, controller)
  return mount === undefined || path === undefined ? [] : ancestry(mount, path)
}

/** The path after the controller's name in `4:memory:/a/b`; version 2 has the empty name: `0::/a/b`. */
function pathOf(cgroup: string, controller: string): string | undefined {
  for (const line of cgroup.split('\n')) {
    const [, names, ...path] = line.split(':')
    if (names?.split(',').includes(controller)) return path.join(':')
  }
  return undefined
}

/** In a container the mount shows only the part below its root, which the path may or may not repeat. */
function ancestry(mount: Mount, path: string): readonly string[] {
  const inside = mount.root !== '/' && path.startsWith(mount.root) ? path.slice(mount.root.length) : path
  const parts = inside.split('/').filter((part) => part !== '' && part !== '..')
  const folders = parts.map((_, index) => join(mount.mountPoint, ...parts.slice(0, index + 1)))
  return [mount.mountPoint, ...folders].reverse()
}
