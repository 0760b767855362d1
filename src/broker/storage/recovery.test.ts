import {describe, expect, test} from 'vitest'
import type {StreambusError} from '../../base/errors.ts'
import {seededRandom} from '../../base/random.ts'
import type {StorageEvent} from './events.ts'
import {openStorage, type StorageOptions} from './open.ts'
import {append, createTopic, deleteTopic, read, readAll, tryAppend} from './testing/driving.ts'
import {type DiskOptions, SimulatedDisk} from './testing/simulated-disk.ts'

const segment1 = '/data/log/000000000001.seg'

function open(disk: SimulatedDisk, options: Partial<StorageOptions> = {}) {
  return openStorage({
    files: disk,
    dataDir: '/data',
    wal: {segmentBytes: 65_536, fsyncPolicy: 'always', fsyncIntervalMs: 5},
    retentionBytes: 0,
    ...options,
  })
}

/** A closed log of `count` batches of 1,000 bytes, two messages each, in topic `orders`. */
async function closedLog(count: number, options: DiskOptions = {}): Promise<SimulatedDisk> {
  const disk = new SimulatedDisk(options)
  const storage = await open(disk)
  const topic = await createTopic(storage, 'orders')
  for (let index = 0; index < count; index += 1) await append(storage, topic.partitions[0]!, textOf(index), 2)
  await storage.close()
  return disk
}

const textOf = (index: number) => `<${index}>`.padEnd(1000, '.')

/** Where the text of a batch lies in the file that holds it. */
function find(disk: SimulatedDisk, index: number): {path: string; position: number} {
  for (const path of disk.paths()) {
    const position = disk.contentOf(path).indexOf(textOf(index))
    if (position >= 0) return {path, position}
  }
  throw new Error(`batch ${index} is in no file`)
}

function flip(disk: SimulatedDisk, path: string, position: number): void {
  disk.contentOf(path)[position]! ^= 0x10
}

async function refusal(opening: Promise<unknown>): Promise<StreambusError> {
  return opening.then(
    () => expect.fail('the log opened'),
    (error: StreambusError) => error,
  )
}

describe('damage below the highest sync mark', () => {
  test('in a payload is refused, naming topic, partition, offsets, file and byte', async () => {
    const disk = await closedLog(10)
    const {path, position} = find(disk, 4)
    flip(disk, path, position + 500)
    const error = await refusal(open(disk))
    expect(error.code).toBe('SB_LOG_CORRUPT')
    expect(error.message).toContain('topic "orders" partition 0 offsets 8-9')
    expect(error.message).toContain(`${segment1} at byte ${position - 29 - 80}`)
    expect(error.hint).toContain('--accept-loss')
  })

  test('in a header is refused, with the offsets inferred from the gap', async () => {
    const disk = await closedLog(10)
    const {path, position} = find(disk, 4)
    flip(disk, path, position - 29 - 40)
    expect((await refusal(open(disk))).message).toContain('topic "orders" partition 0 offsets 8-9')
  })

  test('right behind the mark of an earlier clean close is refused too', async () => {
    const disk = await closedLog(3)
    const storage = await open(disk)
    const partition = storage.topics.get('orders')!.partitions[0]!
    for (const index of [3, 4]) await append(storage, partition, textOf(index), 2)
    await storage.close()
    const {path, position} = find(disk, 3)
    flip(disk, path, position - 29 - 40)
    expect((await refusal(open(disk))).message).toContain('topic "orders" partition 0 offsets 6-7')
  })

  test('leaves the files as they were, so that a later start says the same', async () => {
    const disk = await closedLog(10)
    const {path, position} = find(disk, 4)
    flip(disk, path, position)
    const before = Buffer.from(disk.contentOf(path))
    const first = await refusal(open(disk))
    expect((await refusal(open(disk))).message).toBe(first.message)
    expect(disk.contentOf(path).equals(before)).toBe(true)
  })

  test('is skipped with acceptLoss: a gap, and everything else readable and kept', async () => {
    const disk = await closedLog(100)
    for (const index of [4, 5, 60]) {
      const {path, position} = find(disk, index)
      flip(disk, path, index === 60 ? position - 29 - 40 : position)
    }
    const events: StorageEvent[] = []
    const storage = await open(disk, {acceptLoss: true, onEvent: (event) => events.push(event)})
    const partition = storage.topics.get('orders')!.partitions[0]!
    const expected = Array.from({length: 100}, (_, index) => index).filter((index) => ![4, 5, 60].includes(index))
    expect((await readAll(storage, partition)).map((batch) => batch.text)).toEqual(expected.map(textOf))
    expect((await read(storage, partition, 9))[0]!.baseOffset).toBe(12)
    expect((await read(storage, partition, 120))[0]!.baseOffset).toBe(122)
    expect(await append(storage, partition, 'after')).toBe(200)
    await storage.close()
    const lost = events.flatMap((event) => (event.kind === 'loss-accepted' ? event.losses : []))
    expect(lost.flatMap((loss) => loss.offsets.map(({from, to}) => [from, to]))).toEqual([
      [8, 10],
      [10, 12],
      [120, 122],
    ])
  })

  test('any single flipped bit is either harmless or refused, never a silent change', {timeout: 60_000}, async () => {
    const random = seededRandom(11)
    const pristine = await closedLog(30)
    const used = find(pristine, 29).position + 1100
    let refusals = 0
    for (let round = 0; round < 150; round += 1) {
      const disk = pristine.afterPowerCut(random, 1)
      disk.contentOf(segment1)[Math.floor(random() * used)]! ^= 1 << Math.floor(random() * 8)
      const opened = await open(disk).catch((error: StreambusError) => {
        expect(error.code).toBe('SB_LOG_CORRUPT')
        refusals += 1
      })
      if (opened === undefined) continue
      const texts = (await readAll(opened, opened.topics.get('orders')!.partitions[0]!)).map((batch) => batch.text)
      expect(texts).toEqual(Array.from({length: 30}, (_, index) => textOf(index)))
      await opened.close()
    }
    expect(refusals).toBeGreaterThan(100)
  })
})

describe('a torn tail', () => {
  test('is cut and said, and what was synced before it is kept', async () => {
    const disk = new SimulatedDisk()
    const storage = await open(disk, {wal: {segmentBytes: 65_536, fsyncPolicy: 'interval', fsyncIntervalMs: 1}})
    const partition = (await createTopic(storage, 'orders')).partitions[0]!
    await append(storage, partition, textOf(0))
    await new Promise((resolve) => setTimeout(resolve, 100)) // a sync, and the mark that tells of it
    disk.fault = (call) => (call.kind === 'fdatasync' ? new Error('the power is about to go') : undefined)
    // In one turn, so in one write: the failing sync cannot come between them.
    await Promise.all([append(storage, partition, textOf(1)), append(storage, partition, textOf(2))])
    disk.powerOff()
    const after = disk.afterPowerCut(() => 0, 1)
    const {path, position} = find(after, 1)
    flip(after, path, position)
    const events: StorageEvent[] = []
    const again = await open(after, {onEvent: (event) => events.push(event)})
    const kept = again.topics.get('orders')!.partitions[0]!
    expect((await readAll(again, kept)).map((batch) => batch.text)).toEqual([textOf(0)])
    expect(events).toContainEqual(expect.objectContaining({kind: 'cut', path, position: position - 29 - 80}))
    expect(await append(again, kept, 'new 1')).toBe(1)
    await again.close()

    const third = await open(after)
    const texts = (await readAll(third, third.topics.get('orders')!.partitions[0]!)).map((batch) => batch.text)
    expect(texts).toEqual([textOf(0), 'new 1'])
    await third.close()
  })
})

describe('files that do not belong', () => {
  test('a missing segment in the middle is named', async () => {
    const disk = await closedLog(200)
    await disk.unlink('/data/log/000000000002.seg')
    const error = await refusal(open(disk))
    expect(error.message).toContain('/data/log/000000000002.seg: the segment is missing')
  })

  test.each([
    ['/data/log/notes.txt', 'is not a segment'],
    ['/data/log/000000000002.seg', 'is not a segment'],
  ])('a foreign file %s is named', async (path, message) => {
    const disk = await closedLog(1)
    await disk.open(path, 'create')
    const error = await refusal(open(disk))
    expect(error.message).toContain(`${path} ${message}`)
  })

  test('a newer format is named', async () => {
    const disk = await closedLog(1)
    const content = disk.contentOf(segment1)
    content.writeUInt32LE(7, 8)
    const {crc32} = await import('node:zlib')
    content.writeUInt32LE(crc32(content.subarray(0, 36)), 36)
    expect((await refusal(open(disk))).message).toContain('has log format 7; this broker reads format 1')
  })
})

describe('recycled segments', () => {
  test('never bring back what expired or was deleted, and starts move up', async () => {
    const disk = new SimulatedDisk()
    const options = {retentionBytes: 4 * 65_536}
    let storage = await open(disk, options)
    const gone = await createTopic(storage, 'gone')
    await append(storage, gone.partitions[0]!, 'secret')
    await deleteTopic(storage, gone)
    const orders = (await createTopic(storage, 'orders')).partitions[0]!
    for (let index = 0; index < 600; index += 1) await append(storage, orders, textOf(index))
    expect(orders.start).toBeGreaterThan(300)
    expect(orders.end).toBe(600)
    expect(await read(storage, orders, 0)).toEqual([])
    const start = orders.start
    await storage.close()
    expect(disk.paths().filter((path) => path.endsWith('.seg')).length).toBeLessThanOrEqual(4)

    storage = await open(disk, options)
    expect([...storage.topics.keys()]).toEqual(['orders'])
    const again = storage.topics.get('orders')!.partitions[0]!
    expect([again.start, again.end]).toEqual([start, 600])
    const texts = (await readAll(storage, again)).map((batch) => batch.text)
    expect(texts).toEqual(Array.from({length: 600 - start}, (_, index) => textOf(start + index)))
    await storage.close()
  })

  test('a pool taken from another log gives nothing of it away', async () => {
    const donor = await closedLog(150)
    const disk = donor.afterPowerCut(() => 0, 1)
    const adopt = disk.paths().filter((path) => path.endsWith('.seg'))
    const storage = await open(disk, {dataDir: '/fresh', pool: {bytes: 4 * 65_536, adopt}})
    expect([...storage.topics.keys()]).toEqual([])
    const partition = (await createTopic(storage, 'orders')).partitions[0]!
    await append(storage, partition, textOf(0), 2)
    disk.powerOff()
    const again = await open(
      disk.afterPowerCut(() => 0, 1),
      {dataDir: '/fresh'},
    )
    const texts = (await readAll(again, again.topics.get('orders')!.partitions[0]!)).map((batch) => batch.text)
    expect(texts).toEqual([textOf(0)])
    await again.close()
  })

  test('topic ids are never used again, over deletes, segments and restarts', async () => {
    const disk = new SimulatedDisk()
    const ids: number[] = []
    for (let life = 0; life < 4; life += 1) {
      const storage = await open(disk, {retentionBytes: 3 * 65_536})
      const topic = await createTopic(storage, 'orders')
      ids.push(topic.id)
      for (let index = 0; index < 150; index += 1) await append(storage, topic.partitions[0]!, textOf(index))
      await deleteTopic(storage, topic)
      await storage.close()
    }
    expect(new Set(ids).size).toBe(4)
    expect([...ids].sort((a, b) => a - b)).toEqual(ids)
  })
})

test('`done` comes after the fdatasync that covers it under `always`, after the write under `interval`', async () => {
  for (const fsyncPolicy of ['always', 'interval'] as const) {
    const disk = new SimulatedDisk()
    const storage = await open(disk, {wal: {segmentBytes: 65_536, fsyncPolicy, fsyncIntervalMs: 60_000}})
    const partition = (await createTopic(storage, 'orders')).partitions[0]!
    await new Promise((resolve) => setTimeout(resolve, 5))
    const from = disk.calls.length
    await tryAppend(storage, partition, 'x')
    const kinds = disk.calls.slice(from).map((call) => call.kind)
    expect(kinds).toEqual(fsyncPolicy === 'always' ? ['write', 'fdatasync'] : ['write'])
    await storage.close()
  }
})
