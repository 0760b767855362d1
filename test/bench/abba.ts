import {spawn} from 'node:child_process'
import {createInterface} from 'node:readline'
import type {BenchTarget} from '../../src/app/bench-target.ts'
import type {Context} from '../../src/app/context.ts'
import {measureSample} from '../../src/app/measure-sample.ts'
import type {MeasureHooks} from '../../src/app/target-watch.ts'
import {clockFrom, monotonicOrigin} from '../../src/base/clock.ts'
import {formatDurationNs, formatRate, formatThreeDigits} from '../../src/base/units.ts'
import {environmentOf} from '../../src/host/environment.ts'
import type {Sample} from '../../src/model/sample.ts'
import type {Workload} from '../../src/model/workload.ts'
import type {FlagSetting} from '../../src/settings/load.ts'
import {type PairedRatio, pairedRatio} from '../../src/stats/paired-ratio.ts'
import {median} from '../../src/stats/quantile.ts'
import {sortSamples} from '../../src/stats/sorted-samples.ts'
import {createStore} from '../../src/store/create-store.ts'

/*
 * What the benchmarks of this folder share: two arms measured in turn, ratios by pair, and the line
 * that says on what machine.
 */

export const benchContext: Context = {
  clock: clockFrom(monotonicOrigin()),
  now: () => new Date(),
  cwd: process.cwd(),
  store: createStore({cwd: process.cwd()}),
  signal: new AbortController().signal,
  progress: () => {},
  warn: (line) => process.stderr.write(`${line}\n`),
}

export interface Arm {
  readonly target: BenchTarget
  readonly workload: Workload
  readonly ledger?: 'full' | 'off'
  readonly hooks?: MeasureHooks
  readonly changes?: readonly FlagSetting[]
}

export interface Compared {
  readonly a: readonly Sample[]
  readonly b: readonly Sample[]
}

/** A B B A A B B A ...: drift that is linear in time meets both alike. */
export async function abba(title: string, pairs: number, a: Arm, b: Arm): Promise<Compared> {
  const samples: [Sample[], Sample[]] = [[], []]
  for (let pair = 0; pair < pairs; pair += 1) {
    for (const which of pair % 2 === 0 ? ([0, 1] as const) : ([1, 0] as const)) {
      samples[which].push(await measureOne(`${title}  pair ${pair + 1} ${'AB'[which]}`, pair, which === 0 ? a : b))
    }
  }
  return {a: samples[0], b: samples[1]}
}

/** One sample, its figures on stderr. */
export async function measureOne(title: string, index: number, arm: Arm): Promise<Sample> {
  const {sample} = await measureSample({...arm, index}, benchContext, () => {})
  process.stderr.write(`${title}  ${figureOf(sample)}\n`)
  return sample
}

function figureOf({metrics, error, resources}: Sample): string {
  if (error !== undefined) return error.message
  const cpu = `client ${formatThreeDigits(resources.generator.cpuShare)} broker ${formatThreeDigits(resources.target?.cpuShare ?? 0)}`
  if (metrics['p99-ns'] === undefined) return `${formatRate(metrics['msgs/s'] ?? 0)} ${cpu}`
  return `p99 ${formatDurationNs(metrics['p99-ns'])} p999 ${formatDurationNs(metrics['p999-ns'] ?? 0)} lateness p99 ${formatDurationNs(metrics['lateness-p99-ns'] ?? 0)} ${cpu}`
}

/** A target that answers as a broker does and stores nothing, in a process of its own. */
export async function openEcho(): Promise<BenchTarget> {
  const child = spawn(process.execPath, [new URL('./echo-server.ts', import.meta.url).pathname], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const [line] = await new Promise<string[]>((resolve) =>
    createInterface(child.stdout).once('line', (text) => resolve([text])),
  )
  const {port} = JSON.parse(line ?? '{}') as {port: number}
  return {
    driver: 'streambus',
    description: {kind: 'streambus', address: `127.0.0.1:${port}`, configuration: []},
    openSession: async () => ({host: '127.0.0.1', port, close: async () => {}}),
    close: async () => {
      child.stdin.end()
    },
  }
}

export function isUsable({outcome, validity}: Sample): boolean {
  return outcome === 'completed' && validity.verdict === 'valid'
}

/** Of the usable samples; NaN without one. */
export function medianOf(samples: readonly Sample[], metric: string): number {
  const values = samples.filter(isUsable).flatMap((sample) => sample.metrics[metric] ?? [])
  return values.length === 0 ? Number.NaN : median(sortSamples(values))
}

/** A over B, of the pairs in which both samples are valid. */
export function ratioOf({a, b}: Compared, metric: string): PairedRatio {
  const pairs = a.flatMap((sample, index) => {
    const other = b[index]
    if (other === undefined || !isUsable(sample) || !isUsable(other)) return []
    return [{candidate: sample.metrics[metric] ?? 0, baseline: other.metrics[metric] ?? 0}]
  })
  return pairedRatio(pairs)
}

/** A over B: `1.14 [1.12, 1.17] n=6`. */
export function ratioText(compared: Compared, metric: string): string {
  const {ratio, lo, hi, n} = ratioOf(compared, metric)
  const interval = n < 3 ? '' : ` [${formatThreeDigits(lo)}, ${formatThreeDigits(hi)}]`
  const leftOut = compared.a.length - n
  return `${formatThreeDigits(ratio)}${interval} n=${n}${leftOut === 0 ? '' : ` (${leftOut} invalid)`}`
}

/** `on 2026-11-23: AMD EPYC, 2 cores, Linux 6.18, Node 26.10.0`. */
export async function whereAndWhen(): Promise<string> {
  const {host, client} = await environmentOf({cwd: process.cwd(), version: 'dev'})
  const date = new Date().toISOString().slice(0, 10)
  return `on ${date}: ${host.cpuModel}, ${host.cpuCount} cores, Linux ${host.kernel}, Node ${client.node}`
}
