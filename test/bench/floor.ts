import {spawn, spawnSync} from 'node:child_process'
import {writeFile} from 'node:fs/promises'
import {createInterface} from 'node:readline'
import {type BenchTarget, openBenchTarget} from '../../src/app/bench-target.ts'
import type {Context} from '../../src/app/context.ts'
import {measureSample} from '../../src/app/measure-sample.ts'
import {workloadsOf} from '../../src/app/workloads.ts'
import {clockFrom, monotonicOrigin} from '../../src/base/clock.ts'
import {formatDurationNs, formatRate, formatThreeDigits} from '../../src/base/units.ts'
import {environmentOf} from '../../src/host/environment.ts'
import type {Sample} from '../../src/model/sample.ts'
import type {Workload} from '../../src/model/workload.ts'
import {pairedRatio} from '../../src/stats/paired-ratio.ts'
import {median} from '../../src/stats/quantile.ts'
import {sortSamples} from '../../src/stats/sorted-samples.ts'
import {createStore} from '../../src/store/create-store.ts'

/*
 * What the embedded broker costs over a server that stores nothing, and what the ledger costs over
 * none, in ABBA pairs: ratios hold where absolute figures drift with the machine. Writes
 * docs/performance.md.
 *
 *   npm run bench:floor                 6 pairs of 10 s, about 25 minutes
 *   npm run bench:floor -- 2 2          2 pairs of 2 s, to try it; writes nothing
 */
const PAIRS = Number(process.argv[2] ?? 6)
const SECONDS = Number(process.argv[3] ?? 10)
const STARTS = 20
const IS_FULL = PAIRS >= 6 && SECONDS >= 10

const context: Context = {
  clock: clockFrom(monotonicOrigin()),
  now: () => new Date(),
  cwd: process.cwd(),
  store: createStore({cwd: process.cwd()}),
  signal: new AbortController().signal,
  progress: () => {},
  warn: (line) => process.stderr.write(`${line}\n`),
}

type Arm = {readonly target: BenchTarget; readonly workload: Workload; readonly ledger: 'full' | 'off'}

interface Comparison {
  readonly title: string
  readonly reach: string
  readonly a: Sample[]
  readonly b: Sample[]
}

/** A B B A A B B A ...: drift that is linear in time meets both alike. */
async function abba(title: string, reach: string, a: Arm, b: Arm): Promise<Comparison> {
  const samples: [Sample[], Sample[]] = [[], []]
  for (let pair = 0; pair < PAIRS; pair += 1) {
    for (const which of pair % 2 === 0 ? ([0, 1] as const) : ([1, 0] as const)) {
      const arm = which === 0 ? a : b
      const {sample} = await measureSample({...arm, index: pair}, context, () => {})
      process.stderr.write(`${title}  pair ${pair + 1} ${'AB'[which]}  ${figureOf(sample)}\n`)
      samples[which].push(sample)
    }
  }
  return {title, reach, a: samples[0], b: samples[1]}
}

function figureOf({metrics, error, resources}: Sample): string {
  if (error !== undefined) return error.message
  const cpu = `client ${formatThreeDigits(resources.generator.cpuShare)} broker ${formatThreeDigits(resources.target?.cpuShare ?? 0)}`
  if (metrics['p99-ns'] === undefined) return `${formatRate(metrics['msgs/s'] ?? 0)} ${cpu}`
  return `p99 ${formatDurationNs(metrics['p99-ns'])} p999 ${formatDurationNs(metrics['p999-ns'] ?? 0)} ${cpu}`
}

/** A target that answers as a broker does and stores nothing, in a process of its own. */
async function openEcho(): Promise<BenchTarget> {
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

function closed(messageSize: number): Workload {
  const [workload] = workloadsOf('throughput', {messageSizes: [messageSize], durationNs: SECONDS * 1e9, warmUpNs: 1e9})
  return workload as Workload
}

function open20k(): Workload {
  const [workload] = workloadsOf('latency', {
    targetRatePerSec: 20_000,
    consumers: 0,
    durationNs: SECONDS * 1e9,
    warmUpNs: 4e9,
  })
  return workload as Workload
}

function medianOf(samples: readonly Sample[], metric: string): number {
  return median(sortSamples(samples.filter(isUsable).flatMap((sample) => sample.metrics[metric] ?? [])))
}

/** A over B, of the pairs in which both samples are valid. */
function ratioText({a, b}: Comparison, metric: string): string {
  const pairs = a.flatMap((sample, index) => {
    const other = b[index]
    if (other === undefined || !isUsable(sample) || !isUsable(other)) return []
    return [{candidate: sample.metrics[metric] ?? 0, baseline: other.metrics[metric] ?? 0}]
  })
  const {ratio, lo, hi, n} = pairedRatio(pairs)
  const interval = n < 3 ? '' : ` [${formatThreeDigits(lo)}, ${formatThreeDigits(hi)}]`
  const leftOut = a.length - n
  return `${formatThreeDigits(ratio)}${interval} n=${n}${leftOut === 0 ? '' : ` (${leftOut} invalid)`}`
}

function isUsable({outcome, validity}: Sample): boolean {
  return outcome === 'completed' && validity.verdict === 'valid'
}

async function main(): Promise<void> {
  const embedded = {kind: 'embedded', settings: [], keepData: false, environment: {}} as const
  const broker = await openBenchTarget(embedded, context)
  const echo = await openEcho()
  await (await broker.openSession()).close() // fills the log pool, which must not come before an A and never before a B
  const rows: string[] = []
  try {
    const full = 'full' as const
    for (const [size, reach] of [
      [1024, '>= 0.8 of echo and >= 550 K msg/s'],
      [100, '>= 0.5 of echo'],
    ] as const) {
      const workload = closed(size)
      const title = `${size} B x 100, 1 producer, 8 in flight, fsync interval`
      const result = await abba(
        title,
        reach,
        {target: broker, workload, ledger: full},
        {target: echo, workload, ledger: full},
      )
      rows.push(
        `| ${title} | ${formatRate(medianOf(result.a, 'msgs/s'))} of ${formatRate(medianOf(result.b, 'msgs/s'))} (echo) | ${ratioText(result, 'msgs/s')} | ${reach} |`,
      )
    }
    const workload = closed(1024)
    const ledger = await abba(
      'ledger on against off, 1 KiB x 100',
      '>= 0.9',
      {target: broker, workload, ledger: full},
      {target: broker, workload, ledger: 'off'},
    )
    rows.push(
      `| the ledger, 1 KiB x 100 | ${formatRate(medianOf(ledger.a, 'msgs/s'))} of ${formatRate(medianOf(ledger.b, 'msgs/s'))} (without) | ${ratioText(ledger, 'msgs/s')} | ${ledger.reach} |`,
    )
    const paced = open20k()
    const latency = await abba(
      '20 K msg/s of 1 KiB, unbatched',
      'p99 <= 1 ms, p999 <= 5 ms',
      {target: broker, workload: paced, ledger: full},
      {target: echo, workload: paced, ledger: full},
    )
    for (const metric of ['p99-ns', 'p999-ns'] as const) {
      rows.push(
        `| response time ${metric.replace('-ns', '')} at ${latency.title} | ${formatDurationNs(medianOf(latency.a, metric))}, echo ${formatDurationNs(medianOf(latency.b, metric))} | ${ratioText(latency, metric)} | ${latency.reach} |`,
      )
    }
  } finally {
    await broker.close()
    await echo.close()
  }
  rows.push(startUp())
  const page = await pageOf(rows)
  process.stdout.write(page)
  if (IS_FULL) await writeFile(new URL('../../docs/performance.md', import.meta.url), page)
}

/** Whole-process wall time of \`streambus --version\` beside a bare node, alternating. */
function startUp(): string {
  const run = (args: readonly string[]) => {
    const from = process.hrtime.bigint()
    spawnSync(process.execPath, args)
    return Number(process.hrtime.bigint() - from)
  }
  const launcher = new URL('../../bin/run.js', import.meta.url).pathname
  const [ours, bare]: [number[], number[]] = [[], []]
  for (let round = 0; round <= STARTS; round += 1) {
    const pair = [run([launcher, '--version']), run(['-e', '0'])] as const
    if (round === 0) continue // the first fills caches
    ours.push(pair[0])
    bare.push(pair[1])
  }
  const [version, node] = [ours, bare].map((times) => median(sortSamples(times))) as [number, number]
  return `| \`streambus --version\`, whole process, ${STARTS} runs | ${formatDurationNs(version)}, bare node ${formatDurationNs(node)} | ${formatThreeDigits(version / node)} | <= 140 ms |`
}

async function pageOf(rows: readonly string[]): Promise<string> {
  const {host, client} = await environmentOf({cwd: process.cwd(), version: 'dev'})
  const date = new Date().toISOString().slice(0, 10)
  return `# What the embedded broker and the ledger cost

Written by \`npm run bench:floor\` on ${date}: ${host.cpuModel}, ${host.cpuCount} cores, Linux ${host.kernel}, Node ${client.node};
${PAIRS} ABBA pairs of ${SECONDS} s each. The echo server takes the same frames from the same driver, checks the same CRC and
stores nothing. A ratio is the geometric mean over pairs with its 95 % t interval on logs.

| figure | median | ratio of pairs | to reach |
|---|---|---|---|
${rows.join('\n')}
`
}

await main()
