import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, expect, test} from 'vitest'
import {monotonicOrigin} from '../../src/base/clock.ts'
import {entryUrl} from '../../src/base/entries.ts'
import {streambusDriver} from '../../src/drivers/streambus/driver.ts'
import {LoadExecution} from '../../src/load/execute-load.ts'
import type {LoadOutcome, LoadRequest} from '../../src/load/load-outcome.ts'
import {nodeTurns} from '../../src/load/turns.ts'
import type {Workload} from '../../src/model/workload.ts'
import {defaultBrokerSettings} from '../../src/settings/resolved.ts'
import {type EmbeddedTarget, startEmbedded} from '../../src/targets/embedded/embedded-target.ts'
import {type BatchInLog, batchesIn, cutAtLastSync} from './log-files.ts'
import {naiveCounts, Witness} from './witness.ts'

// A real broker process is killed in the middle of a run, and comes back on what it left.

let dataDir: string
let target: EmbeddedTarget | undefined

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'streambus-chaos-'))
})
afterEach(async () => {
  await target?.stop()
  target = undefined
  await rm(dataDir, {recursive: true, force: true})
})

interface Chaos {
  readonly outcome: LoadOutcome
  readonly witness: Witness
  readonly cut: readonly BatchInLog[]
}

/** Kills the broker when it has acknowledged something; `cuts`: what was not synced is gone when it is back. */
async function runThroughKill(
  fsyncPolicy: 'always' | 'interval',
  {consumers, groups = 1, cuts, kills = 1}: {consumers: number; groups?: number; cuts: boolean; kills?: number},
): Promise<Chaos> {
  const settings = defaultBrokerSettings({
    server: {host: '127.0.0.1', port: 0, httpPort: -1},
    storage: {dataDir, wal: {segmentBytes: 64 * 2 ** 20, fsyncPolicy, fsyncIntervalMs: 100}},
  })
  const entry = entryUrl(import.meta.url, '../../src/app/broker-process')
  const broker = await startEmbedded({entry, settings, startTimeoutMs: 20_000})
  target = broker
  const witness = new Witness(streambusDriver)
  const workload: Workload = {
    kind: 'throughput',
    arrival: {model: 'closed', inFlightBatches: 8},
    message: {sizeBytes: 100, batchMessages: 10},
    topology: {topics: 1, partitions: 2, producers: 2, consumers, groups},
    phases: {warmUpNs: 0, measureNs: 2e9 + kills * 2e9, drainNsMax: 15e9},
    samples: {count: 1, seed: 1},
  }
  const {host, port} = broker
  const where = {driver: 'streambus', host, port, topic: 'chaos', keepTopic: true} as const
  const request: LoadRequest = {workload, ...where, seed: 1, ledger: 'full', reconnectNsMax: 20e9}
  const cut: BatchInLog[] = []
  let killing: Promise<void> | undefined
  let killed = 0
  let ackedAtKill = 0
  const kill = async () => {
    await broker.restart(async () => {
      if (cuts) cut.push(...(await cutAtLastSync(dataDir)))
    })
    killing = undefined
  }
  const run = new LoadExecution(request, witness.driver, nodeTurns(monotonicOrigin()), ({acked}) => {
    if (killing !== undefined || killed === kills || acked < ackedAtKill + 1_000) return
    killed += 1
    ackedAtKill = acked
    killing = kill()
  })
  const outcome = await run.run()
  await killing
  return {outcome, witness, cut}
}

/** Closes the broker and gives the stamps of everything its log holds. */
async function storedStamps(): Promise<string[]> {
  await target!.stop()
  return (await batchesIn(dataDir)).flatMap((batch) => batch.stamps)
}

test('killed twice under fsync always: nothing that was acknowledged is lost, nothing comes twice', async () => {
  const {outcome, witness} = await runThroughKill('always', {consumers: 1, cuts: false, kills: 2})
  expect(outcome.error).toBeUndefined()
  expect(outcome.warnings).toEqual([])
  expect(outcome.outages).toHaveLength(2)
  const {counters, outages = []} = outcome
  expect(outages.every((outage) => outage.toNs! > outage.fromNs)).toBe(true)
  expect(counters).toMatchObject({acked: witness.acked.size, errors: witness.failed.size, unfinished: 0})
  expect(counters.errors).toBe(outages.reduce((sum, outage) => sum + outage.failedMessages, 0))
  expect(counters).toMatchObject({lost: 0, expired: 0, duplicated: 0, reordered: 0})
  const stored = await storedStamps()
  expect(new Set(stored).size).toBe(stored.length)
  expect(naiveCounts(witness.acked, stored).lost).toBe(0)
  expect(counters.received).toBe(stored.length) // with what was stored and never acknowledged
})

// Where the client stands still for longer than the interval before the kill, all is synced and nothing is cut: then again.
const MAY_BE_SYNCED = {retry: 3}

test(
  'a log cut at its last synced position: without consumers the loss is what was cut and acknowledged',
  MAY_BE_SYNCED,
  async () => {
    const {outcome, witness, cut} = await runThroughKill('interval', {consumers: 0, cuts: true})
    expect(outcome.error).toBeUndefined()
    expect(outcome.warnings).toEqual([])
    expect(outcome.outages).toHaveLength(1)
    const gone = cut.flatMap((batch) => batch.stamps)
    expect(gone.length).toBeGreaterThan(0)
    const ackedAndGone = gone.filter((stamp) => witness.acked.has(stamp)).length
    expect(ackedAndGone).toBeGreaterThan(0)
    expect(outcome.counters).toMatchObject({lost: ackedAndGone, duplicated: 0, reordered: 0, received: 0})
    expect(naiveCounts(witness.acked, await storedStamps()).lost).toBe(ackedAndGone)
  },
)

test(
  'a log cut at its last synced position: each group has lost what it had not read by then',
  MAY_BE_SYNCED,
  async () => {
    const {outcome, witness, cut} = await runThroughKill('interval', {consumers: 1, groups: 2, cuts: true})
    expect(outcome.error).toBeUndefined()
    expect(outcome.warnings.map((warning) => warning.code)).toEqual(['log-cut'])
    expect(cut.length).toBeGreaterThan(0)
    const naive = witness.received.map((received) => naiveCounts(witness.acked, received))
    expect(naive).toHaveLength(2)
    expect(outcome.counters).toMatchObject({
      lost: naive[0]!.lost + naive[1]!.lost,
      received: naive[0]!.received + naive[1]!.received,
      duplicated: 0,
      reordered: 0,
    })
    expect(outcome.timeline.lag.at(-1)).toBeLessThan(2_000) // what is on its way, and nothing that is gone
  },
)
