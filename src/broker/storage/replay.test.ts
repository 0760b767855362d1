import {expect, test} from 'vitest'
import {seededRandom} from '../../base/random.ts'
import type {StorageEvent} from './events.ts'
import type {LogStorage} from './log-storage.ts'
import {append, createTopic, deleteTopic, type ReadBatch, readAll} from './testing/driving.ts'
import {openSmall} from './testing/open-small.ts'
import {SimulatedDisk} from './testing/simulated-disk.ts'

// The manifest saves a start from reading the whole log, and changes nothing of what it finds.

interface Held {
  readonly topic: string
  readonly id: number
  readonly partitions: {readonly start: number; readonly end: number; readonly batches: ReadBatch[]}[]
}

async function heldBy(storage: LogStorage): Promise<Held[]> {
  const held: Held[] = []
  for (const {name, id, partitions} of storage.topics.values()) {
    const each: Held['partitions'] = []
    for (const partition of partitions) {
      each.push({start: partition.start, end: partition.end, batches: await readAll(storage, partition)})
    }
    held.push({topic: name, id, partitions: each})
  }
  return held.sort((a, b) => a.id - b.id)
}

/** The topic with the starts of another reading, which may have freed a segment more to make the next one. */
function laterStarts(topic: Held, other: readonly Held[]): Held {
  const starts = other.find(({id}) => id === topic.id)?.partitions.map(({start}) => start)
  const partitions = topic.partitions.map(({start, end, batches}, index) => {
    const later = Math.max(start, starts?.[index] ?? start)
    return {start: later, end, batches: batches.filter(({baseOffset}) => baseOffset >= later)}
  })
  return {...topic, partitions}
}

/** A random life of a log: topics that come and go, batches of many sizes, flushes, segments that expire. */
async function live(storage: LogStorage, random: () => number, steps: number): Promise<void> {
  for (let step = 0; step < steps; step += 1) {
    const name = `topic-${Math.floor(random() * 3)}`
    const topic = storage.topics.get(name)
    if (topic === undefined) await createTopic(storage, name, 2)
    else if (random() < 0.03) await deleteTopic(storage, topic)
    else {
      const text = `${name} ${step} `.padEnd(Math.floor(random() * 6000), '.')
      await append(storage, topic.partitions[step % 2]!, text, 1 + (step % 3))
    }
    if (random() < 0.05) await storage.flush()
  }
}

test.each([0, 6 * 32_768])(
  'a start from the manifest finds what a reading of the whole log finds, retention %i',
  async (retentionBytes) => {
    for (let seed = 1; seed <= 8; seed += 1) {
      const random = seededRandom(seed)
      const disk = new SimulatedDisk()
      const storage = await openSmall(disk, {retentionBytes})
      await live(storage, random, 150)
      const before = await heldBy(storage)
      const [kept, bare] = [disk.afterKill(), disk.afterKill()]
      await bare.unlink('/data/MANIFEST')
      const found: Held[][] = []
      const events: StorageEvent[][] = []
      for (const survivor of [kept, bare]) {
        const heard: StorageEvent[] = []
        const again = await openSmall(survivor, {retentionBytes, onEvent: (event) => heard.push(event)})
        found.push(await heldBy(again))
        events.push(heard)
        await append(again, (await createTopic(again, 'new')).partitions[0]!, 'goes on')
        await again.close()
      }
      for (const each of found) expect(each).toEqual(before.map((topic) => laterStarts(topic, each)))
      const rebuilt = events.map((heard) => heard.filter((event) => event.kind === 'index-rebuilt').length)
      expect(rebuilt).toEqual([0, 1])
    }
  },
)

test('a start reads the log from the last flush on, and nothing before it', async () => {
  const disk = new SimulatedDisk()
  const storage = await openSmall(disk)
  const partition = (await createTopic(storage, 'orders')).partitions[0]!
  for (let index = 0; index < 100; index += 1) await append(storage, partition, 'x'.repeat(2000))
  await storage.flush()
  for (let index = 0; index < 3; index += 1) await append(storage, partition, 'y'.repeat(2000))
  const survivor = disk.afterKill()
  const events: StorageEvent[] = []
  const again = await openSmall(survivor, {onEvent: (event) => events.push(event)})
  const recovered = events.find((event) => event.kind === 'recovered')!
  expect(recovered.records).toBeLessThan(10) // three batches, marks, perhaps the head of a segment
  const scanned = survivor.calls.filter((call) => call.kind === 'read' && call.path.startsWith('/data/log/'))
  const heads = storage.stats().segments * (4096 + 80)
  expect(scanned.reduce((sum, call) => sum + call.bytes, 0)).toBeLessThan(heads + 3 * 32_768)
  expect(again.topics.get('orders')!.partitions[0]!.end).toBe(103)
  await again.close()
})

test('what was deleted or freed does not come back when the manifest is lost', async () => {
  const disk = new SimulatedDisk()
  const storage = await openSmall(disk, {retentionBytes: 4 * 32_768})
  const gone = await createTopic(storage, 'gone')
  await append(storage, gone.partitions[0]!, 'secret')
  await deleteTopic(storage, gone)
  const partition = (await createTopic(storage, 'orders')).partitions[0]!
  for (let index = 0; index < 100; index += 1) await append(storage, partition, `${index}`.padEnd(2000))
  const {start} = partition
  expect(start).toBeGreaterThan(20)
  await storage.close()
  await disk.unlink('/data/MANIFEST')
  const again = await openSmall(disk, {retentionBytes: 4 * 32_768})
  expect([...again.topics.keys()]).toEqual(['orders'])
  expect(again.topics.get('orders')!.partitions[0]!.start).toBeGreaterThanOrEqual(start)
  await again.close()
})

test('with direct I/O every group ends with a page, no page is written twice, and padding is counted', async () => {
  const disk = new SimulatedDisk({writeAlignment: 4096})
  const random = seededRandom(4)
  const storage = await openSmall(disk)
  const partition = (await createTopic(storage, 'orders')).partitions[0]!
  const from = disk.calls.length
  const sent: string[] = []
  for (let index = 0; index < 120; index += 1) {
    sent.push(`${index}`.padEnd(1 + Math.floor(random() * 9000), '.'))
    await append(storage, partition, sent.at(-1)!)
  }
  const written = new Set<string>()
  for (const call of disk.calls.slice(from)) {
    if (call.kind !== 'write' || !call.path.startsWith('/data/log/')) continue
    const {path, position = 0, bytes} = call
    expect([position % 4096, bytes % 4096]).toEqual([0, 0])
    for (let page = position; page < position + bytes; page += 4096) {
      expect(written).not.toContain(`${path} ${page}`)
      written.add(`${path} ${page}`)
    }
  }
  const {padBytes, groups, bytesStored} = storage.stats()
  expect(padBytes).toBeGreaterThan(0)
  expect(groups.bytes).toBeGreaterThanOrEqual(padBytes + bytesStored)
  expect((await readAll(storage, partition)).map((batch) => batch.text)).toEqual(sent)
  const again = await openSmall(disk.afterKill())
  const held = await readAll(again, again.topics.get('orders')!.partitions[0]!)
  expect(held.map((batch) => batch.text)).toEqual(sent)
  await again.close()
})

test('with accepted loss a log goes on without a segment that the manifest names', async () => {
  const disk = new SimulatedDisk()
  const storage = await openSmall(disk)
  const partition = (await createTopic(storage, 'orders')).partitions[0]!
  for (let index = 0; index < 100; index += 1) await append(storage, partition, `${index}`.padEnd(2000))
  await storage.flush()
  await storage.close()
  await disk.unlink('/data/log/000000000003.seg')
  await expect(openSmall(disk)).rejects.toMatchObject({
    code: 'SB_LOG_CORRUPT',
    message: expect.stringContaining('/data/log/000000000003.seg: the segment is missing'),
  })
  const again = await openSmall(disk, {acceptLoss: true})
  const held = again.topics.get('orders')!.partitions[0]!
  const texts = (await readAll(again, held)).map((batch) => batch.text.trim())
  expect([held.start, held.end, texts.at(-1)]).toEqual([0, 100, '99'])
  expect(texts.length).toBeGreaterThan(80)
  expect(texts.length).toBeLessThan(90) // a segment of 32 KiB held 15 of them
  await again.close()
  const third = await openSmall(disk) // accepted once
  expect((await readAll(third, third.topics.get('orders')!.partitions[0]!)).length).toBe(texts.length)
  await third.close()
})
