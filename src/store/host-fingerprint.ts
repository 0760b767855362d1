import {createHash} from 'node:crypto'
import type {Environment} from '../model/environment.ts'

/** Firmware and kernel keep some of the memory for themselves, not the same amount at every boot. */
const MEMORY_STEP_BYTES = 2 ** 28

/**
 * Twelve hex digits that are equal for runs of the same kind of machine: processor, cores, memory,
 * architecture, system, quota and virtualisation. Nothing in it is read at boot or changes with it (free
 * space, clock source, uptime), nor does an update of the kernel change it: `compare` names that by itself.
 */
export function hostFingerprint({host}: Environment): string {
  const facts = [
    host.os,
    host.architecture,
    host.cpuModel.replace(/\s+/g, ' ').trim(),
    host.cpuCount,
    Math.round(host.memoryBytes / MEMORY_STEP_BYTES),
    host.cgroup.cpuQuotaCores ?? 'none',
    host.virtualization ?? 'unknown',
  ]
  return createHash('sha256').update(JSON.stringify(facts)).digest('hex').slice(0, 12)
}
