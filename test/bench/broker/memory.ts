import {execFileSync} from 'node:child_process'
import {setTimeout as sleep} from 'node:timers/promises'
import {formatBytes} from '../../../src/base/units.ts'
import {median} from '../../../src/stats/quantile.ts'
import {sortSamples} from '../../../src/stats/sorted-samples.ts'
import {freshTopic, produce, readLog} from '../drive.ts'
import {openIdle} from '../idle-connections.ts'
import {type LiveBroker, type Settings, withBroker} from '../live-broker.ts'
import {asRatio, type FigureRow, verdictOf} from './figure.ts'

const BUILD = new URL('../../../bin/build.js', import.meta.url).pathname
const MIB = 2 ** 20
const CONNECTIONS = 1000
const REPEATS = 3
const VALUE_BYTES = 1024
const BATCH = 100
const FRAME_BYTES = BATCH * (VALUE_BYTES + 32) // a little less than what it takes
const FILLS = 3 // so many times what the memtables hold, so that each of them was full once

/** Where the formula's terms are of different weight. */
const CASES = [
  {memtableMib: 64, immutables: 2, partitions: 1, cacheMib: 64},
  {memtableMib: 16, immutables: 2, partitions: 8, cacheMib: 0},
  {memtableMib: 16, immutables: 6, partitions: 2, cacheMib: 128},
]
type Case = (typeof CASES)[number]

/** The constants of the formula, then its total against the high-water mark of real processes. */
export async function memory(): Promise<FigureRow[]> {
  execFileSync(process.execPath, [BUILD, '--if-stale'], {stdio: ['ignore', 2, 2]})
  const constants: Constants[] = []
  for (let run = 0; run < REPEATS; run += 1) constants.push(await measureConstants())
  const baseBytes = median(sortSamples(constants.map((seen) => seen.baseBytes)))
  const connectionBytes = median(sortSamples(constants.map((seen) => seen.connectionBytes)))
  const rows = [constantsRow(baseBytes, connectionBytes)]
  for (const each of CASES) rows.push(await caseRow(each, baseBytes, connectionBytes))
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

async function caseRow(asked: Case, baseBytes: number, connectionBytes: number): Promise<FigureRow> {
  const {memtableMib, immutables, partitions, cacheMib} = asked
  const memtables = (1 + immutables) * memtableMib * MIB * partitions
  const expected = memtables + baseBytes + cacheMib * MIB + (partitions + 1) * connectionBytes
  const settings: Settings = {
    'storage.memtable.max_size': memtableMib * MIB,
    'storage.memtable.num_immutable': immutables,
    'storage.block_cache_size': cacheMib * MIB,
    'storage.retention.bytes': '4GiB',
  }
  const seen: number[] = []
  for (let run = 0; run < REPEATS; run += 1) {
    seen.push(
      await withBroker(settings, (broker) => highWater(broker, asked, memtables + cacheMib * MIB), {
        poolBytes: 2 ** 31,
        isBuilt: true,
      }),
    )
    process.stderr.write(`high-water mark ${formatBytes(seen.at(-1)!)}, formula ${formatBytes(expected)}\n`)
  }
  const ratios = seen.map((bytes) => bytes / expected)
  const [lo, hi] = [Math.min(...ratios), Math.max(...ratios)]
  const isWithin = verdictOf({lo, hi}, {at: 'least', value: 0.9}) === 'reached' && hi <= 1.1
  return {
    figure: `memory: (1 + ${immutables}) x ${memtableMib} MiB x ${partitions} partitions, cache ${cacheMib} MiB`,
    measured: `${formatBytes(median(sortSamples(seen)))} of ${formatBytes(expected)}, ${asRatio(median(sortSamples(ratios)))}`,
    unfavourable: `${asRatio(lo)} to ${asRatio(hi)}`,
    reach: '0.9 to 1.1',
    verdict: isWithin ? 'reached' : 'missed',
    notes: [`${REPEATS} processes, VmHWM`],
  }
}

/** Every memtable full, every cache block used: as much as the process ever held. */
async function highWater(broker: LiveBroker, {partitions}: Case, bytes: number): Promise<number> {
  const session = await broker.connect()
  const topic = await freshTopic(session, partitions)
  const messages = Math.ceil((FILLS * bytes) / FRAME_BYTES) * BATCH
  const shared = {topic, partitions, valueBytes: VALUE_BYTES, batch: BATCH, inFlight: 8 * partitions}
  const {messages: sent} = await produce(session, {...shared, messagesMax: messages})
  await readLog(session, topic, Math.floor(sent / partitions / 2))
  return broker.rssBytesMax()
}
