import type {HostSeen, Warning} from '../../model/sample.ts'
import {inMs, type Reasons} from './evidence.ts'

/**
 * Can the stamps be trusted? They are monotonic, so a wall clock that was set touches none of them;
 * a suspended machine, a monotonic clock that jumped, or another source under it may touch all.
 */
export function clockReasons(host: HostSeen | undefined): Reasons {
  const {bootStepNs = 0, clockStepNs = 0, clockSource, clockSourceBefore} = host ?? {}
  if (bootStepNs !== 0) {
    return [
      {
        code: 'clock-stepped',
        message: `Time since boot moved ${inMs(bootStepNs)} against the monotonic clock that stamps the messages: the machine was suspended, or that clock jumped.`,
        suggestion: 'Run it again without suspending or migrating the machine.',
        evidence: {bootStepNs, clockStepNs},
      },
    ]
  }
  if (clockSourceBefore === undefined) return []
  return [
    {
      code: 'clock-stepped',
      message: `The kernel changed its clock source from ${clockSourceBefore} to ${clockSource ?? 'another one'} during the sample.`,
      suggestion: 'Run it again; the kernel log says why it gave the first one up.',
      evidence: {bootStepNs, clockStepNs},
    },
  ]
}

export function clockWarnings(host: HostSeen | undefined): Warning[] {
  const {bootStepNs = 0, clockStepNs = 0} = host ?? {}
  if (clockStepNs === 0 || bootStepNs !== 0) return []
  const message = `The wall clock was set by ${inMs(clockStepNs)} during a sample. No time was measured with it, but the stamps of logs do not compare.`
  return [{code: 'wall-clock-stepped', message}]
}
