/**
 * What merging index tables costs, and how long it holds the event loop; what a find costs; then how often merges write an
 * entry again, which depends on the sizes alone.
 *
 *     node test/bench/table-merge.ts [entries a flush] [partitions] [rounds of four flushes] [directory]
 *
 * Turns of the event loop are timed by a chain of `setImmediate`; the first line is that chain on its own, for other processes
 * interrupt it too. CPU is the whole process's, thread pool included, in a round without the chain.
 */
import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {AlignedMemory} from '../../src/broker/storage/aligned-memory.ts'
import {BlockCache} from '../../src/broker/storage/block-cache.ts'
import {nodeFiles} from '../../src/broker/storage/node-files.ts'
import type {TableMeta} from '../../src/broker/storage/tables/table-meta.ts'
import type {TableSource} from '../../src/broker/storage/tables/table-source.ts'
import {TableStore} from '../../src/broker/storage/tables/table-store.ts'
import {simulateLevels} from '../../src/broker/storage/tables/testing/simulate-levels.ts'

const [entriesArg = '250000', partitionsArg = '100', roundsArg = '3', parent = tmpdir()] = process.argv.slice(2)
const partitions = Number(partitionsArg)
const runs = Math.ceil(Number(entriesArg) / partitions)
const directory = await mkdtemp(join(parent, 'streambus-tables-'))
const compaction = {maxLevel: 7, level0CompactionTrigger: 4, level0SlowdownTrigger: 8, level0StopTrigger: 12}
const store = await TableStore.open({
  files: nodeFiles,
  directory,
  tables: [],
  blocks: new BlockCache(nodeFiles, new AlignedMemory(), 268_435_456),
  compaction,
  commitTables: async () => {},
  isTopicLive: () => true,
  isSegmentLive: () => true,
  onFailed: (error) => console.error(error),
})

/** The chain of turns; `end` gives their percentiles. */
class Turns {
  readonly #gaps: number[] = []
  #last = performance.now()
  #hasEnded = false

  begin(): this {
    setImmediate(() => {
      const now = performance.now()
      this.#gaps.push(now - this.#last)
      this.#last = now
      if (!this.#hasEnded) this.begin()
    })
    return this
  }

  end(): string {
    this.#hasEnded = true
    const sorted = Float64Array.from(this.#gaps).sort()
    const longest = sorted.filter((gap) => gap > 0.02) // turns that did something
    const at = (share: number) => (longest[Math.floor(share * (longest.length - 1))] ?? 0).toFixed(2)
    const over = sorted.filter((gap) => gap > 2).length
    return `turns above 0.02 ms: ${longest.length}, p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, max ${at(1)} ms, above 2 ms: ${over}`
  }
}

function memtable(flush: number): TableSource {
  const columns = {
    length: runs,
    baseOffsetAt: (run: number) => (flush * runs + run) * 10,
    segmentAt: () => flush + 1,
    positionAt: (run: number) => 4096 + run * 1024,
    bytesAt: () => 1024,
  }
  const all = Array.from({length: partitions}, (_, partition) => ({topicId: 1, partition, runs: columns}))
  return {partitions: all, generationOf: (segment) => segment * 1_000_003}
}

async function timed(act: () => Promise<void>): Promise<{ms: number; cpuMs: number}> {
  const cpu = process.cpuUsage()
  const from = performance.now()
  await act()
  const {user, system} = process.cpuUsage(cpu)
  return {ms: performance.now() - from, cpuMs: (user + system) / 1000}
}

const idle = new Turns().begin()
await new Promise((resolve) => setTimeout(resolve, 1000))
console.log(`idle for 1 s: ${idle.end()}`)

for (let round = 0; round < Number(roundsArg); round += 1) {
  const isWatched = round < Number(roundsArg) - 1
  const before = store.compactions
  let turns = isWatched ? new Turns().begin() : undefined
  const metas: (TableMeta | undefined)[] = []
  for (let flush = 0; flush < 4; flush += 1) metas.push(await store.writeLevel0(memtable(round * 4 + flush)))
  if (turns !== undefined) console.log(`four flushes: ${turns.end()}`)
  turns = isWatched ? new Turns().begin() : undefined
  for (const meta of metas) store.install(meta!)
  const {ms, cpuMs} = await timed(() => store.settled())
  const merges = store.compactions.count - before.count
  const entries = (store.compactions.writtenBytes - before.writtenBytes) / 28
  const cost = `${(entries / 1e6).toFixed(2)} M entries written in ${merges} merges, ${ms.toFixed(0)} ms`
  console.log(
    turns === undefined
      ? `${cost}, ${((cpuMs * 1000) / entries).toFixed(2)} us of CPU an entry`
      : `${cost}; ${turns.end()}`,
  )
}
console.log(store.levels.map(({tables, bytes}) => `${tables} tables ${(bytes / 1_048_576).toFixed(1)} MiB`).join(' | '))

for (const runsMax of [1, 16, 128]) {
  const finds = 20_000
  const find = async () => {
    for (let index = 0; index < finds; index += 1) {
      await store.find(1, index % partitions, Math.floor(Math.random() * runs * 40), runsMax)
    }
  }
  await find() // fills the cache
  const {ms} = await timed(find)
  console.log(`find of ${runsMax} runs, cached: ${((ms * 1000) / finds).toFixed(1)} us`)
}
await store.close()
await rm(directory, {recursive: true})

for (const maxLevel of [7, 2, 1]) {
  for (const load of [
    {flushes: 1000, runs: 1000},
    {flushes: 100, runs: 20_000},
  ]) {
    const rewrites = [1, 10, 1000].map((simulated) => {
      const result = simulateLevels({...compaction, maxLevel}, {partitions: simulated, ...load})
      return `${simulated} partitions ${result.rewrites.toFixed(1)}`
    })
    console.log(
      `max_level ${maxLevel}, ${load.flushes} flushes of ${load.runs}: writes an entry, ${rewrites.join(', ')}`,
    )
  }
}
