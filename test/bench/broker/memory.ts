import {execFileSync} from 'node:child_process'
import {setTimeout as sleep} from 'node:timers/promises'
import {formatBytes} from '../../../src/base/units.ts'
import {median} from '../../../src/stats/quantile.ts'
import {sortSamples} from '../../../src/stats/sorted-samples.ts'
import {freshTopic, produce, readLog} from '../drive.ts'
import {openIdle} from '../idle-connections.ts'
import {metricNames, type Settings, withBroker} from '../live-broker.ts'
import {asRatio, type FigureRow} from './figure.ts'
import {type SlowBroker, withSlowBroker} from './slow-broker.ts'

const BUILD = new URL('../../../bin/build.js', import.meta.url).pathname
const MIB = 2 ** 20
const CONNECTIONS = 1000
const REPEATS = 3
const VALUE_BYTES = 1024
const BATCH = 100
const FRAME_BYTES = BATCH * (VALUE_BYTES + 32) // a little less than what it takes
const SLOW_BYTES_PER_SEC = 20e6
const REQUESTS_A_CONNECTION = 800
const WAIT_MS_MAX = 20_000
const POOL_BYTES = 2 ** 31

/** Where the formula's terms are of different weight. */
interface Case {
  readonly memtableMib: number
  readonly immutables: number
  readonly partitions: number
  readonly cacheMib: number
}
const CASES: readonly Case[] = [
  {memtableMib: 64, immutables: 2, partitions: 1, cacheMib: 64},
  {memtableMib: 16, immutables: 2, partitions: 8, cacheMib: 0},
  {memtableMib: 16, immutables: 6, partitions: 2, cacheMib: 128},
]

/** The constants of the formula, then its total against the high-water mark of real processes. */
export async function memory(): Promise<FigureRow[]> {
  execFileSync(process.execPath, [BUILD, '--if-stale'], {stdio: ['ignore', 2, 2]})
  const constants: Constants[] = []
  for (let run = 0; run < REPEATS; run += 1) constants.push(await measureConstants())
  const baseBytes = median(sortSamples(constants.map((seen) => seen.baseBytes)))
  const connectionBytes = median(sortSamples(constants.map((seen) => seen.connectionBytes)))
  const rows = [constantsRow(baseBytes, connectionBytes)]
  for (const each of CASES) rows.push(await caseRow(each, connectionBytes))
  return rows
}

interface Constants {
  readonly baseBytes: number
  readonly connectionBytes: number
}

async function measureConstants(): Promise<Constants> {
  return withBroker(
    {'server.max_connections': CONNECTIONS + 10},
    async (broker) => {
      await sleep(1000)
      const baseBytes = await broker.rssBytes()
      const {host, port} = broker.embedded
      const opened = await openIdle(host, port, CONNECTIONS)
      await sleep(500)
      const withThem = await broker.rssBytes()
      opened.close()
      const connectionBytes = (withThem - baseBytes) / opened.served
      process.stderr.write(`base ${formatBytes(baseBytes)}, a connection ${formatBytes(connectionBytes)}\n`)
      return {baseBytes, connectionBytes}
    },
    {isBuilt: true},
  )
}

function constantsRow(baseBytes: number, connectionBytes: number): FigureRow {
  return {
    figure: `memory: constants, medians of ${REPEATS} processes`,
    measured: `base ${formatBytes(baseBytes)}; an idle connection ${formatBytes(connectionBytes)}`,
    unfavourable: '-',
    reach: 'published',
    verdict: 'reached',
    notes: [`of an idle broker as built, and of ${CONNECTIONS} connections that asked once for its health`],
  }
}

async function caseRow(asked: Case, connectionBytes: number): Promise<FigureRow> {
  const {memtableMib, immutables, partitions, cacheMib} = asked
  const memtables = (1 + immutables) * memtableMib * MIB * partitions
  const seen: {readonly bytes: number; readonly expected: number}[] = []
  for (let run = 0; run < REPEATS; run += 1) {
    const baseBytes = await highWater({memtableMib: 1, immutables: 1, partitions, cacheMib: 0}, memtables)
    const least = 2 * MIB * partitions // what the memtables of that one may hold
    const expected = memtables + baseBytes - least + cacheMib * MIB + (partitions + 1) * connectionBytes
    seen.push({bytes: await highWater(asked, memtables), expected})
    process.stderr.write(`high-water mark ${formatBytes(seen.at(-1)!.bytes)}, formula ${formatBytes(expected)}\n`)
  }
  const ratios = seen.map(({bytes, expected}) => bytes / expected)
  const [lo, hi] = [Math.min(...ratios), Math.max(...ratios)]
  const middle = (of: (each: (typeof seen)[number]) => number) => formatBytes(median(sortSamples(seen.map(of))))
  return {
    figure: `memory: (1 + ${immutables}) x ${memtableMib} MiB x ${partitions} partitions, cache ${cacheMib} MiB`,
    measured: `${middle(({bytes}) => bytes)} of ${middle(({expected}) => expected)}, ${asRatio(median(sortSamples(ratios)))}`,
    unfavourable: `${asRatio(lo)} to ${asRatio(hi)}`,
    reach: '0.9 to 1.1',
    verdict: lo >= 0.9 && hi <= 1.1 ? 'reached' : 'missed',
    notes: [
      `high-water marks (VmHWM) of ${REPEATS} processes whose disk was slowed down until writers waited; the formula's base is the one of a process with 1 MiB memtables and no cache under the same load, unbuilt like these`,
    ],
  }
}

/** Every cache block used, then every memtable full: as much as the process ever held. */
function highWater({memtableMib, immutables, partitions, cacheMib}: Case, burstBytes: number): Promise<number> {
  const settings: Settings = {
    'storage.memtable.max_size': memtableMib * MIB,
    'storage.memtable.num_immutable': immutables,
    'storage.block_cache_size': cacheMib * MIB,
    'storage.wal.segment_size': '256MiB',
    'storage.retention.bytes': '4GiB',
  }
  return withSlowBroker(settings, POOL_BYTES, async (broker) => {
    const session = await broker.connect()
    const topic = await freshTopic(session, partitions)
    const shape = {topic, partitions, valueBytes: VALUE_BYTES, batch: BATCH, inFlight: 8 * partitions}
    const messagesOf = (bytes: number) => Math.ceil(bytes / FRAME_BYTES) * BATCH
    const {messages} = await produce(session, {...shape, messagesMax: messagesOf(burstBytes + 192 * MIB)})
    // The oldest of it is in no memtable any more, so it comes by way of the cache.
    await readLog(session, topic, Math.min(messages / partitions / 2, messagesOf((160 * MIB) / partitions)))
    broker.tell({kind: 'pace', bytesPerSec: SLOW_BYTES_PER_SEC})
    // All of it at once, over as many connections as it takes: each may have so many requests unanswered.
    const connections = Math.ceil((burstBytes * 1.1) / FRAME_BYTES / REQUESTS_A_CONNECTION)
    const one = {...shape, inFlight: REQUESTS_A_CONNECTION, messagesMax: REQUESTS_A_CONNECTION * BATCH}
    const sending = Promise.all(Array.from({length: connections}, () => produce(session, one)))
    await untilWritersWait(broker)
    broker.tell({kind: 'release'})
    await sending
    await session.close()
    return broker.rssBytesMax()
  })
}

/** A memtable that is full and may not rotate holds a writer up. */
async function untilWritersWait(broker: SlowBroker): Promise<void> {
  const stalls = async () => (await broker.metrics()).sum(metricNames.stalls, 'cause="memtable"')
  const before = await stalls()
  const endMs = performance.now() + WAIT_MS_MAX
  while ((await stalls()) === before) {
    if (performance.now() > endMs) throw new Error(`no writer waited within ${WAIT_MS_MAX / 1000} s`)
    await sleep(20)
  }
}
