import {StreambusError} from '../base/errors.ts'
import type {Workload} from '../model/workload.ts'
import {type WorkloadFlags, workloadsOfCase} from './workloads.ts'

/** What `bench backlog` measures where no flag says otherwise. */
export const backlogDefaults = {
  messages: 1_000_000,
  messageSize: 1024,
  batchSize: 100,
  consumers: 1,
  warmUpNs: 0,
  durationNs: 30e9,
  count: 6,
} as const

export interface BacklogFlags {
  readonly messages?: number | undefined
  readonly isRunning: boolean
  readonly isRepeated: boolean
}

/** One workload a message size. Throws SB_USAGE. */
export function backlogWorkloads(flags: WorkloadFlags, backlog: BacklogFlags): readonly Workload[] {
  const {messageSize, batchSize, consumers, warmUpNs, durationNs, count} = backlogDefaults
  const {isRunning, isRepeated, messages = backlogDefaults.messages} = backlog
  if (!isRunning && flags.targetRatePerSec !== undefined) {
    throw new StreambusError('SB_USAGE', 'The producers are stopped while the backlog is read: they have no rate.', {
      hint: '--producers-running lets them go on at --target-rate',
    })
  }
  if (isRunning && isRepeated) {
    throw new StreambusError('SB_USAGE', 'A backlog that grows cannot be read again and again.', {
      hint: '--repeat or --producers-running',
    })
  }
  return workloadsOfCase(
    {
      kind: 'backlog',
      message: {size: {distribution: 'fixed', sizeBytes: messageSize}, batchMessages: batchSize},
      topology: {consumers},
      phases: {warmUpNs, measureNs: durationNs},
      samples: {count},
      backlog: {messages, producers: isRunning ? 'running' : 'stopped', ...(isRepeated && {passes: 'repeated'})},
    },
    flags,
  )
}
