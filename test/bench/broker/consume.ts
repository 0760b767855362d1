import {execFileSync} from 'node:child_process'
import {writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {backlogWorkloads} from '../../../src/app/backlog-workload.ts'
import {formatBytes, formatRate} from '../../../src/base/units.ts'
import {abba, isUsable, ratioText} from '../abba.ts'
import {freshTopic, produce, readLog} from '../drive.ts'
import {type Settings, startBroker, withFolder} from '../live-broker.ts'
import {type FigureRow, intervalOf, rowOf} from './figure.ts'
import {type Effort, withPair, workloadOf} from './targets.ts'

const VALUE_BYTES = 1024
const WARM_MESSAGES = 500_000
const COLD_MESSAGES = 1_000_000
const COLD_SHARE_MIN = 0.95 // of the bytes read that must have come from the device
const rates = (value: number) => formatRate(value)

/** The backlog of the load engine, ledger and all, read again and again out of the page cache. */
export async function consumeWarm({pairs, seconds}: Effort): Promise<FigureRow[]> {
  const figure = 'consume 1 KiB, warm, 1 connection'
  const [workload] = backlogWorkloads(
    {messageSizes: [VALUE_BYTES], durationNs: seconds * 1e9, warmUpNs: 1e9},
    {messages: WARM_MESSAGES, isRunning: false, isRepeated: true},
  )
  return withPair({}, async ({broker, echo}) => {
    const produced = workloadOf({batch: 100}, seconds)
    const compared = await abba(
      figure,
      pairs,
      {target: broker, workload: workload!},
      {target: echo, workload: produced},
    )
    const seen = intervalOf(compared.a.filter(isUsable).flatMap(({metrics}) => metrics['msgs/s'] ?? []))
    return [
      rowOf(figure, seen, {at: 'least', value: 1e6}, rates, [
        `of what the echo server takes: ${ratioText(compared, 'msgs/s')}`,
      ]),
    ]
  })
}

/**
 * A log that was written by an earlier process, with an empty page cache before each read: as root by
 * /proc/sys/vm/drop_caches, else with direct I/O. What the device gave says whether it was cold.
 */
export async function consumeCold({pairs}: Effort): Promise<FigureRow[]> {
  const figure = 'consume 1 KiB, cold from disk, 1 connection'
  const canDrop = dropCaches()
  const settings: Settings = {'storage.use_direct_io': !canDrop}
  const how = canDrop ? 'page cache dropped' : '`use_direct_io`, because this user may not drop the page cache'
  return withFolder(async (folder) => {
    const dataDir = join(folder, 'data')
    const topic = await fill(settings, dataDir)
    const rate: number[] = []
    const shares: number[] = []
    for (let run = 0; run < pairs; run += 1) {
      const {perSec, share} = await readCold(settings, dataDir, topic, canDrop)
      const line = `${formatRate(perSec)}, ${(share * 100).toFixed(0)} % from the device`
      process.stderr.write(`${figure}  run ${run + 1}  ${line}\n`)
      if (share >= COLD_SHARE_MIN) rate.push(perSec)
      shares.push(share)
    }
    const least = `at least ${(Math.min(...shares) * 100).toFixed(0)} % of the bytes came from the device`
    const left = rate.length < shares.length ? [`${shares.length - rate.length} runs left out as not cold`] : []
    const size = `${formatBytes(COLD_MESSAGES * VALUE_BYTES)} by a reader without a ledger`
    return [rowOf(figure, intervalOf(rate), {at: 'least', value: 5e5}, rates, [size, how, least, ...left])]
  })
}

async function fill(settings: Settings, dataDir: string): Promise<string> {
  const broker = await startBroker(settings, dataDir, {poolBytes: 1.25 * 2 ** 30})
  try {
    const session = await broker.connect()
    const topic = await freshTopic(session)
    await produce(session, {
      topic,
      valueBytes: VALUE_BYTES,
      batch: 100,
      inFlight: 8,
      messagesMax: COLD_MESSAGES,
    })
    return topic
  } finally {
    await broker.stop()
  }
}

async function readCold(settings: Settings, dataDir: string, topic: string, canDrop: boolean) {
  const broker = await startBroker(settings, dataDir)
  try {
    const session = await broker.connect()
    if (canDrop) dropCaches()
    const before = await broker.io()
    const {perSec, valueBytes} = await readLog(session, topic, COLD_MESSAGES)
    const after = await broker.io()
    return {perSec, share: (after.deviceReadBytes - before.deviceReadBytes) / valueBytes}
  } finally {
    await broker.stop()
  }
}

/** Whether the page cache is empty now. */
export function dropCaches(): boolean {
  try {
    execFileSync('sync')
    writeFileSync('/proc/sys/vm/drop_caches', '1')
    return true
  } catch {
    return false
  }
}
