import {writeFile} from 'node:fs/promises'
import {openBenchTarget} from '../../src/app/bench-target.ts'
import {benchContext, whereAndWhen} from './abba.ts'
import {checksOf} from './truth/checks.ts'
import {besideAHog, type LimiterProof, tooHighARate} from './truth/limiters.ts'
import {pageOf} from './truth/page.ts'
import {drawStall} from './truth/picture.ts'
import {proveStalls, type StallProof} from './truth/stall.ts'

/*
 * Whether the load engine tells the truth, against a real broker process: a stall of known length,
 * seen by an open loop, by one with a bound in flight and by a closed one; and who is named as the
 * limit where that is known. Writes docs/coordinated-omission.md and its picture; exits 1 where
 * something does not hold.
 *
 *   npm run bench:truth                 stalls of 0.2, 0.5 and 1 s, 10 runs of each limit, about 5 minutes
 *   npm run bench:truth -- 500 1        one stall of 500 ms, 1 run of each, to try it; writes nothing
 */
const [stallArg, runsArg] = process.argv.slice(2)
const STALLS_MS = stallArg === undefined ? [200, 500, 1_000] : [Number(stallArg)]
const RUNS = Number(runsArg ?? 10)
const IS_FULL = stallArg === undefined

async function main(): Promise<void> {
  const embedded = {kind: 'embedded', settings: [], keepData: false, environment: {}} as const
  const broker = await openBenchTarget(embedded, benchContext)
  const memory = await openBenchTarget({kind: 'memory'}, benchContext)
  try {
    await (await broker.openSession()).close() // fills the log pool
    const stalls = await proveStalls(broker, STALLS_MS)
    const limiters: LimiterProof[] = [await tooHighARate(memory, RUNS), await besideAHog(broker, RUNS)]
    await report(stalls, limiters)
  } finally {
    await broker.close()
    await memory.close()
  }
}

async function report(stalls: StallProof, limiters: readonly LimiterProof[]): Promise<void> {
  const checks = checksOf(stalls, limiters)
  const page = pageOf(await whereAndWhen(), stalls, checks)
  process.stdout.write(page)
  if (!checks.every(({holds}) => holds)) process.exitCode = 1
  if (!IS_FULL) return
  await writeFile(new URL('../../docs/coordinated-omission.md', import.meta.url), page)
  await writeFile(new URL('../../docs/coordinated-omission.svg', import.meta.url), pictureOf(stalls))
}

/** The longest stall, with a second before it and two after it. */
function pictureOf({sets}: StallProof): string {
  const {open, closed} = sets.at(-1)!
  const series = [
    {label: 'open loop: response time', color: '#c0392b', timeline: open.sample.timeline},
    {label: 'closed loop: service time', color: '#2471a3', timeline: closed.sample.timeline},
  ]
  return drawStall('Longest time in each tenth of a second, by intended send', series, 2, 6)
}

await main()
