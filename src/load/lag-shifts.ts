import type {Outage} from '../model/sample.ts'
import {mergeLedgers} from './receiver-report.ts'
import type {LagShift} from './timeline-recorder.ts'
import type {MeasuredReport} from './worker-report.ts'

/**
 * What an outage does to the lag. A batch in flight at the loss may have been stored: it will be read
 * and was never acknowledged. An acknowledged one may be gone: nobody will ever read it. Both are
 * known at the end only, and are put at the end of the outage; of several, to each by its failed
 * messages. Messages that are missing after a drain cut short are still to be read, and stay.
 */
export function lagShiftsOf(workers: readonly MeasuredReport[], outages: readonly Outage[]): LagShift[] {
  const ended = outages.filter((outage) => outage.toNs !== undefined)
  if (ended.length === 0) return []
  const isDrained = workers.every((worker) => worker.isDrained)
  const receivers = workers.map((worker) => worker.receiver)
  const {partitions} = workers[0]!
  return receivers[0]!.groups.flatMap((_, group) => {
    const unmatched = mergeLedgers(partitions, receivers, group)?.unmatched()
    if (unmatched === undefined) return []
    return shared(unmatched.unacked - (isDrained ? unmatched.missing : 0), ended).map(({atNs, count}) => ({
      group,
      atNs,
      count,
    }))
  })
}

/** In whole messages, which sum up to `total`. */
function shared(total: number, outages: readonly Outage[]): {readonly atNs: number; readonly count: number}[] {
  const failed = outages.reduce((sum, outage) => sum + outage.failedMessages, 0)
  let left = total
  return outages.map((outage, index) => {
    const share = failed === 0 ? 1 / outages.length : outage.failedMessages / failed
    const count = index === outages.length - 1 ? left : Math.round(total * share)
    left -= count
    return {atNs: outage.toNs!, count}
  })
}
