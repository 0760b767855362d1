import {expect, vi} from 'vitest'
import {type Random, seededRandom} from '../../../base/random.ts'
import type {LogStorage} from '../log-storage.ts'
import type {AcksLevel, Partition, Topic} from '../storage.ts'
import type {FsyncPolicy} from '../syncer.ts'
import {createTopic, deleteTopic, read, readAll, tryCommit} from './driving.ts'
import {openSmall, smallCompaction} from './open-small.ts'
import {type DiskOptions, SimulatedDisk} from './simulated-disk.ts'
import {findLost, mustSurvive, type Promises, type SentBatch, TopicWitness} from './witness.ts'

const fsyncIntervalMs = 10
const retentionTimeMs = 40
/** A life without a power cut after so many steps has come to rest; the power goes then. */
const stepsMax = 5000

const acksLevels: readonly (AcksLevel | undefined)[] = [
  ...new Array<undefined>(8).fill(undefined),
  'accepted',
  'written',
  'synced',
]

export interface PowerCutRun {
  readonly policy: FsyncPolicy
  /** Both by bytes and by time. */
  readonly hasRetention?: boolean
  readonly useDirectIo?: boolean
  /** Segments of 1 MiB, each of several memtables, and batches to match. */
  readonly isLarge?: boolean
  readonly disk?: DiskOptions
}

/** What the lives of one seed came to. */
export interface PowerCutOutcome {
  readonly lost: readonly string[] // batches and topics that had to be there
  readonly unkept: number // acknowledged ones that the policy did not promise and that are gone
  readonly unkeptBytesMax: number // of those, at one cut
  readonly cutAt: ReadonlySet<string> // calls at which the power went, as `write log`, `rename manifest`
  readonly flushes: number
  readonly merges: number
  readonly deepestLevel: number // that held a table when the power went
  readonly freed: number // segments
}

/**
 * Three lives of a log, each ended by a power cut at a random call, be it in the start. Timers must be false, so that
 * an interval is over only when this says so. Fails when anything is read that must not be there.
 */
export async function runPowerCuts(seed: number, run: PowerCutRun): Promise<PowerCutOutcome> {
  const history = new History(seed, run)
  await history.begin()
  for (let cut = 0; cut < 3; cut += 1) {
    await history.liveUntilPowerCut()
    await history.startAgain()
  }
  await history.end()
  return history
}

class History implements PowerCutOutcome {
  readonly lost: string[] = []
  unkept = 0
  unkeptBytesMax = 0
  readonly cutAt = new Set<string>()
  flushes = 0
  merges = 0
  deepestLevel = 0
  freed = 0
  readonly #run: PowerCutRun
  readonly #random: Random
  readonly #level1Bytes: number // tables go down at once, or come to rest at level 1
  readonly #keep: number // chance of an unsynced sector to be on the medium
  #disk: SimulatedDisk
  #storage!: LogStorage
  #nowMs = 1_700_000_000_000
  #texts = 0
  #failure: unknown
  readonly #topics = new Map<number, TopicWitness>() // by id
  readonly #creating = new Map<string, TopicWitness>() // by name, not yet acknowledged

  constructor(seed: number, run: PowerCutRun) {
    this.#run = run
    this.#random = seededRandom(seed)
    this.#level1Bytes = seed % 8 < 4 ? smallCompaction.level1Bytes : 12_288
    this.#keep = [0, 0.3, 0.9, 1][seed % 4]!
    this.#disk = new SimulatedDisk({turns: () => 1 + this.#below(3), ...run.disk})
  }

  async begin(): Promise<void> {
    this.#storage = await this.#open()
    await this.#create('orders', 2)
  }

  async end(): Promise<void> {
    await ended(this.#storage.close(), 'the close')
  }

  async liveUntilPowerCut(): Promise<void> {
    this.#cutAfter(1 + Math.floor(this.#random() ** 2 * 500))
    let isClosing = false
    for (let step = 0; step < stepsMax && !this.#disk.isOff; step += 1) {
      if (!isClosing) await this.#step()
      if (!isClosing && this.#chance(0.001)) {
        isClosing = true
        void this.#storage.close()
      }
      const stats = this.#storage.stats()
      expect(stats.lastSyncedLsn).toBeLessThanOrEqual(stats.lastLsn)
      if (this.#chance(0.5)) await turn()
    }
    this.#disk.powerOff()
    const {memtable, compactions, freedSegments, levels} = this.#storage.stats()
    this.deepestLevel = Math.max(
      this.deepestLevel,
      levels.findLastIndex(({tables}) => tables > 0),
    )
    this.flushes += memtable.flushes
    this.merges += compactions.count
    this.freed += freedSegments
    if (this.#failure !== undefined) throw this.#failure
  }

  /** Starts until one is not cut off, and compares what is there with what was sent. */
  async startAgain(): Promise<void> {
    const promises: Promises = {
      policy: this.#run.policy,
      syncedLsn: this.#storage.stats().lastSyncedLsn,
      intervalBeganMs: this.#nowMs - fsyncIntervalMs,
    }
    let opened: LogStorage | undefined
    while (opened === undefined) {
      vi.clearAllTimers() // those of the life that ended
      this.#disk = this.#disk.afterPowerCut(this.#random, this.#keep)
      if (this.#chance(0.3)) this.#cutAfter(1 + this.#below(40))
      opened = await ended(Promise.race([this.#open(), this.#disk.whenOff.then(() => undefined)]), 'the start')
    }
    this.#disk.onCall = () => {}
    this.#storage = opened
    await this.#compare(promises)
  }

  #open(): Promise<LogStorage> {
    const {policy, hasRetention = false, useDirectIo = false, isLarge = false} = this.#run
    const segmentBytes = isLarge ? 1_048_576 : useDirectIo ? 131_072 : 32_768 // direct, every group takes a page
    return openSmall(this.#disk, {
      compaction: {...smallCompaction, level1Bytes: this.#level1Bytes},
      wal: {segmentBytes, fsyncPolicy: policy, fsyncIntervalMs},
      retentionBytes: hasRetention ? 4 * segmentBytes : 0,
      retentionTimeMs: hasRetention ? retentionTimeMs : 0,
      useDirectIo,
      nowMs: () => this.#nowMs,
    })
  }

  #cutAfter(calls: number): void {
    let left = calls
    const log = new Map<string, number>() // where the last write to a segment ended
    this.#disk.onCall = (call) => {
      if (this.#run.useDirectIo && call.kind === 'write' && call.path.startsWith('/data/log/')) {
        if (call.position < (log.get(call.path) ?? 0))
          this.#failure ??= new Error('a page of the log was written again')
        log.set(call.path, call.position + call.bytes)
      } else if (call.kind === 'rename') log.delete(call.path)
      left -= 1
      if (left !== 0) return
      this.cutAt.add(`${call.kind} ${/log|pool|tables|MANIFEST/.exec(call.path)?.[0].toLowerCase() ?? 'data'}`)
      this.#disk.powerOff()
    }
  }

  async #step(): Promise<void> {
    const dice = this.#random()
    if (dice < 0.01) void this.#create(`topic-${this.#below(3)}`, 1 + this.#below(3))
    else if (dice < 0.06) await this.#passTime()
    else if (dice < 0.062) void this.#storage.cleanUp()
    const topics = [...this.#storage.topics.values()]
    const topic = topics[this.#below(topics.length)]
    if (topic === undefined) return
    const partition = topic.partitions[this.#below(topic.partitions.length)]!
    if (dice < 0.067) this.#delete(topic)
    else if (dice < 0.75) this.#append(partition)
    else if (dice < 0.85) void this.#read(partition)
  }

  async #create(name: string, partitions: number): Promise<void> {
    if (this.#storage.topics.has(name) || this.#creating.has(name)) return
    const disk = this.#disk
    const witness = new TopicWitness(name, partitions)
    this.#creating.set(name, witness)
    const topic = await createTopic(this.#storage, name, partitions).catch(() => undefined)
    if (disk.isOff || topic === undefined) return
    this.#creating.delete(name)
    witness.createdLsn = this.#storage.stats().lastLsn
    this.#topics.set(topic.id, witness)
  }

  #delete(topic: Topic): void {
    const disk = this.#disk
    const witness = this.#topics.get(topic.id)
    if (witness === undefined) return
    witness.isDeleteAsked = true
    const acked = deleteTopic(this.#storage, topic).catch(() => {
      witness.deletedLsn = Number.POSITIVE_INFINITY
    })
    void acked.then(() => {
      if (!disk.isOff) witness.deletedLsn ??= this.#storage.stats().lastLsn
    })
  }

  #append(partition: Partition): void {
    const disk = this.#disk
    const witness = this.#topics.get(partition.topic.id)?.partitions[partition.index]
    if (witness === undefined) return
    this.#texts += 1
    const text = `${this.#texts}`.padEnd(
      this.#below(Math.ceil(this.#random() * (this.#run.isLarge ? 60_000 : 4000))),
      '.',
    )
    const count = 1 + this.#below(3)
    const acks = acksLevels[this.#below(acksLevels.length)]
    const committed = tryCommit(this.#storage, partition, text, count, {acks})
    if (committed === undefined) return
    const {lastLsn: lsn} = this.#storage.stats()
    const batch: SentBatch = {base: committed.base, count, text, lsn, acks, ackedAtMs: undefined}
    witness.send(batch)
    committed.acked.then(
      () => {
        if (!disk.isOff) batch.ackedAtMs = this.#nowMs
      },
      () => {},
    )
  }

  /** What is read while the log lives, too, was sent, and acknowledged. */
  async #read(partition: Partition): Promise<void> {
    const disk = this.#disk
    const {start, end} = partition
    const offset = start + this.#below(end - start)
    const batches = await read(this.#storage, partition, offset, this.#below(20_000)).catch(() => [])
    const witness = this.#topics.get(partition.topic.id)?.partitions[partition.index]
    if (disk.isOff || witness === undefined) return
    for (const batch of batches) {
      const isRight = witness.wasSent(batch) && batch.baseOffset + batch.count <= partition.end
      if (!isRight) this.#failure ??= new Error(`read at ${offset}: ${batch.baseOffset} ${batch.text.slice(0, 40)}`)
    }
  }

  /** Time passes only while no sync is under way, so that a sync takes none. */
  async #passTime(): Promise<void> {
    while (this.#disk.syncsUnderWay > 0 && !this.#disk.isOff) await turn()
    if (this.#disk.isOff) return
    this.#nowMs += 1
    vi.advanceTimersByTime(1)
  }

  async #compare(promises: Promises): Promise<void> {
    for (const [name, witness] of this.#creating) {
      // Its create record may have survived without an acknowledgement.
      const topic = this.#storage.topics.get(name)
      if (topic !== undefined && !this.#topics.has(topic.id)) this.#topics.set(topic.id, witness)
    }
    this.#creating.clear()
    let unkeptBytes = 0
    for (const topic of this.#storage.topics.values()) {
      const witness = this.#topics.get(topic.id)
      if (witness === undefined) expect.fail(`topic ${topic.name} was never created`)
      if (witness.deletedLsn !== undefined && isPromised(witness.deletedLsn, promises)) {
        this.lost.push(`the deletion of ${topic.name}`)
      }
      for (const [index, partition] of witness.partitions.entries()) {
        const acked = partition.life.filter((batch) => batch.ackedAtMs !== undefined)
        const held = await ended(readAll(this.#storage, topic.partitions[index]!), 'reading')
        const texts = new Set(held.map((batch) => batch.text))
        const lost = findLost(partition, topic.partitions[index]!, held, promises)
        this.lost.push(...lost.map((what) => `${topic.name}/${index} ${what}`))
        const gone = acked.filter((batch) => !mustSurvive(batch, promises) && !texts.has(batch.text))
        this.unkept += gone.length
        unkeptBytes += gone.reduce((sum, batch) => sum + batch.text.length, 0)
      }
      witness.createdLsn = 0 // what is there after a start stays, until it is deleted again
      witness.isDeleteAsked = false
      witness.deletedLsn = undefined
    }
    this.unkeptBytesMax = Math.max(this.unkeptBytesMax, unkeptBytes)
    for (const [id, {name, createdLsn, isDeleteAsked}] of this.#topics) {
      if (this.#storage.topics.get(name)?.id === id) continue
      if (createdLsn !== undefined && !isDeleteAsked && isPromised(createdLsn, promises))
        this.lost.push(`topic ${name}`)
      this.#topics.delete(id)
    }
  }

  #below(limit: number): number {
    return Math.floor(this.#random() * limit)
  }

  #chance(probability: number): boolean {
    return this.#random() < probability
  }
}

function isPromised(lsn: number, {policy, syncedLsn}: Promises): boolean {
  return lsn <= syncedLsn || (policy === 'always' && lsn !== Number.POSITIVE_INFINITY)
}

/** What the disk and false timers leave undone after so many turns will never be done. */
async function ended<T>(promise: Promise<T>, what: string): Promise<T> {
  const turnsMax = 100_000
  let isEnded = false
  const counted = async () => {
    for (let turns = 0; turns < turnsMax && !isEnded; turns += 1) {
      if (turns % 1000 === 999) vi.advanceTimersByTime(1)
      await turn()
    }
    throw new Error(`${what} hangs`)
  }
  try {
    return await Promise.race([promise, counted()])
  } finally {
    isEnded = true
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
