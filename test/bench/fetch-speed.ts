/**
 * How fast the storage reads by itself: one reader in process, batches of a hundred 1 KiB messages.
 *
 *     node test/bench/fetch-speed.ts [buffered|direct] [block cache MiB] [GiB in the log] [seconds] [part: memory|sequential|random] [directory]
 *
 * `memory`: from a memtable, over and over. `sequential`: from the files, once through the log. `random`: one message at a random
 * place, of a hot tenth of the log nine times of ten. `answer`: the same as sequential, with the frame of a fetch built. With buffered files
 * `cold` has the page cache dropped before (root only, else it is left out), `cached` has what it holds.
 */
import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {performance} from 'node:perf_hooks'
import {seededRandom} from '../../src/base/random.ts'
import {BufferPool} from '../../src/broker/server/buffer-pool.ts'
import {FetchAnswer} from '../../src/broker/server/fetch-answer.ts'
import type {LogStorage} from '../../src/broker/storage/log-storage.ts'
import {nodeFiles} from '../../src/broker/storage/node-files.ts'
import {openStorage} from '../../src/broker/storage/open.ts'
import type {Partition} from '../../src/broker/storage/storage.ts'
import {createTopic, tryAppend} from '../../src/broker/storage/testing/driving.ts'
import {encodeRecords} from '../../src/protocol/records.ts'
import {dropCaches} from './broker/consume.ts'

const [accessArg = 'buffered', cacheArg = '64', gibArg = '1', secondsArg = '3', part = '', directory = tmpdir()] =
  process.argv.slice(2)
const mib = 1_048_576
const fetchBytes = mib
const seconds = Number(secondsArg)
const dataDir = await mkdtemp(join(directory, 'streambus-fetch-'))
const batchCount = 100
const records = encodeRecords(
  Array.from({length: batchCount}, (_, index) => ({value: String(index).padEnd(1024, 'x')})),
)

function open(memtableBytes: number): Promise<LogStorage> {
  return openStorage({
    files: nodeFiles,
    dataDir,
    wal: {segmentBytes: 64 * mib, fsyncPolicy: 'never', fsyncIntervalMs: 1000},
    memtable: {maxBytes: memtableBytes, immutableMax: 2},
    retentionBytes: 0,
    blockCacheBytes: Number(cacheArg) * mib,
    useDirectIo: accessArg === 'direct',
  })
}

async function fill(storage: LogStorage, partition: Partition, bytes: number): Promise<void> {
  for (let sent = 0; sent < bytes; ) {
    const appended = tryAppend(storage, partition, records, batchCount)
    if (appended === undefined) await new Promise<void>((resolve) => storage.onWritable(resolve))
    else sent += records.length
  }
  while (partition.end * 1024 < bytes * 0.9) await new Promise(setImmediate)
}

/** One fetch; the offset behind what it brought. */
function readOn(storage: LogStorage, partition: Partition, offset: number, bytesMax: number): Promise<number> {
  return new Promise((resolve, reject) => {
    storage.read(partition, offset, bytesMax, (error, batches) => {
      const last = batches.at(-1)
      if (error !== undefined) reject(error)
      else if (last === undefined) reject(new Error(`nothing at ${offset} of ${partition.end}`))
      else resolve(last.baseOffset + last.count)
    })
  })
}

const pool = new BufferPool()
function answerOn(storage: LogStorage, partition: Partition, offset: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const limits = {bodyBytesMax: fetchBytes, frameBytesMax: 16 * mib}
    new FetchAnswer({storage, pool}, {high: 0, low: 1}, {partition, offset}, limits, (error, answer) => {
      if (answer === undefined) return reject(error)
      pool.give(answer.buffer)
      resolve(answer.nextOffset)
    }).start()
  })
}

async function measure(name: string, storage: LogStorage, run: (until: number) => Promise<number>): Promise<void> {
  if (!name.startsWith(part)) return
  const before = storage.stats().cache
  const cpuFrom = process.threadCpuUsage()
  const from = performance.now()
  const messages = await run(from + seconds * 1000)
  const elapsedMs = performance.now() - from
  const cpu = process.threadCpuUsage(cpuFrom)
  const {hits, misses, readAheadBytes} = storage.stats().cache
  const asked = hits + misses - before.hits - before.misses
  const share = asked === 0 ? '-' : `${(((hits - before.hits) / asked) * 100).toFixed(0)} %`
  const ahead = ((readAheadBytes - before.readAheadBytes) / mib).toFixed(0)
  const perMessage = ((cpu.user + cpu.system) * 1000) / messages
  const rate = messages / elapsedMs / 1000
  console.log(
    `${name.padEnd(22)} ${rate.toFixed(rate < 0.1 ? 4 : 2)} M msg/s, main thread ${perMessage.toFixed(0)} ns a message, cache hits ${share}, ${ahead} MiB read ahead`,
  )
}

const sequential =
  (storage: LogStorage, partition: Partition, isAgain: boolean, next: typeof answerOn) => async (until: number) => {
    let messages = 0
    for (let offset = partition.start; performance.now() < until; ) {
      const to = await next(storage, partition, offset)
      await new Promise(setImmediate) // as if the next fetch came from a socket
      messages += to - offset
      offset = to
      if (offset >= partition.end) {
        if (!isAgain) break
        offset = partition.start
      }
    }
    return messages
  }

const random = (storage: LogStorage, partition: Partition) => async (until: number) => {
  const draw = seededRandom(1)
  let messages = 0
  for (; performance.now() < until; messages += 1) {
    const share = draw() < 0.9 ? draw() * 0.1 : draw()
    await readOn(storage, partition, Math.floor(share * partition.end), 1)
  }
  return messages
}

const readRaw: typeof answerOn = (storage, partition, offset) => readOn(storage, partition, offset, fetchBytes)

let storage = await open(256 * mib)
const topic = await createTopic(storage, 'bench')
let partition = topic.partitions[0]!
await fill(storage, partition, 128 * mib)
for (const [name, next] of [
  ['memory', readRaw],
  ['memory, answer', answerOn],
] as const) {
  await measure(name, storage, sequential(storage, partition, true, next))
}
await storage.close()

storage = await open(4 * mib)
partition = storage.topics.get('bench')!.partitions[0]!
await fill(storage, partition, Number(gibArg) * 1024 * mib)
await storage.close()
for (const [name, next] of [
  ['sequential', readRaw],
  ['sequential, answer', answerOn],
] as const) {
  for (const state of accessArg === 'direct' ? ['direct'] : ['cold', 'cached']) {
    if (state === 'cold' && !dropCaches()) continue
    storage = await open(4 * mib)
    partition = storage.topics.get('bench')!.partitions[0]!
    await measure(`${name}, ${state}`, storage, sequential(storage, partition, false, next))
    await storage.close()
  }
}
if (accessArg === 'buffered') dropCaches()
storage = await open(4 * mib)
await measure('random', storage, random(storage, storage.topics.get('bench')!.partitions[0]!))
await storage.close()
await rm(dataDir, {recursive: true, force: true})
