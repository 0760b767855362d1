/**
 * How fast the storage appends by itself, against a plain memcpy of the same frames.
 *
 *     node test/bench/storage-append.ts [never|interval|always] [frame bytes] [seconds] [MB/s at most] [directory]
 *
 * One thread commits a frame after another, 8 a turn, as a server does whose sockets are all
 * readable. `loop` is the share of time that the event loop was busy; `copy` is the same loop with
 * the frame copied and nothing else.
 */
import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {performance} from 'node:perf_hooks'
import {nodeFiles} from '../../src/broker/storage/node-files.ts'
import {openStorage} from '../../src/broker/storage/open.ts'
import {createTopic} from '../../src/broker/storage/testing/driving.ts'
import {frameRecordsStart, produceFrame} from '../../src/broker/storage/testing/frames.ts'

const [policyArg = 'interval', bytesArg = '105632', secondsArg = '5', rateArg = '0', directory = tmpdir()] =
  process.argv.slice(2)
const policy = policyArg === 'always' || policyArg === 'never' ? policyArg : 'interval'
const frame = produceFrame(Buffer.alloc(Number(bytesArg) - 33, 1))
const seconds = Number(secondsArg)
const bytesPerMs = Number(rateArg) > 0 ? Number(rateArg) * 1000 : Number.POSITIVE_INFINITY
const framesATurn = 8
const inFlightMax = 64

function measureCopy(): number {
  const ring = Buffer.alloc(33_554_432)
  const slots = Math.floor(ring.length / frame.length)
  for (let at = 0; at < slots; at += 1) frame.copy(ring, at * frame.length)
  const from = performance.now()
  let copies = 0
  while (performance.now() - from < 1000) {
    frame.copy(ring, (copies % slots) * frame.length)
    copies += 1
  }
  return (copies * frame.length) / (performance.now() - from) / 1e6
}

const dataDir = await mkdtemp(join(directory, 'streambus-append-'))
const wal = {segmentBytes: 268_435_456, fsyncPolicy: policy, fsyncIntervalMs: 1000} as const
const poolBytes = 2_147_483_648
const preparedFrom = performance.now()
const storage = await openStorage({
  files: nodeFiles,
  dataDir,
  wal,
  retentionBytes: poolBytes,
  pool: {bytes: poolBytes},
  onEvent: (event) => {
    if (event.kind === 'failed') console.error(event.error)
  },
})
const preparedMs = performance.now() - preparedFrom
const partition = (await createTopic(storage, 'bench')).partitions[0]!
const batch = {partition, count: 100, recordsStart: frameRecordsStart, recordsEnd: frame.length - 4}

let sent = 0
let acked = 0
let stalls = 0
let isRunning = true
let turnWaits = false
const done = () => {
  acked += 1
  wake()
}

function turn(): void {
  turnWaits = false
  const allowed = (performance.now() - from) * bytesPerMs
  for (let count = 0; count < framesATurn && sent - acked < inFlightMax; count += 1) {
    if (sent * frame.length > allowed) break
    const room = storage.reserve(frame.length)
    if (room === undefined) {
      stalls += 1
      turnWaits = true
      storage.onWritable(turn)
      return
    }
    frame.copy(room)
    storage.commit(batch, done)
    sent += 1
  }
  if (!isRunning || sent - acked >= inFlightMax) return
  if (sent * frame.length <= allowed) wake()
  else setTimeout(wake, 1)
}
function wake(): void {
  if (turnWaits || !isRunning) return
  turnWaits = true
  setImmediate(turn)
}

let worstTurnMs = 0
let lastTick = performance.now()
const ticker = setInterval(() => {
  worstTurnMs = Math.max(worstTurnMs, performance.now() - lastTick - 5)
  lastTick = performance.now()
}, 5)
const cpuFrom = process.cpuUsage()
const utilizationFrom = performance.eventLoopUtilization()
const threadFrom = process.threadCpuUsage()
const from = performance.now()
turn()
await new Promise((resolve) => setTimeout(resolve, seconds * 1000))
isRunning = false
const elapsedMs = performance.now() - from
const cpu = process.cpuUsage(cpuFrom)
const thread = process.threadCpuUsage(threadFrom)
const utilization = performance.eventLoopUtilization(utilizationFrom).utilization
clearInterval(ticker)
const {groups, syncs, memtable, levels, stalls: waits} = storage.stats()
const perSec = (acked * batch.count) / elapsedMs / 1000
console.log(`${policy}, frames of ${frame.length} bytes, pool ready in ${(preparedMs / 1000).toFixed(1)} s`)
console.log(
  `append ${((acked * frame.length) / elapsedMs / 1e6).toFixed(2)} GB/s, ${perSec.toFixed(2)} M msg/s (100 a frame)`,
)
console.log(`copy   ${measureCopy().toFixed(2)} GB/s`)
console.log(
  `loop ${(utilization * 100).toFixed(0)} % of the time, longest beyond a 5 ms tick ${worstTurnMs.toFixed(1)} ms`,
)
console.log(
  `main thread ${((thread.user + thread.system) / elapsedMs / 10).toFixed(0)} % CPU, process ${((cpu.user + cpu.system) / elapsedMs / 10).toFixed(0)} %`,
)
console.log(
  `${groups.count} writes of ${(groups.bytes / groups.count / 1024).toFixed(0)} KiB, ${syncs.count} syncs, ${stalls} waits for room`,
)
const waited = Object.entries(waits).map(([cause, {count, ns}]) => `${cause} ${count} (${(ns / 1e6).toFixed(0)} ms)`)
console.log(`${memtable.flushes} flushes, ${levels[0]!.tables} tables at level 0, waits: ${waited.join(', ')}`)
console.log(`main thread per frame ${(((thread.user + thread.system) * 1000) / acked / 1000).toFixed(1)} us`)
await storage.close()
await rm(dataDir, {recursive: true, force: true})
