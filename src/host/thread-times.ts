import {readdirSync} from 'node:fs'
import {readTextNow} from './read-text.ts'

/** What the scheduler knows of a thread since its start, in ns. */
export interface SchedulerTimes {
  readonly runNs: number
  readonly waitNs: number // ready to run, and no core for it
}

export interface ThreadTimes extends SchedulerTimes {
  readonly tid: number
  readonly name: string // at most 15 characters: `streambus-load`
}

/** From the text of /proc/.../schedstat (Documentation/scheduler/sched-stats.rst): run ns, wait ns, timeslices. */
export function parseSchedstat(schedstat: string): SchedulerTimes | undefined {
  const [run, wait, slices] = schedstat.trim().split(/\s+/).map(Number)
  if (run === undefined || wait === undefined || slices === undefined || Number.isNaN(run + wait + slices))
    return undefined
  return {runNs: run, waitNs: wait}
}

/** Of every thread of a process; undefined when it is gone, and where the kernel keeps no such account. */
export function threadTimesOf(pid: number | 'self'): readonly ThreadTimes[] | undefined {
  const threads = tidsOf(pid).flatMap((tid) => {
    const folder = `/proc/${pid}/task/${tid}`
    const times = parseSchedstat(readTextNow(`${folder}/schedstat`) ?? '')
    return times === undefined ? [] : [{tid, name: (readTextNow(`${folder}/comm`) ?? '').trim(), ...times}]
  })
  return threads.length === 0 ? undefined : threads
}

function tidsOf(pid: number | 'self'): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).map(Number)
  } catch {
    return []
  }
}
