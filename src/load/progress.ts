import type {LastSecond, LoadPhase, LoadProgress} from './load-outcome.ts'

const PHASES: readonly LoadPhase[] = ['connect', 'fill', 'warm-up', 'measure', 'drain']

/**
 * The latest progress of every worker of a run as one: messages and rates are sums, the phase is
 * that of the worker that is furthest behind, and generator CPU is the sum over threads.
 *
 * Percentiles cannot be had from percentiles: each is the largest that any worker saw, an upper
 * bound of the whole run's. It is for somebody who watches; the results merge histograms.
 * Undefined without parts.
 */
export function mergeProgress(parts: readonly LoadProgress[]): LoadProgress | undefined {
  const [first, ...rest] = parts
  if (first === undefined || rest.length === 0) return first
  const sum = (pick: (part: LoadProgress) => number) => parts.reduce((total, part) => total + pick(part), 0)
  const seconds = parts.flatMap(({lastSecond}) => lastSecond ?? [])
  return {
    phase: PHASES[Math.min(...parts.map(({phase}) => PHASES.indexOf(phase)))] ?? first.phase,
    elapsedNs: Math.max(...parts.map(({elapsedNs}) => elapsedNs)),
    totalNs: Math.max(...parts.map(({totalNs}) => totalNs)),
    acked: sum(({acked}) => acked),
    received: sum(({received}) => received),
    errors: sum(({errors}) => errors),
    inFlight: sum(({inFlight}) => inFlight),
    ackedPerSec: sum(({ackedPerSec}) => ackedPerSec),
    ...sumOfSeen('offeredPerSec', parts),
    ...sumOfSeen('lag', parts),
    ...sumOfSeen('generatorCpuShare', parts),
    ...(seconds.length > 0 && {lastSecond: largest(seconds)}),
  }
}

/** Of the parts that tell it; nothing where none does. */
function sumOfSeen<Name extends 'offeredPerSec' | 'lag' | 'generatorCpuShare'>(
  name: Name,
  parts: readonly LoadProgress[],
): {[key in Name]?: number} {
  const values = parts.flatMap((part) => part[name] ?? [])
  if (values.length === 0) return {}
  return {[name]: values.reduce((total, value) => total + value, 0)} as {[key in Name]?: number}
}

function largest(seconds: readonly LastSecond[]): LastSecond {
  const most = (pick: (second: LastSecond) => number) => Math.max(...seconds.map(pick))
  return {
    count: seconds.reduce((total, {count}) => total + count, 0),
    p50Ns: most(({p50Ns}) => p50Ns),
    p99Ns: most(({p99Ns}) => p99Ns),
    p999Ns: most(({p999Ns}) => p999Ns),
    maxNs: most(({maxNs}) => maxNs),
  }
}
