import {mkdir, mkdtemp, readdir, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, describe, expect, test} from 'vitest'
import {StreambusError} from '../../base/errors.ts'
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

describe('a data directory that cannot be used says what is wrong with it, not with the disk:', () => {
  const errorOf = async (options: Partial<StorageOptions>) => {
    const error: unknown = await open(options).catch((reason: unknown) => reason)
    if (!(error instanceof StreambusError)) throw error
    expect(`${error.message} ${error.hint}`).not.toMatch(/no more writes|recovers what was written/)
    return {code: error.code, text: `${error.message} ${error.hint}`}
  }

  test('a file in its place, or above it', async () => {
    const file = join(dataDir, 'file')
    await writeFile(file, '')
    for (const path of [file, join(file, 'below')]) {
      const {code, text} = await errorOf({dataDir: path})
      expect(code).toBe('SB_BROKER_START')
      expect(text).toContain(`The data directory ${path} cannot be used: there is a file where a folder has to be`)
    }
  })

  test('a folder in the place of a file', async () => {
    await mkdir(join(dataDir, 'MANIFEST'))
    const {code, text} = await errorOf({})
    expect(code).toBe('SB_BROKER_START')
    expect(text).toMatch(/there is a folder where a file has to be; EISDIR.* Move that folder away/)
  })

  test.each([
    ['EACCES', /permission denied, mkdir.* Let the user that runs the broker read and write it/],
    ['EPERM', /permission denied, mkdir.* Let the user that runs the broker read and write it/],
    ['EROFS', /the file system is read-only; EROFS.* Mount it for writing/],
    ['EMFILE', /EMFILE.* Raise the limit of open files/],
  ])('%s', async (systemCode, words) => {
    const mkdir = async () => {
      throw Object.assign(new Error(`${systemCode}: permission denied, mkdir '/srv/log'`), {code: systemCode})
    }
    const {code, text} = await errorOf({files: {...nodeFiles, mkdir}})
    expect(code).toBe('SB_BROKER_START')
    expect(text).toMatch(words)
  })
})
