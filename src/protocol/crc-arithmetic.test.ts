import {crc32} from 'node:zlib'
import {expect, test} from 'vitest'
import {seededRandom} from '../base/random.ts'
import {CrcChange, crcOfBoth, crcOfFirst, crcOfRest} from './crc-arithmetic.ts'
import {encodeRecords, patchOffsets, renumber} from './records.ts'

const draw = seededRandom(7)
const randomBytes = (length: number) => Buffer.from(Array.from({length}, () => Math.floor(draw() * 256)))

test.each([0, 1, 2, 7, 100, 4096, 65_537])(
  '%i bytes behind others: the CRC of both from the CRC of each, and back',
  (length) => {
    const [first, second] = [randomBytes(33), randomBytes(length)]
    const both = crc32(Buffer.concat([first, second]))
    expect(crcOfBoth(crc32(first), crc32(second), length)).toBe(both)
    expect(crcOfRest(crc32(first), both, length)).toBe(crc32(second))
    expect(crcOfFirst(both, crc32(second), length)).toBe(crc32(first))
  },
)

// The check value of CRC-32, of "123456789".
test('the check value, from two halves', () => {
  expect(crcOfBoth(crc32(Buffer.from('1234')), crc32(Buffer.from('56789')), 5)).toBe(0xcbf43926)
})

test.each([8, 9, 40, 1060])('changes at the start of pieces of %i bytes', (pieceBytes) => {
  const before = randomBytes(pieceBytes * 20)
  const after = Buffer.from(before)
  const change = new CrcChange(pieceBytes)
  for (let at = 0; at < after.length; at += pieceBytes) {
    const [high, low] = at % 3 === 0 ? [0, 5] : [0x8123_4567, 0xfedc_ba98]
    after.writeUInt32BE((after.readUInt32BE(at) ^ high) >>> 0, at)
    after.writeUInt32BE((after.readUInt32BE(at + 4) ^ low) >>> 0, at + 4)
    change.add(high, low)
  }
  expect((crc32(before) ^ change.sum) >>> 0).toBe(crc32(after))
})

test.each([0, 41, 2 ** 32 - 2, 2 ** 52])(
  'records of one size numbered from %i: as patched, and the CRC with them',
  (baseOffset) => {
    const records = encodeRecords(
      Array.from({length: 9}, (_, index) => ({offset: index * 3, key: 'k', value: randomBytes(50)})),
    )
    const patched = Buffer.from(records)
    expect(patchOffsets(patched, 0, patched.length, 9, baseOffset)).toBe(true)
    expect(renumber(records, 0, records.length, 9, baseOffset, crc32(records))).toBe(crc32(patched))
    expect(records).toEqual(patched)
  },
)

test('records of several sizes are numbered, and their CRC has to be looked for', () => {
  const records = encodeRecords([{value: 'a'}, {value: 'bcd'}, {value: 'ef'}]) // 2 bytes on average
  const patched = Buffer.from(records)
  patchOffsets(patched, 0, patched.length, 3, 70)
  expect(renumber(records, 0, records.length, 3, 70, crc32(records))).toBeUndefined()
  expect(records).toEqual(patched)
})
