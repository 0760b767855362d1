import {describe, expect, test} from 'vitest'
import {type Random, seededRandom} from '../../base/random.ts'
import type {LogStorage} from './log-storage.ts'
import {openStorage} from './open.ts'
import type {FsyncPolicy} from './syncer.ts'
import {createTopic, readAll, tryAppend} from './testing/driving.ts'
import {type DiskOptions, SimulatedDisk} from './testing/simulated-disk.ts'

// The power goes at a random call of the file layer. What a completed fdatasync covered survives,
// of the rest any 512-byte sector may. Three cuts a seed, so that new records meet old debris.

const seeds = Number(process.env.STREAMBUS_POWER_CUT_SEEDS ?? 60)

interface Life {
  readonly random: Random
  readonly policy: FsyncPolicy
  readonly retentionBytes: number
  readonly acked: string[] // text by offset; each batch here holds one message
  readonly sent: Set<string> // every `offset:text` ever committed
}

function open(disk: SimulatedDisk, life: Life): Promise<LogStorage> {
  return openStorage({
    files: disk,
    dataDir: '/data',
    wal: {segmentBytes: 32_768, fsyncPolicy: life.policy, fsyncIntervalMs: 1},
    retentionBytes: life.retentionBytes,
  })
}

/** Appends until the power goes; whatever the storage says then is not heard. */
async function liveUntilPowerCut(disk: SimulatedDisk, storage: LogStorage, life: Life): Promise<void> {
  const {random} = life
  let callsLeft = 1 + Math.floor(random() * 60)
  disk.onCall = () => {
    callsLeft -= 1
    if (callsLeft === 0) disk.powerOff()
  }
  const partition = storage.topics.get('orders')!.partitions[0]!
  while (!disk.isOff) {
    const text = `${random()}`.padEnd(Math.floor(random() * random() * 4000), 'z')
    const appended = random() < 0.7 ? tryAppend(storage, partition, text) : undefined
    const stats = storage.stats()
    if (appended !== undefined) life.sent.add(text)
    void appended?.then((offset) => {
      if (!disk.isOff) life.acked[offset] = text
    })
    expect(stats.lastSyncedLsn).toBeLessThanOrEqual(stats.lastLsn)
    if (random() < 0.5) await new Promise((resolve) => setImmediate(resolve))
  }
}

/** How many acknowledged batches are gone; fails if anything is there that was never sent. */
async function countLost(storage: LogStorage, life: Life): Promise<number> {
  const partition = storage.topics.get('orders')!.partitions[0]!
  const held = await readAll(storage, partition)
  for (const {text} of held) expect(life.sent.has(text)).toBe(true)
  expect(held.map((batch) => batch.baseOffset)).toEqual(held.map((_, index) => partition.start + index))
  let lost = Math.max(0, life.acked.length - partition.end)
  for (const {baseOffset, text} of held) if ((life.acked[baseOffset] ?? text) !== text) lost += 1
  return lost
}

async function runSeed(seed: number, policy: FsyncPolicy, retentionBytes: number, options: DiskOptions = {}) {
  const random = seededRandom(seed)
  const life: Life = {random, policy, retentionBytes, acked: [], sent: new Set()}
  const keep = [0, 0.3, 0.9, 1][seed % 4]!
  const diskOptions = {turns: () => 1 + Math.floor(random() * 3), ...options}
  let disk = new SimulatedDisk(diskOptions)
  let storage = await open(disk, life)
  await createTopic(storage, 'orders')
  let lost = 0
  for (let cut = 0; cut < 3; cut += 1) {
    await liveUntilPowerCut(disk, storage, life)
    const synced = storage.stats().lastSyncedLsn
    disk = disk.afterPowerCut(random, keep)
    storage = await open(disk, life)
    if (policy !== 'never' && options.syncsDoNothing !== true) {
      expect(storage.stats().lastLsn).toBeGreaterThanOrEqual(synced)
    }
    if (!storage.topics.has('orders')) return lost + 1
    lost += await countLost(storage, life)
    const {end} = storage.topics.get('orders')!.partitions[0]!
    life.acked.length = Math.min(life.acked.length, end)
    for (const {baseOffset, text} of await readAll(storage, storage.topics.get('orders')!.partitions[0]!)) {
      life.acked[baseOffset] = text
    }
  }
  await storage.close()
  return lost
}

async function countLostOver(policy: FsyncPolicy, retentionBytes: number, options?: DiskOptions) {
  let lost = 0
  for (let seed = 1; seed <= seeds; seed += 1) {
    lost += await runSeed(seed, policy, retentionBytes, options).catch((error: unknown) => {
      if (options?.syncsDoNothing) return 1 // it may not even start
      throw new Error(`seed ${seed}, ${policy}`, {cause: error})
    })
  }
  return lost
}

describe('after a power cut', () => {
  test('`always` has every acknowledged batch', {timeout: 60_000}, async () => {
    expect(await countLostOver('always', 0)).toBe(0)
  })

  test('so it has while segments are recycled', {timeout: 60_000}, async () => {
    expect(await countLostOver('always', 131_072)).toBe(0)
  })

  test.each(['interval', 'never'] as const)('`%s` may lose a tail, and nothing else is there', async (policy) => {
    expect(await countLostOver(policy, 131_072)).toBeGreaterThan(0)
  })

  test('`always` loses batches on a disk whose fdatasync does nothing, so this test can fail', async () => {
    expect(await countLostOver('always', 0, {syncsDoNothing: true})).toBeGreaterThan(0)
  })
})
