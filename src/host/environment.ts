import {availableParallelism, cpus, release, totalmem} from 'node:os'
import type {Environment} from '../model/environment.ts'
import {cgroupLimits} from './cgroup.ts'
import {fileSystemOf, freeBytesOf} from './file-system.ts'
import {gitStateOf} from './git.ts'
import {readText} from './read-text.ts'
import {virtualizationOf} from './virtualization.ts'

/**
 * Facts about this machine for a results file. `version` is this program's own; `dataDir` where the
 * broker stores (it need not exist yet). Takes at most about a second; what the system does not
 * tell is absent, and nothing throws.
 */
export async function environmentOf(options: {
  readonly cwd: string
  readonly version: string
  readonly dataDir?: string
}): Promise<Environment> {
  const [host, git] = await Promise.all([hostFacts(options.dataDir), gitStateOf(options.cwd)])
  const client = {version: options.version, node: process.versions.node, v8: process.versions.v8}
  return {host, client, ...(git !== undefined && {git})}
}

async function hostFacts(dataDir: string | undefined): Promise<Environment['host']> {
  const clockSourcePath = '/sys/devices/system/clocksource/clocksource0/current_clocksource'
  const [cgroup, dataDisk, clockSource] = await Promise.all([
    cgroupLimits(),
    dataDiskOf(dataDir),
    readText(clockSourcePath),
  ])
  const virtualization = await virtualizationHint(clockSource)
  return {
    os: process.platform,
    kernel: release(),
    architecture: process.arch,
    cpuModel: cpus()[0]?.model.trim() || 'unknown',
    cpuCount: availableParallelism(),
    memoryBytes: totalmem(),
    cgroup,
    ...(dataDisk !== undefined && {dataDisk}),
    ...(clockSource !== undefined && {clockSource: clockSource.trim()}),
    ...(virtualization !== undefined && {virtualization}),
  }
}

async function dataDiskOf(dataDir: string | undefined): Promise<Environment['host']['dataDisk']> {
  if (dataDir === undefined) return undefined
  const [fileSystem, freeBytes] = await Promise.all([fileSystemOf(dataDir), freeBytesOf(dataDir)])
  if (fileSystem === undefined || freeBytes === undefined) return undefined
  return {fileSystem: fileSystem.name, device: fileSystem.device, freeBytes}
}

async function virtualizationHint(clockSource: string | undefined): Promise<string | undefined> {
  const [cpuinfo, dmiVendor, dmiProduct, hypervisorType] = await Promise.all([
    readText('/proc/cpuinfo'),
    readText('/sys/class/dmi/id/sys_vendor'),
    readText('/sys/class/dmi/id/product_name'),
    readText('/sys/hypervisor/type'),
  ])
  return virtualizationOf({cpuinfo, dmiVendor, dmiProduct, hypervisorType, clockSource})
}
