import fc from 'fast-check'
import {expect, test} from 'vitest'
import {intendedNsAt, sequenceAt, streamAt, writeStamp, writeStamps} from './message-stamp.ts'

test('a stamp reads back as it was written, wherever it lies', () => {
  fc.assert(
    fc.property(
      fc.nat(65_535),
      fc.maxSafeNat().map((n) => n % 2 ** 48),
      fc.maxSafeNat(),
      fc.nat(7),
      (stream, sequence, intendedNs, at) => {
        const view = new DataView(new ArrayBuffer(24))
        writeStamp(view, at, stream, sequence, intendedNs)
        expect([streamAt(view, at), sequenceAt(view, at), intendedNsAt(view, at)]).toEqual([
          stream,
          sequence,
          intendedNs,
        ])
      },
    ),
  )
})

test('the layout is stream u16, sequence u48, intended f64, big-endian', () => {
  const bytes = Buffer.alloc(16)
  writeStamp(new DataView(bytes.buffer, bytes.byteOffset, 16), 0, 0x0102, 0x030405060708, 1)
  expect(bytes.toString('hex')).toBe('01020304050607083ff0000000000000')
})

test('a batch crosses 2^32 without a step', () => {
  const view = new DataView(new ArrayBuffer(64))
  writeStamps(view, Uint32Array.of(0, 16, 32), 3, 9, 2 ** 32 - 1, 5)
  expect([0, 16, 32].map((at) => sequenceAt(view, at))).toEqual([2 ** 32 - 1, 2 ** 32, 2 ** 32 + 1])
})
