import {expect, test} from 'vitest'
import {seededRandom} from '../../base/random.ts'
import {decodeManifest, encodeManifest, type Manifest} from './manifest.ts'
import {ManifestStore, readManifest} from './manifest-store.ts'
import {type DiskCall, SimulatedDisk, systemError} from './testing/simulated-disk.ts'

const manifest: Manifest = {
  replay: {segment: 7, generation: 2 ** 48 - 1, position: 81_920, lsn: 2 ** 52, epoch: 65_535},
  nextTopicId: 12,
  topics: [{id: 11, name: 'größe "1"\n', nextOffsets: [0, 2 ** 53 - 1]}],
  segments: [
    {number: 6, generation: 5, newestMs: 1_800_000_000_000},
    {number: 7, generation: 2 ** 48 - 1, newestMs: 0},
  ],
  tables: [
    {
      number: 3,
      level: 1,
      bytes: 8192,
      entries: 2,
      first: {topicId: 11, partition: 0, offset: 0},
      last: {topicId: 11, partition: 1, offset: 9},
      lowestSegment: 6,
      highestSegment: 7,
    },
  ],
}
const started = (number: number): Manifest => ({...manifest, nextTopicId: number})

test('what is written is read again, to the last bit of its numbers and names', () => {
  expect(decodeManifest(encodeManifest(manifest))).toEqual({kind: 'whole', manifest})
})

test('any flipped bit and any cut end is damage', () => {
  const bytes = encodeManifest(manifest)
  for (let bit = 0; bit < bytes.length * 8; bit += 1) {
    const flipped = Buffer.from(bytes)
    flipped[bit >> 3]! ^= 1 << (bit & 7)
    const reading = decodeManifest(flipped)
    // An upper-case digit of the checksum is the same number.
    if (reading.kind === 'whole') expect(reading.manifest).toEqual(manifest)
  }
  for (let length = 0; length < bytes.length; length += 1) {
    expect(decodeManifest(bytes.subarray(0, length)).kind).toBe('damaged')
  }
})

test('a format to come is said to be one', () => {
  const text = encodeManifest(manifest).toString().replace('manifest 1', 'manifest 2')
  expect(decodeManifest(Buffer.from(text))).toEqual({kind: 'damaged', why: 'it has format 2'})
})

test('edits take effect in order, those that come while one is written together', async () => {
  const disk = new SimulatedDisk()
  const store = new ManifestStore(disk, '/data', started(1))
  const seen: number[] = []
  const edits = [2, 3, 4, 5].map((number) =>
    store.edit((before) => {
      seen.push(before.nextTopicId)
      return started(number)
    }),
  )
  await Promise.all(edits)
  expect(seen).toEqual([1, 2, 3, 4])
  expect(disk.calls.filter((call) => call.kind === 'rename').length).toBe(2)
  expect(await readManifest(disk, '/data')).toEqual({kind: 'whole', manifest: started(5)})
})

test('the power may go at any call: the manifest before or the one after is there, and after an edit is done that one', async () => {
  const random = seededRandom(3)
  for (let round = 0; round < 200; round += 1) {
    const disk = new SimulatedDisk()
    const store = new ManifestStore(disk, '/data', started(1))
    await store.edit(() => started(2))
    let callsLeft = Math.floor(random() * 6)
    disk.onCall = () => {
      callsLeft -= 1
      if (callsLeft === 0) disk.powerOff()
    }
    let isDone = false
    void store
      .edit(() => started(3))
      .then(() => {
        isDone = true
      })
    for (let turns = 0; turns < 30; turns += 1) await new Promise((resolve) => setImmediate(resolve))
    const reading = await readManifest(disk.afterPowerCut(random, random()), '/data')
    expect(reading).toMatchObject({kind: 'whole'})
    const {nextTopicId} = (reading as {manifest: Manifest}).manifest
    if (isDone) expect(nextTopicId).toBe(3)
    else expect([2, 3]).toContain(nextTopicId)
  }
})

test('what a crash left of an edit is no hindrance to the next', async () => {
  const disk = new SimulatedDisk()
  await disk.open('/data/MANIFEST.new', 'create')
  await new ManifestStore(disk, '/data', manifest).edit(() => started(9))
  expect(await readManifest(disk, '/data')).toEqual({kind: 'whole', manifest: started(9)})
})

test('after an edit that failed nobody knows what the disk holds, so every later one fails alike', async () => {
  const disk = new SimulatedDisk()
  const store = new ManifestStore(disk, '/data', manifest)
  disk.fault = (call: DiskCall) => (call.kind === 'rename' ? systemError('EIO', call.path) : undefined)
  await expect(store.edit(() => started(2))).rejects.toMatchObject({code: 'EIO'})
  disk.fault = () => undefined
  await expect(store.edit(() => started(3))).rejects.toMatchObject({code: 'EIO'})
  expect(store.manifest).toEqual(manifest)
  expect(await readManifest(disk, '/data')).toBeUndefined()
})
