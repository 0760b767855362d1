import type {Environment} from '../model/environment.ts'
import {hostDifferences} from '../model/host-facts.ts'
import type {Benchmark, Results} from '../model/results.ts'

const SHOWN_MAX = 6

/**
 * What else differs between two runs than the figures: `kernel 6.1 -> 6.5`. Each of these can be
 * the reason of a delta. What is meant to differ (the version under test, dates) is not listed, nor are
 * settings of the target in `ignored`.
 */
export function differencesOf(base: Results, next: Results, ignored: ReadonlySet<string> = new Set()): string[] {
  const differences = [
    ...hostDifferences(base.environment, next.environment),
    ...changed(factsOf(base.environment), factsOf(next.environment)),
    ...changed(withoutKeys(targetFacts(base), ignored), targetFacts(next)),
    ...workloadDifferences(base, next),
  ]
  if (differences.length <= SHOWN_MAX) return differences
  return [...differences.slice(0, SHOWN_MAX), `${differences.length - SHOWN_MAX} more`]
}

type Facts = ReadonlyMap<string, string>

function factsOf({host, client}: Environment): Facts {
  return new Map([
    ['kernel', host.kernel],
    ['data file system', host.dataDisk?.fileSystem ?? 'unknown'],
    ['node', client.node],
  ])
}

/** Keys whose values are chosen anew by every run. */
const INCIDENTAL = /(?:^|\.)(?:data_dir|host|port|http_port)$/

function targetFacts({target}: Results): Facts {
  const settings = target.configuration.filter(({key}) => !INCIDENTAL.test(key))
  return new Map([['target', target.kind], ...settings.map(({key, value}) => [key, String(value)] as const)])
}

/** Values of benchmarks of one name: the name says size and batch, but not how long or how many. */
function workloadDifferences(base: Results, next: Results): string[] {
  const found = next.benchmarks.flatMap((benchmark) => {
    const other = base.benchmarks.find(({name}) => name === benchmark.name)
    return other === undefined ? [] : changed(workloadFacts(other), workloadFacts(benchmark))
  })
  return [...new Set(found)]
}

function workloadFacts({workload}: Benchmark): Facts {
  const {arrival, phases, topology, message} = workload
  const rate = arrival.model === 'open' ? `${arrival.ratePerSec}/s` : `${arrival.inFlightBatches} in flight`
  return new Map([
    ['arrivals', `${arrival.model} ${rate}`],
    ['message size', `${message.sizeBytes} B`],
    ['batch', String(message.batchMessages)],
    ['partitions', String(topology.partitions)],
    ['producers', String(topology.producers)],
    ['consumers', String(topology.consumers)],
    ['warm-up', `${phases.warmUpNs / 1e9} s`],
    ['duration', `${phases.measureNs / 1e9} s`],
  ])
}

function withoutKeys(facts: Facts, keys: ReadonlySet<string>): Facts {
  return new Map([...facts].filter(([name]) => !keys.has(name)))
}

function changed(before: Facts, after: Facts): string[] {
  return [...after].flatMap(([name, value]) => {
    const old = before.get(name)
    return old === undefined || old === value ? [] : `${name} ${old} -> ${value}`
  })
}
