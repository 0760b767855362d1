import {NS_PER_TICK} from './process-usage.ts'

/** CPU time of a whole machine since its boot, over all its cores, in ns. */
export interface CpuTimes {
  readonly totalNs: number // every state, idle included
  readonly busyNs: number // programs and interrupts; not what was stolen
  readonly programsNs: number // user, nice and system; interrupts are nobody's, and a load on sockets makes many
  readonly stealNs: number // the hypervisor ran somebody else
}

/**
 * From the text of /proc/stat (proc_stat(5)): user nice system idle iowait irq softirq steal, then
 * guest times, which user and nice contain. Undefined on a text without the line.
 */
export function parseCpuTimes(stat: string): CpuTimes | undefined {
  const fields = /^cpu +(.*)$/m.exec(stat)?.[1]?.trim().split(/\s+/).map(Number)
  if (fields === undefined || fields.length < 4 || fields.some(Number.isNaN)) return undefined
  const [user = 0, nice = 0, system = 0, idle = 0, ioWait = 0, irq = 0, softIrq = 0, steal = 0] = fields
  const programs = user + nice + system
  const busy = programs + irq + softIrq
  return {
    totalNs: (busy + idle + ioWait + steal) * NS_PER_TICK,
    busyNs: busy * NS_PER_TICK,
    programsNs: programs * NS_PER_TICK,
    stealNs: steal * NS_PER_TICK,
  }
}
