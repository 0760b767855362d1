import {spawnSync} from 'node:child_process'
import {writeFile} from 'node:fs/promises'
import {openBenchTarget} from '../../src/app/bench-target.ts'
import {workloadsOf} from '../../src/app/workloads.ts'
import {formatDurationNs, formatRate, formatThreeDigits} from '../../src/base/units.ts'
import type {Workload} from '../../src/model/workload.ts'
import {median} from '../../src/stats/quantile.ts'
import {sortSamples} from '../../src/stats/sorted-samples.ts'
import {abba, benchContext, medianOf, openEcho, ratioText, whereAndWhen} from './abba.ts'

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

async function main(): Promise<void> {
  const embedded = {kind: 'embedded', settings: [], keepData: false, environment: {}} as const
  const broker = await openBenchTarget(embedded, benchContext)
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
        PAIRS,
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
      PAIRS,
      {target: broker, workload, ledger: full},
      {target: broker, workload, ledger: 'off'},
    )
    rows.push(
      `| the ledger, 1 KiB x 100 | ${formatRate(medianOf(ledger.a, 'msgs/s'))} of ${formatRate(medianOf(ledger.b, 'msgs/s'))} (without) | ${ratioText(ledger, 'msgs/s')} | >= 0.9 |`,
    )
    const paced = open20k()
    const latency = await abba(
      '20 K msg/s of 1 KiB, unbatched',
      PAIRS,
      {target: broker, workload: paced, ledger: full},
      {target: echo, workload: paced, ledger: full},
    )
    for (const metric of ['p99-ns', 'p999-ns'] as const) {
      rows.push(
        `| response time ${metric.replace('-ns', '')} at 20 K msg/s of 1 KiB, unbatched | ${formatDurationNs(medianOf(latency.a, metric))}, echo ${formatDurationNs(medianOf(latency.b, metric))} | ${ratioText(latency, metric)} | p99 <= 1 ms, p999 <= 5 ms |`,
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
  return `# What the embedded broker and the ledger cost

Written by \`npm run bench:floor\` ${await whereAndWhen()};
${PAIRS} ABBA pairs of ${SECONDS} s each. The echo server takes the same frames from the same driver, checks the same CRC and
stores nothing. A ratio is the geometric mean over pairs with its 95 % t interval on logs.

| figure | median | ratio of pairs | to reach |
|---|---|---|---|
${rows.join('\n')}
`
}

await main()
