import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {monotonicOrigin} from '../../src/base/clock.ts'
import {startBroker} from '../../src/broker/broker.ts'
import {streambusDriver} from '../../src/drivers/streambus/driver.ts'
import {LoadExecution} from '../../src/load/execute-load.ts'
import type {LoadOutcome} from '../../src/load/load-outcome.ts'
import {nodeTurns} from '../../src/load/turns.ts'
import type {Workload} from '../../src/model/workload.ts'
import {defaultBrokerSettings} from '../../src/settings/resolved.ts'
import {type FaultsDone, RecordProxy} from './record-proxy.ts'

// Two groups read through a relay that meddles with single records: the counters must be what it did.

const GROUPS = 2

async function runThrough(side: 'produce' | 'fetch', seed: number): Promise<{outcome: LoadOutcome; done: FaultsDone}> {
  const dataDir = await mkdtemp(join(tmpdir(), 'streambus-meddling-'))
  const wal = {segmentBytes: 64 * 2 ** 20, fsyncPolicy: 'never'} as const
  const broker = await startBroker(
    defaultBrokerSettings({server: {host: '127.0.0.1', port: 0, httpPort: -1}, storage: {dataDir, wal}}),
  )
  const proxy = new RecordProxy(broker.port, side, seed)
  await proxy.listen()
  const workload: Workload = {
    kind: 'latency',
    arrival: {model: 'open', process: 'constant', ratePerSec: 10_000},
    message: {sizeBytes: 64, batchMessages: 10},
    topology: {topics: 1, partitions: 3, producers: 2, consumers: 2, groups: GROUPS},
    phases: {warmUpNs: 0, measureNs: 600e6, drainNsMax: 5e9},
    samples: {count: 1, seed},
  }
  const where = {driver: 'streambus', host: '127.0.0.1', port: proxy.port, topic: 'meddled'} as const
  try {
    const request = {workload, ...where, seed, ledger: 'full'} as const
    const outcome = await new LoadExecution(request, streambusDriver, nodeTurns(monotonicOrigin()), () => {}).run()
    return {outcome, done: proxy.done}
  } finally {
    await proxy.close()
    await broker.close()
    await rm(dataDir, {recursive: true, force: true})
  }
}

test.each([1, 2, 3, 4])(
  'records lost, doubled and swapped on their way in are counted for each group (seed %i)',
  async (seed) => {
    const {outcome, done} = await runThrough('produce', seed)
    expect(outcome.error).toBeUndefined()
    expect(Math.min(done.lost, done.doubled, done.swapped)).toBeGreaterThan(5)
    expect(outcome.counters).toMatchObject({
      acked: 6_000,
      received: (6_000 - done.lost) * GROUPS,
      lost: done.lost * GROUPS,
      duplicated: done.doubled * GROUPS,
      reordered: done.swapped * GROUPS,
      expired: 0,
    })
  },
)

test.each([5, 6, 7, 8])(
  'records lost, doubled and swapped on their way out are counted where it happened (seed %i)',
  async (seed) => {
    const {outcome, done} = await runThrough('fetch', seed)
    expect(outcome.error).toBeUndefined()
    expect(done.lost + done.doubled + done.swapped).toBeGreaterThan(5)
    expect(outcome.counters).toMatchObject({
      acked: 6_000,
      received: 6_000 * GROUPS - done.lost,
      lost: done.lost,
      duplicated: done.doubled,
      reordered: done.swapped,
      expired: 0,
    })
  },
)
