/**
 * How long a start takes on a log of 1 GiB, in large and in small batches, after kill -9 and after a clean stop.
 *
 *     node test/bench/recovery.ts [MiB] [directory]
 *
 * Each log is written by a process of its own over 8 partitions under `never`, with the default settings otherwise, and
 * opened three times by another one: as it was left, as a start left it, and without the manifest, when the whole log is read. The
 * page cache is warm.
 */
import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {performance} from 'node:perf_hooks'
import {fileURLToPath} from 'node:url'
import {nodeFiles} from '../../src/broker/storage/node-files.ts'
import {openStorage} from '../../src/broker/storage/open.ts'
import {append, createTopic} from '../../src/broker/storage/testing/driving.ts'
import {defaultBrokerSettings} from '../../src/settings/resolved.ts'

interface Opened {
  readonly seconds: number
  readonly cpuSeconds: number
  readonly batches: number
}

const partitions = 8
const self = fileURLToPath(import.meta.url)

function open(dataDir: string) {
  const {storage} = defaultBrokerSettings({
    storage: {wal: {segmentBytes: 134_217_728, fsyncPolicy: 'never', fsyncIntervalMs: 1000}},
  })
  return openStorage({...storage, dataDir, retentionBytes: 0, files: nodeFiles})
}

/** Fills the log, then ends as `how` says. */
async function write(dataDir: string, how: string, bytes: number, batchBytes: number): Promise<void> {
  const storage = await open(dataDir)
  const topic = await createTopic(storage, 'bench', partitions)
  const records = Buffer.alloc(batchBytes, 1)
  for (let written = 0; written < bytes; ) {
    const acks: Promise<number>[] = []
    for (let at = 0; at < 256 && written < bytes; at += 1) {
      acks.push(append(storage, topic.partitions[at % partitions]!, records))
      written += batchBytes
    }
    await Promise.all(acks)
  }
  if (how === 'killed') process.kill(process.pid, 'SIGKILL')
  await storage.close()
}

async function measureOpen(dataDir: string): Promise<void> {
  const from = performance.now()
  const cpuFrom = process.cpuUsage()
  const storage = await open(dataDir)
  const seconds = (performance.now() - from) / 1000
  const {user, system} = process.cpuUsage(cpuFrom)
  const cpuSeconds = (user + system) / 1e6
  const ends = storage.topics.get('bench')!.partitions.map((partition) => partition.end)
  process.stdout.write(JSON.stringify({seconds, cpuSeconds, batches: ends.reduce((sum, end) => sum + end, 0)}))
  await storage.close()
}

async function run(...args: string[]): Promise<string> {
  const child = spawn(process.execPath, [self, ...args], {stdio: ['ignore', 'pipe', 'inherit']})
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString()
  })
  await once(child, 'close')
  return output
}

async function measureAll(mib: number, directory: string): Promise<void> {
  for (const batchBytes of [105_600, 1024]) {
    for (const how of ['killed', 'closed']) {
      const dataDir = await mkdtemp(join(directory, 'streambus-recovery-'))
      try {
        await run('write', dataDir, how, `${mib * 1_048_576}`, `${batchBytes}`)
        const first = JSON.parse(await run('open', dataDir)) as Opened
        const second = JSON.parse(await run('open', dataDir)) as Opened
        await rm(join(dataDir, 'MANIFEST'))
        const third = JSON.parse(await run('open', dataDir)) as Opened
        const [one, two, whole] = [first, second, third].map(
          ({seconds, cpuSeconds}) => `${seconds.toFixed(2)} s (CPU ${cpuSeconds.toFixed(2)} s)`,
        )
        const times = `first start ${one}, second ${two}, without the manifest ${whole}`
        console.log(`${mib} MiB in ${first.batches} batches of ${batchBytes} bytes, ${how}: ${times}`)
      } finally {
        await rm(dataDir, {recursive: true, force: true})
      }
    }
  }
}

const [mode = '1024', directory = tmpdir(), how = '', bytes = '', batchBytes = ''] = process.argv.slice(2)
if (mode === 'write') await write(directory, how, Number(bytes), Number(batchBytes))
else if (mode === 'open') await measureOpen(directory)
else await measureAll(Number(mode), directory)
