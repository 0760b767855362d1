import type {HostSeen} from '../model/sample.ts'
import {type ClockReading, clockChangeBetween, readClocks} from './clocks.ts'
import {type CpuTimes, parseCpuTimes} from './cpu-times.ts'
import {type Pressure, parsePressure} from './pressure.ts'
import {NS_PER_TICK} from './process-usage.ts'
import {readTextNow} from './read-text.ts'
import {parseWriteback} from './settle.ts'
import {pageBytes, parseSwappedPages} from './swapping.ts'
import {threadTimesOf} from './thread-times.ts'
import {throttledNsOf, throttlingFiles} from './throttling.ts'

const CLOCK_SOURCE = '/sys/devices/system/clocksource/clocksource0/current_clocksource'
const SAMPLE_MS = 250 // of what is a level, not a sum

/** What a watch saw: of the machine, and of the target's thread that serves. */
export interface HostWatched {
  readonly host: HostSeen
  /** Time the target's main thread was ready to run and had no core. */
  readonly targetRunQueueNs?: number
}

interface Reading {
  readonly clocks: ClockReading
  readonly clockSource: string | undefined
  readonly cpu: CpuTimes | undefined
  readonly ownCpuNs: number // of this process, all threads
  readonly targetCpuNs: number | undefined
  readonly targetWaitNs: number | undefined
  readonly pressure: Readonly<Record<'cpu' | 'io' | 'memory', Pressure | undefined>>
  readonly throttledNs: readonly (number | undefined)[]
  readonly swappedPages: number | undefined
}

/**
 * Watches the machine between `start` and `stop`, from the thread that calls and with two readings
 * of about half a millisecond; levels are sampled four times a second. What the system does not
 * tell is absent.
 */
export class HostWatch {
  readonly #targetPid: number | undefined
  readonly #throttlingFiles = throttlingFiles()
  #before: Reading | undefined
  #writebackBytesMax: number | undefined
  #timer: NodeJS.Timeout | undefined

  /** `targetPid`: of a target on this machine whose CPU is not somebody else's. */
  constructor(targetPid?: number) {
    this.#targetPid = targetPid
  }

  /** A second call begins again. */
  start(): void {
    this.#writebackBytesMax = undefined
    this.#before = this.#read()
    this.#sampleLevels()
    clearInterval(this.#timer)
    this.#timer = setInterval(() => this.#sampleLevels(), SAMPLE_MS)
    this.#timer.unref()
  }

  /** Undefined when it was never started. May be called again: a later call sees more. */
  stop(): HostWatched | undefined {
    clearInterval(this.#timer)
    if (this.#before === undefined) return undefined
    this.#sampleLevels()
    return watchedBetween(this.#before, this.#read(), this.#writebackBytesMax)
  }

  #sampleLevels(): void {
    const bytes = parseWriteback(readTextNow('/proc/meminfo') ?? '')
    if (bytes !== undefined) this.#writebackBytesMax = Math.max(this.#writebackBytesMax ?? 0, bytes)
  }

  #read(): Reading {
    const usage = process.cpuUsage()
    const threads = this.#targetPid === undefined ? undefined : threadTimesOf(this.#targetPid)
    const pressureOf = (name: string) => parsePressure(readTextNow(`/proc/pressure/${name}`) ?? '')
    return {
      clocks: readClocks(),
      clockSource: readTextNow(CLOCK_SOURCE)?.trim(),
      cpu: parseCpuTimes(readTextNow('/proc/stat') ?? ''),
      ownCpuNs: (usage.user + usage.system) * 1000,
      targetCpuNs: threads?.reduce((sum, {runNs}) => sum + runNs, 0),
      targetWaitNs: threads?.find(({tid}) => tid === this.#targetPid)?.waitNs,
      pressure: {cpu: pressureOf('cpu'), io: pressureOf('io'), memory: pressureOf('memory')},
      throttledNs: throttledNsOf(this.#throttlingFiles),
      swappedPages: parseSwappedPages(readTextNow('/proc/vmstat') ?? ''),
    }
  }
}

/** Pure. A machine that accounts in ticks of 10 ms cannot tell shares of a shorter time: they are absent then. */
function watchedBetween(before: Reading, after: Reading, writebackBytesMax: number | undefined): HostWatched {
  const passedNs = after.clocks.monotonicNs - before.clocks.monotonicNs
  const targetRunQueueNs = difference(before.targetWaitNs, after.targetWaitNs)
  const {wallStepNs, bootStepNs} = clockChangeBetween(before.clocks, after.clocks)
  const throttledNs = largest(after.throttledNs.map((ns, index) => difference(before.throttledNs[index], ns)))
  const swappedPages = difference(before.swappedPages, after.swappedPages)
  const sourceBefore = before.clockSource
  return {
    ...(targetRunQueueNs !== undefined && {targetRunQueueNs}),
    host: {
      ...cpuShares(before, after, passedNs),
      ...pressureShares(before, after, passedNs),
      ...(throttledNs !== undefined && {throttledNs}),
      ...(swappedPages !== undefined && {swappedBytes: swappedPages * pageBytes()}),
      ...(writebackBytesMax !== undefined && {writebackBytesMax}),
      ...(after.clockSource !== undefined && {clockSource: after.clockSource}),
      ...(sourceBefore !== undefined && sourceBefore !== after.clockSource && {clockSourceBefore: sourceBefore}),
      clockStepNs: wallStepNs ?? 0,
      ...(after.clocks.bootNs !== undefined && {bootStepNs: bootStepNs ?? 0}),
    },
  }
}

function cpuShares(before: Reading, after: Reading, passedNs: number): HostSeen {
  if (before.cpu === undefined || after.cpu === undefined) return {}
  const totalNs = after.cpu.totalNs - before.cpu.totalNs
  if (totalNs < 10 * NS_PER_TICK) return {}
  const programsNs = after.cpu.programsNs - before.cpu.programsNs
  const oursNs = after.ownCpuNs - before.ownCpuNs + (difference(before.targetCpuNs, after.targetCpuNs) ?? 0)
  return {
    stealShare: clamp((after.cpu.stealNs - before.cpu.stealNs) / totalNs),
    busyShare: clamp((after.cpu.busyNs - before.cpu.busyNs) / totalNs),
    otherShare: Math.max(0, programsNs - oursNs) / passedNs,
  }
}

function pressureShares(before: Reading, after: Reading, passedNs: number): HostSeen {
  const shareOf = (name: 'cpu' | 'io' | 'memory') => {
    const waitedNs = difference(before.pressure[name]?.someNs, after.pressure[name]?.someNs)
    return waitedNs === undefined ? undefined : clamp(waitedNs / passedNs)
  }
  const [cpu, io, memory] = [shareOf('cpu'), shareOf('io'), shareOf('memory')]
  return {
    ...(cpu !== undefined && {pressureCpuShare: cpu}),
    ...(io !== undefined && {pressureIoShare: io}),
    ...(memory !== undefined && {pressureMemoryShare: memory}),
  }
}

function difference(before: number | undefined, after: number | undefined): number | undefined {
  return before === undefined || after === undefined ? undefined : Math.max(0, after - before)
}

function largest(values: readonly (number | undefined)[]): number | undefined {
  const known = values.flatMap((value) => value ?? [])
  return known.length === 0 ? undefined : Math.max(...known)
}

function clamp(share: number): number {
  return Math.min(1, Math.max(0, share))
}
