import {execFile} from 'node:child_process'
import {availableParallelism} from 'node:os'
import {readTextNow} from './read-text.ts'

const TIMEOUT_MS = 2_000

/** Numbers of the cores this process may run on. */
export function allowedCpus(): readonly number[] {
  const cpus = parseCpuList(/^Cpus_allowed_list:\s*(\S+)$/m.exec(readTextNow('/proc/self/status') ?? '')?.[1] ?? '')
  return cpus.length > 0 ? cpus : Array.from({length: availableParallelism()}, (_, cpu) => cpu)
}

/** `0-2,8` is 0, 1, 2, 8 (proc_pid_status(5)); [] for what is no list. */
export function parseCpuList(list: string): readonly number[] {
  return list.split(',').flatMap((range) => {
    const found = /^(\d+)(?:-(\d+))?$/.exec(range)
    if (found === null) return []
    const first = Number(found[1])
    const last = Number(found[2] ?? first)
    return Array.from({length: last - first + 1}, (_, index) => first + index)
  })
}

/** Binds a thread of ours to one core. Node cannot; util-linux can, where it is installed. False when it did not. */
export function bindThread(tid: number, cpu: number): Promise<boolean> {
  return new Promise((resolve) => {
    execFile('taskset', ['-cp', `${cpu}`, `${tid}`], {timeout: TIMEOUT_MS}, (error) => resolve(error === null))
  })
}
