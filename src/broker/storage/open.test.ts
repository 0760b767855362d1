import {mkdtemp, readdir, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, expect, test} from 'vitest'
import type {StorageEvent} from './events.ts'
import {nodeFiles} from './node-files.ts'
import {openStorage, type StorageOptions} from './open.ts'
import {append, createTopic, deleteTopic, read, readAll, tryAppend} from './testing/driving.ts'

let dataDir: string
let events: StorageEvent[]

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'streambus-storage-'))
  events = []
})
afterEach(() => rm(dataDir, {recursive: true, force: true}))

function open(options: Partial<StorageOptions> = {}) {
  return openStorage({
    files: nodeFiles,
    dataDir,
    wal: {segmentBytes: 65_536, fsyncPolicy: 'interval', fsyncIntervalMs: 20},
    retentionBytes: 0,
    onEvent: (event) => events.push(event),
    ...options,
  })
}

test('batches come back in order over many segments, before and after a restart', async () => {
  const storage = await open()
  const topic = await createTopic(storage, 'orders', 2)
  const sent = Array.from({length: 300}, (_, index) => `${index}:${'x'.repeat(index * 7)}`)
  for (const [index, text] of sent.entries()) await append(storage, topic.partitions[index % 2]!, text, 3)
  const even = sent.filter((_, index) => index % 2 === 0)
  expect((await readAll(storage, topic.partitions[0]!)).map((batch) => batch.text)).toEqual(even)
  await storage.close()
  expect((await readdir(join(dataDir, 'log'))).length).toBeGreaterThan(4)

  const again = await open()
  const partition = again.topics.get('orders')!.partitions[0]!
  expect([partition.start, partition.end]).toEqual([0, 450])
  const batches = await readAll(again, partition)
  expect(batches.map((batch) => batch.text)).toEqual(even)
  expect(batches.map((batch) => batch.baseOffset)).toEqual(even.map((_, index) => index * 3))
  expect(await append(again, partition, 'more')).toBe(450)
  await again.close()
})

test('commits of one turn are one write', async () => {
  const storage = await open()
  const topic = await createTopic(storage, 'orders')
  const before = storage.stats().groups.count
  const acks = Array.from({length: 50}, (_, index) => tryAppend(storage, topic.partitions[0]!, `${index}`))
  expect(topic.partitions[0]!.end).toBe(0)
  expect(await Promise.all(acks)).toEqual(Array.from({length: 50}, (_, index) => index))
  expect(topic.partitions[0]!.end).toBe(50)
  expect(storage.stats().groups.count - before).toBe(1)
  await storage.close()
})

test('an offset outside what is held gives nothing', async () => {
  const storage = await open()
  const topic = await createTopic(storage, 'orders')
  const partition = topic.partitions[0]!
  await append(storage, partition, 'a', 5)
  expect(await read(storage, partition, 4)).toHaveLength(1)
  expect(await read(storage, partition, 5)).toEqual([])
  expect(await read(storage, partition, -1)).toEqual([])
  await deleteTopic(storage, topic)
  expect(await read(storage, partition, 0)).toEqual([])
  await storage.close()
})

test('a data directory has one owner at a time', async () => {
  const storage = await open()
  await expect(open()).rejects.toMatchObject({code: 'SB_STORAGE_FAILED', message: expect.stringContaining('in use')})
  await storage.close()
  await (await open()).close()
})
