import type {Environment} from './environment.ts'

/** Firmware and kernel keep some of the memory for themselves, not the same amount at every boot. */
const MEMORY_STEP_BYTES = 2 ** 28

/** One thing that makes a machine the kind it is. */
export interface HostFact {
  readonly name: string // one word
  readonly value: string | number // to compare by
  readonly text: string // to show
}

/**
 * What makes a machine another one, and nothing that is read at boot or changes with it (free space, clock source,
 * uptime, the kernel's version): processor, cores, memory, architecture, system, quota and virtualisation.
 */
export function hostFacts({host}: Environment): HostFact[] {
  const fact = (name: string, value: string | number, text = String(value)): HostFact => ({name, value, text})
  return [
    fact('system', host.os),
    fact('architecture', host.architecture),
    fact('cpu', host.cpuModel.replace(/\s+/g, ' ').trim()),
    fact('cpus', host.cpuCount),
    fact('memory', Math.round(host.memoryBytes / MEMORY_STEP_BYTES), `${Math.round(host.memoryBytes / 2 ** 20)} MiB`),
    fact('cpu-quota', host.cgroup.cpuQuotaCores ?? 'none'),
    fact('virtualization', host.virtualization ?? 'unknown'),
  ]
}

/** What a machine is that another is not: `cpus` 2, then 8. Empty: they are of one kind. */
export function hostDifferences(base: Environment, next: Environment): {name: string; before: string; after: string}[] {
  const before = new Map(hostFacts(base).map((fact) => [fact.name, fact]))
  return hostFacts(next).flatMap(({name, value, text}) => {
    const old = before.get(name)
    return old === undefined || old.value === value ? [] : {name, before: old.text, after: text}
  })
}
