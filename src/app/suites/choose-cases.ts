import {StreambusError} from '../../base/errors.ts'
import {didYouMean} from '../../base/nearest-word.ts'
import type {Workload} from '../../model/workload.ts'
import {benchmarkNameOf} from '../benchmark-name.ts'
import {type WorkloadFlags, workloadsOfCase} from '../workloads.ts'
import {type CaseSuite, type GuideCase, guideCases} from './guide-cases.ts'
import {guideStorageCases} from './guide-storage-cases.ts'

/** A case as it is listed. */
export interface ListedCase {
  readonly name: string // of its benchmark, without the number of cores
  readonly title: string // as the guide names it
  readonly says: string
}

/** Every case of the suite, or of all suites, as its defaults have it. */
export function listCases(suite: CaseSuite | 'all'): ListedCase[] {
  const loads = casesOf(suite).map((each) => ({name: caseName(each), title: each.name, says: each.says}))
  if (suite !== 'all') return loads
  return [...loads, ...guideStorageCases.map(({name, says}) => ({name, title: name, says}))]
}

/**
 * The cases of the suite that a pattern chooses, in the table's order: `all`, a name or a part of
 * it, or with `*` for anything; case is ignored. Throws SB_USAGE where a pattern chooses nothing.
 */
export function chooseCases(suite: CaseSuite | 'all', patterns: readonly string[]): GuideCase[] {
  const cases = casesOf(suite)
  for (const pattern of patterns) {
    if (cases.some((each) => isChosen(each, pattern))) continue
    if (suite === 'all' && chooseStorageCases([pattern]).length > 0) continue
    const names = [...new Set(cases.flatMap(({name}) => [name, ...name.split(/[/_]/)]))]
    const command = suite === 'all' ? 'bench all' : `bench ${suite}`
    throw new StreambusError('SB_USAGE', `No case of ${command} is named "${pattern}"${didYouMean(pattern, names)}.`, {
      hint: `streambus ${command} --list`,
    })
  }
  return cases.filter((each) => patterns.some((pattern) => isChosen(each, pattern)))
}

/** The guide's storage cases that a pattern chooses: they have no broker and no workload, and run as micro-benchmarks. */
export function chooseStorageCases(patterns: readonly string[]): string[] {
  return guideStorageCases.filter(({name}) => patterns.some((pattern) => isNamed(name, pattern))).map(({name}) => name)
}

/** The workloads of cases under the user's flags; two that become alike are one. */
export function workloadsOfCases(cases: readonly GuideCase[], flags: WorkloadFlags): Workload[] {
  const settings = {client: flags.settings?.client} // the size of a batch is the case's own
  const workloads = cases.flatMap(({name, spec}) => workloadsOfCase({...spec, name}, {...flags, settings}))
  return [...new Map(workloads.map((workload) => [benchmarkNameOf(workload, 1), workload])).values()]
}

function casesOf(suite: CaseSuite | 'all'): readonly GuideCase[] {
  return guideCases.filter((each) => suite === 'all' || each.suite === suite)
}

function caseName({name, spec}: GuideCase): string {
  const [workload] = workloadsOfCase({...spec, name}, {})
  return benchmarkNameOf(workload!, 1).replace(/-1$/, '')
}

function isChosen(each: GuideCase, pattern: string): boolean {
  return isNamed(caseName(each), pattern) || (pattern.includes('*') && isNamed(each.name, pattern))
}

function isNamed(name: string, pattern: string): boolean {
  if (pattern === 'all') return true
  if (!pattern.includes('*')) return name.toLowerCase().includes(pattern.toLowerCase().replace(/-\d+$/, ''))
  const parts = pattern.split('*').map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${parts.join('.*')}$`, 'i').test(name)
}
