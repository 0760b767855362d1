import type {Environment} from '../model/environment.ts'
import {hostDifferences} from '../model/host-facts.ts'
import type {Benchmark, Results} from '../model/results.ts'

const SHOWN_MAX = 6

/** One thing in which two runs differ. Its name is one word, so that `--ignore` can name it. */
export interface Difference {
  readonly name: string
  readonly text: string // `kernel 6.1 -> 6.5`
  readonly isOfHost: boolean // makes another kind of machine
}

/**
 * What else differs between two runs than the figures. Each of these can be the reason of a delta. What is meant to
 * differ (the version under test, dates) is not listed, nor is what `ignored` names.
 */
export function differencesOf(base: Results, next: Results, ignored: ReadonlySet<string> = new Set()): Difference[] {
  const ofHost = hostDifferences(base.environment, next.environment)
  const others = [
    ...changed(factsOf(base.environment), factsOf(next.environment)),
    ...changed(targetFacts(base), targetFacts(next)),
    ...workloadDifferences(base, next),
  ]
  const all = [...difference(ofHost, true), ...difference(others, false)]
  return all.filter(({name}) => !ignored.has(name))
}

/** Their texts, the first ones where there are many. */
export function describeDifferences(differences: readonly Difference[]): string {
  const texts = differences.map(({text}) => text)
  const more = texts.length - SHOWN_MAX
  return (more > 0 ? [...texts.slice(0, SHOWN_MAX), `${more} more`] : texts).join(', ')
}

interface Change {
  readonly name: string
  readonly before: string
  readonly after: string
}

function difference(changes: readonly Change[], isOfHost: boolean): Difference[] {
  return changes.map(({name, before, after}) => ({name, text: `${name} ${before} -> ${after}`, isOfHost}))
}

type Facts = ReadonlyMap<string, string>

function factsOf({host, client}: Environment): Facts {
  return new Map([
    ['kernel', host.kernel],
    ['file-system', host.dataDisk?.fileSystem ?? 'unknown'],
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
function workloadDifferences(base: Results, next: Results): Change[] {
  const found = next.benchmarks.flatMap((benchmark) => {
    const other = base.benchmarks.find(({name}) => name === benchmark.name)
    return other === undefined ? [] : changed(workloadFacts(other), workloadFacts(benchmark))
  })
  return [...new Map(found.map((change) => [JSON.stringify(change), change])).values()]
}

function workloadFacts({workload}: Benchmark): Facts {
  const {arrival, phases, topology, message} = workload
  const rate = arrival.model === 'open' ? `${arrival.ratePerSec}/s` : `${arrival.inFlightBatches} in flight`
  return new Map([
    ['arrivals', `${arrival.model} ${rate}`],
    ['message-size', `${message.sizeBytes} B`],
    ['batch', String(message.batchMessages)],
    ['partitions', String(topology.partitions)],
    ['producers', String(topology.producers)],
    ['consumers', String(topology.consumers)],
    ['warm-up', `${phases.warmUpNs / 1e9} s`],
    ['duration', `${phases.measureNs / 1e9} s`],
  ])
}

function changed(before: Facts, after: Facts): Change[] {
  return [...after].flatMap(([name, value]) => {
    const old = before.get(name)
    return old === undefined || old === value ? [] : {name, before: old, after: value}
  })
}
