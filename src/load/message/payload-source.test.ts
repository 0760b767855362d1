import {expect, test} from 'vitest'
import {compressiblePayload, DeflateSums} from './compressibility.ts'
import {PayloadSource, randomPayload} from './payload-source.ts'

test('pieces follow each other, and begin again at the end', () => {
  const source = new PayloadSource(Buffer.from('abcdefg'))
  const target = Buffer.alloc(12, '.')
  expect(source.copyTo(target, 1, 5, 0)).toBe(5)
  expect(target.toString()).toBe('.abcde......')
  expect(source.copyTo(target, 6, 4, 5)).toBe(2)
  expect(target.toString()).toBe('.abcdefgab..')
  source.copyTo(target, 0, 12, 7 * 1000 + 6)
  expect(target.toString()).toBe('gabcdefgabcd')
  expect(() => new PayloadSource(new Uint8Array(0))).toThrow(RangeError)
})

function measured(source: PayloadSource, size: number): number {
  const sums = new DeflateSums()
  for (let index = 0; index < 200; index += 1) {
    const value = Buffer.alloc(size)
    source.copyTo(value, 0, size, index * size)
    sums.add(value)
  }
  return sums.compressibility
}

test('random bytes do not compress', () => {
  expect(Math.abs(measured(randomPayload(1), 1024))).toBeLessThan(0.01)
})

// Measured here without stamps, calibrated with them: 16 B of 1 KiB are 0.016.
test.each([
  [0.25, 1024],
  [0.5, 1024],
  [0.9, 1024],
  [0.5, 256],
  [0.5, 100],
  [0.95, 16_384],
  [0.99, 65_536],
])('values compress by %f at %i B', (compressibility, size) => {
  const source = compressiblePayload(3, compressibility, [size])
  expect(Math.abs(measured(source, size) - compressibility)).toBeLessThan(0.04 + 10 / size)
})

test('what is too small to compress so far comes as close as it can', () => {
  const share = measured(compressiblePayload(3, 0.9, [64]), 64)
  expect(share).toBeGreaterThan(0.5)
})
