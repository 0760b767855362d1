import {readFile, writeFile} from 'node:fs/promises'
import {type BenchTarget, openBenchTarget} from '../../src/app/bench-target.ts'
import {formatBytes, formatDurationNs, formatRate, formatThreeDigits} from '../../src/base/units.ts'
import type {Sample} from '../../src/model/sample.ts'
import type {Workload} from '../../src/model/workload.ts'
import {pairedRatio} from '../../src/stats/paired-ratio.ts'
import {median} from '../../src/stats/quantile.ts'
import {sortSamples} from '../../src/stats/sorted-samples.ts'
import {abba, benchContext, isUsable, measureOne, medianOf, openEcho, ratioText, whereAndWhen} from './abba.ts'

/*
 * What the load engine costs and how fast it is. Writes its section of docs/load-engine.md.
 *
 *   npm run bench:engine               12 pairs of 2 s, about 12 minutes on a quiet machine
 *   npm run bench:engine -- 2 1        2 pairs of 1 s, to try it; writes nothing
 *   npm run bench:engine -- steady     10 minutes of one load, for memory and accounts; any machine
 *   npm run bench:engine -- steady 10  10 seconds of it, to try it; writes nothing
 */
const IS_STEADY = process.argv[2] === 'steady'
const PAIRS = IS_STEADY ? 0 : Number(process.argv[2] ?? 12)
const SECONDS = IS_STEADY ? 0 : Number(process.argv[3] ?? 2)
const STEADY_SECONDS = IS_STEADY ? Number(process.argv[3] ?? 600) : 0
const IS_FULL = IS_STEADY ? STEADY_SECONDS >= 600 : PAIRS >= 12 && SECONDS >= 2
const PAGE = new URL('../../docs/load-engine.md', import.meta.url)

interface Shape {
  readonly size: number
  readonly batch: number
  readonly inFlight?: number
  readonly rate?: number
  readonly consumers?: number
  readonly seconds?: number
}

function workloadOf({size, batch, inFlight = 8, rate, consumers = 0, seconds = SECONDS}: Shape): Workload {
  return {
    kind: rate === undefined ? 'throughput' : 'latency',
    arrival:
      rate === undefined
        ? {model: 'closed', inFlightBatches: inFlight}
        : {model: 'open', process: 'constant', ratePerSec: rate},
    message: {sizeBytes: size, batchMessages: batch},
    topology: {topics: 1, partitions: 1, producers: 1, consumers},
    phases: {warmUpNs: rate === undefined ? 1e9 : 3e9, measureNs: seconds * 1e9, drainNsMax: 5e9},
    samples: {count: 1, seed: 1},
  }
}

/** Bound of the unfavourable end: `lo` for what should be large, `hi` for what should be small. */
function intervalOf(values: readonly number[]): {middle: number; lo: number; hi: number} {
  const logs = pairedRatio(values.map((candidate) => ({candidate, baseline: 1})))
  return {middle: median(sortSamples(values)), lo: logs.lo, hi: logs.hi}
}

const rows: string[] = []
const row = (what: string, seen: string, reach: string) => {
  rows.push(`| ${what} | ${seen} | ${reach} |`)
  process.stderr.write(`${rows.at(-1)}\n`)
}

async function ledgerShare(broker: BenchTarget): Promise<void> {
  const workload = workloadOf({size: 1024, batch: 100})
  const compared = await abba('ledger', PAIRS, {target: broker, workload}, {target: broker, workload, ledger: 'off'})
  const rates = `${formatRate(medianOf(compared.a, 'msgs/s'))} of ${formatRate(medianOf(compared.b, 'msgs/s'))} without`
  row('the ledger, 1 KiB x 100, against the embedded broker', `${rates}; ${ratioText(compared, 'msgs/s')}`, '>= 0.92')
}

/** CPU time of the generator's thread, because it does not mind what else runs on the machine. */
function cpuNsOf({resources, phases, counters}: Sample): number {
  return (resources.generator.cpuShare * phases.measureNs) / counters.acked
}

async function ledgerNs(memory: BenchTarget): Promise<void> {
  const workload = workloadOf({size: 100, batch: 100})
  const {a, b} = await abba('accounting', PAIRS, {target: memory, workload}, {target: memory, workload, ledger: 'off'})
  const {middle, hi} = intervalOf(a.map((sample, index) => Math.max(0.1, cpuNsOf(sample) - cpuNsOf(b[index]!))))
  row(
    'accounting, CPU of the generator a message, 100 B x 100',
    `${formatThreeDigits(middle)} ns, upper end ${formatThreeDigits(hi)} ns`,
    '<= 65 ns',
  )
}

async function memoryRate(memory: BenchTarget): Promise<void> {
  const workload = workloadOf({size: 100, batch: 100})
  const samples: Sample[] = []
  for (let index = 0; index < PAIRS; index += 1) {
    samples.push(await measureOne('memory driver', index, {target: memory, workload}))
  }
  const {middle, lo} = intervalOf(samples.map(({metrics}) => metrics['msgs/s'] ?? 0))
  row('memory driver, one worker, 100 B x 100', `${formatRate(middle)}, lower end ${formatRate(lo)}`, '>= 3 M msg/s')
}

async function unbatched(broker: BenchTarget, echo: BenchTarget): Promise<void> {
  const workload = workloadOf({size: 1024, batch: 1, inFlight: 64})
  const compared = await abba('unbatched', PAIRS, {target: broker, workload}, {target: echo, workload})
  const {lo} = intervalOf(compared.a.filter(isUsable).map(({metrics}) => metrics['msgs/s'] ?? 0))
  const rates = `${formatRate(medianOf(compared.a, 'msgs/s'))}, lower end ${formatRate(lo)}; echo ${formatRate(medianOf(compared.b, 'msgs/s'))}`
  row('unbatched, 1 KiB, 64 in flight, 1 connection', `${rates}; ${ratioText(compared, 'msgs/s')}`, '>= 150 K msg/s')
}

async function lateness(broker: BenchTarget, echo: BenchTarget, shape: Shape, title: string, reach: string) {
  const workload = workloadOf(shape)
  const compared = await abba(title, PAIRS, {target: broker, workload}, {target: echo, workload})
  const seen = (samples: readonly Sample[]) =>
    intervalOf(samples.map(({metrics}) => Math.max(1, metrics['lateness-p99-ns'] ?? Number.NaN)))
  const [ours, floor] = [seen(compared.a), seen(compared.b)]
  const hiccups = compared.a.flatMap(({host}) => host?.hiccups?.flatMap(({p99Ns}) => p99Ns) ?? [])
  const quiet = hiccups.length === 0 ? '' : `; hiccup p99 ${formatDurationNs(median(sortSamples(hiccups)))}`
  row(
    `pacing lateness p99, ${title}`,
    `${formatDurationNs(ours.middle)}, upper end ${formatDurationNs(ours.hi)}; beside the echo server ${formatDurationNs(floor.middle)}${quiet}`,
    reach,
  )
}

/** Memory of this process, which holds the worker, once a second from the first minute's end. */
async function steadyMemory(broker: BenchTarget): Promise<void> {
  const workload = workloadOf({size: 100, batch: 100, rate: 300_000, consumers: 1, seconds: STEADY_SECONDS})
  const rss: number[] = []
  const timer = setInterval(() => rss.push(process.memoryUsage.rss()), 1000)
  const sample = await measureOne('steady', 0, {target: broker, workload})
  clearInterval(timer)
  const settled = rss.slice(Math.min(60, Math.floor(rss.length / 4)))
  const sorted = sortSamples(settled)
  const middle = median(sorted)
  const spread = Math.max(sorted.at(-1)! - middle, middle - sorted[0]!)
  const end = median(sortSamples(settled.slice(-30))) - median(sortSamples(settled.slice(0, 30)))
  const {acked, lost, expired, duplicated, reordered} = sample.counters
  row(
    `memory over ${STEADY_SECONDS} s at 300 K msg/s of 100 B, 1 consumer`,
    `median ${formatBytes(middle)}, within ${formatBytes(spread)}, last half minute against first ${(end / 1e6).toFixed(1)} MB; ${acked} acked, ${lost} lost, ${expired} expired, ${duplicated} doubled, ${reordered} out of order`,
    'flat, +-20 MB',
  )
}

async function main(): Promise<void> {
  const embedded = {kind: 'embedded', settings: [], keepData: false, environment: {}} as const
  const broker = await openBenchTarget(embedded, benchContext)
  const memory = await openBenchTarget({kind: 'memory'}, benchContext)
  const echo = await openEcho()
  await (await broker.openSession()).close() // fills the log pool, which must not come before an A and never before a B
  try {
    if (IS_STEADY) await steadyMemory(broker)
    else await figures(broker, memory, echo)
  } finally {
    await broker.close()
    await echo.close()
  }
  const table = `| figure | measured | to reach |\n|---|---|---|\n${rows.join('\n')}\n`
  const how = IS_STEADY
    ? `Written by \`npm run bench:engine -- steady\` ${await whereAndWhen()}.`
    : `Written by \`npm run bench:engine\` ${await whereAndWhen()};\n${PAIRS} pairs of ${SECONDS} s, in turn.`
  const section = `${how}\n\n${table}`
  process.stdout.write(section)
  if (IS_FULL) await writeSection(IS_STEADY ? 'steady' : 'figures', section)
}

async function figures(broker: BenchTarget, memory: BenchTarget, echo: BenchTarget): Promise<void> {
  await ledgerNs(memory)
  await memoryRate(memory)
  await ledgerShare(broker)
  await unbatched(broker, echo)
  await lateness(broker, echo, {size: 1024, batch: 1, rate: 20_000}, '20 K msg/s unbatched', '<= 0.2 ms')
  await lateness(broker, echo, {size: 1024, batch: 100, rate: 200_000}, '200 K msg/s x 100', '<= 1 ms')
}

const TEMPLATE = `# What the load engine costs

Ratios are geometric means over pairs measured in turn, with their 95 % t interval on logs; the end of an interval is the
unfavourable one. The echo server takes the same frames from the same driver and stores nothing.

<!-- figures -->
<!-- /figures -->

<!-- steady -->
<!-- /steady -->
`

/** The other section stays as it was measured. */
async function writeSection(name: string, text: string): Promise<void> {
  const page = await readFile(PAGE, 'utf8').catch(() => TEMPLATE)
  const [open, close] = [`<!-- ${name} -->`, `<!-- /${name} -->`]
  const from = page.indexOf(open) + open.length
  await writeFile(PAGE, `${page.slice(0, from)}\n${text}${page.slice(page.indexOf(close))}`)
}

await main()
