import {describe, expect, test} from 'vitest'
import {StreambusError} from './errors.ts'
import {
  columnScale,
  exactBytes,
  exactDuration,
  exactRate,
  formatBytes,
  formatCount,
  formatDurationNs,
  formatRate,
  formatThreeDigits,
  parseBytes,
  parseCount,
  parseDurationNs,
  parseRatePerSec,
} from './units.ts'

describe('parseDurationNs', () => {
  test.each([
    ['500ms', 500_000_000],
    ['10s', 10_000_000_000],
    ['1h', 3_600_000_000_000],
    ['168h', 604_800_000_000_000],
    ['1h30m', 5_400_000_000_000],
    ['1m 30s', 90_000_000_000],
    ['1.1us', 1100], // 1.1 * 1000 is 1100.0000000000002 in binary
    ['2µs', 2000],
    ['1e3ms', 1_000_000_000],
    [' 7 ns ', 7],
    ['0', 0],
    ['0s', 0],
  ])('%j', (text, ns) => {
    expect(parseDurationNs(text)).toBe(ns)
  })

  test.each(['', ' ', '10', '-1s', '1', 's', '10x', '1h-5m', '1s2', '5MS', 'NaNs', 'Infinitys', '1constructor'])(
    '%j is refused with the allowed units',
    (text) => {
      expect(() => parseDurationNs(text)).toThrow('write a number with ns, us, ms, s, m or h, such as 500ms')
    },
  )

  test('what is not whole or cannot be held exactly is refused', () => {
    expect(() => parseDurationNs('0.5ns')).toThrow('"0.5ns" is not a whole number of nanoseconds')
    expect(() => parseDurationNs('2502h')).toThrow('"2502h" is too large') // 9.0072e15 > 2^53
    expect(parseDurationNs('2501h')).toBe(9_003_600_000_000_000)
  })

  test('the refusal is a usage error', () => {
    try {
      parseDurationNs('soon')
      expect.unreachable()
    } catch (error) {
      expect(error).toBeInstanceOf(StreambusError)
      expect(error).toMatchObject({code: 'SB_USAGE', exitCode: 2})
    }
  })
})

describe('parseBytes', () => {
  test.each([
    ['100', 100],
    ['0', 0],
    ['64KiB', 65_536],
    ['64 kib', 65_536],
    ['1MB', 1_000_000],
    ['1.5GiB', 1_610_612_736],
    ['1e3', 1000],
    ['1e3B', 1000],
    ['1.1KB', 1100],
    ['2TiB', 2_199_023_255_552],
  ])('%j', (text, bytes) => {
    expect(parseBytes(text)).toBe(bytes)
  })

  test.each(['', '-1', '64K', '1M', '1 k b', '1KiB/s', '0x10', '1,000', 'toString'])('%j is refused', (text) => {
    expect(() => parseBytes(text)).toThrow('KB, MB, GB, TB, KiB, MiB, GiB or TiB')
  })

  test('parts of a byte and more than 2^53 are refused', () => {
    expect(() => parseBytes('1.5')).toThrow('not a whole number of bytes')
    expect(() => parseBytes('0.0001KiB')).toThrow('not a whole number of bytes')
    expect(() => parseBytes('9000TiB')).toThrow('too large')
    expect(() => parseBytes('1e400')).toThrow('too large')
  })
})

describe('parseRatePerSec', () => {
  test.each([
    ['20000', 20_000],
    ['50k/s', 50_000],
    ['50K', 50_000],
    ['1.5M/s', 1_500_000],
    ['0.5/s', 0.5],
    ['1e3', 1000],
    ['0', 0],
  ])('%j', (text, perSec) => {
    expect(parseRatePerSec(text)).toBe(perSec)
  })

  test.each(['', '-5k/s', '5m/s', '50k/h', 'k', '5 k / s', '10 msg/s'])('%j is refused', (text) => {
    expect(() => parseRatePerSec(text)).toThrow('such as 20000, 50k/s or 1.5M/s')
  })

  test('a rate without bound is refused', () => {
    expect(() => parseRatePerSec('1e400')).toThrow('too large')
  })
})

describe('parseCount', () => {
  test('whole numbers, with or without a prefix', () => {
    expect([parseCount('6'), parseCount('0'), parseCount('1e3'), parseCount('10k'), parseCount('2.5k')]).toEqual([
      6, 0, 1000, 10_000, 2500,
    ])
  })

  test.each(['1.5', '-1', '', '6/s', 'six'])('%j is refused', (text) => {
    expect(() => parseCount(text)).toThrow('whole number')
  })

  test('the minimum is named', () => {
    expect(() => parseCount('0', 1)).toThrow('"0" is too small: at least 1 is needed')
  })
})

describe('formatting', () => {
  test.each([
    [0, '0 ns'],
    [7, '7 ns'],
    [450, '450 ns'],
    [999, '999 ns'],
    [1000, '1.00 µs'],
    [1240, '1.24 µs'],
    [999_400, '999 µs'],
    [999_600, '1.00 ms'], // rounds to 1000 µs, which has a unit of its own
    [61_200_000, '61.2 ms'],
    [162_400_000, '162 ms'],
    [9_996_000, '10.0 ms'],
    [99_960_000, '100 ms'],
    [90_000_000_000, '90.0 s'],
    [3_600_000_000_000, '3,600 s'],
    [-1500, '-1.50 µs'],
    [0.4, '0.40 ns'],
  ])('%d ns reads %s', (ns, text) => {
    expect(formatDurationNs(ns)).toBe(text)
  })

  test.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [1024, '1.00 KiB'],
    [65_536, '64.0 KiB'],
    [1_572_864, '1.50 MiB'],
    [2_147_483_648, '2.00 GiB'],
  ])('%d bytes read %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text)
  })

  test.each([
    [0, '0 msg/s'],
    [0.5, '0.50 msg/s'],
    [97, '97 msg/s'],
    [612_345, '612 K msg/s'],
    [999_900, '1.00 M msg/s'],
    [1_940_000, '1.94 M msg/s'],
  ])('%d per second reads %s', (perSec, text) => {
    expect(formatRate(perSec)).toBe(text)
  })

  test('rates of something else', () => {
    expect(formatRate(20_000, 'fsync')).toBe('20.0 K fsync/s')
  })

  test('counts keep every digit', () => {
    expect([formatCount(0), formatCount(6_120_331), formatCount(2300)]).toEqual(['0', '6,120,331', '2,300'])
  })

  test('three digits, with at most two decimals', () => {
    expect([612.4, 61.24, 6.1, 0.069, 1240, 99.96, 9.996, 0, -3.146].map(formatThreeDigits)).toEqual([
      '612',
      '61.2',
      '6.10',
      '0.07',
      '1,240',
      '100',
      '10.0',
      '0',
      '-3.15',
    ])
  })
})

describe('exact text parses back', () => {
  test.each([
    [0, '0s'],
    [10_000_000_000, '10s'],
    [1_500_000_000, '1500ms'],
    [90_000_000_000, '90s'],
    [3_600_000_000_000, '1h'],
    [1234, '1234ns'],
    [5000, '5us'],
  ])('%d ns is %s', (ns, text) => {
    expect(exactDuration(ns)).toBe(text)
    expect(parseDurationNs(text)).toBe(ns)
  })

  test.each([
    [0, '0B'],
    [100, '100B'],
    [65_536, '64KiB'],
    [1_000_000, '1000000B'],
    [2_147_483_648, '2GiB'],
  ])('%d bytes are %s', (bytes, text) => {
    expect(exactBytes(bytes)).toBe(text)
    expect(parseBytes(text)).toBe(bytes)
  })

  test.each([
    [0, '0/s'],
    [50_000, '50k/s'],
    [1_234, '1234/s'],
    [0.5, '0.5/s'],
    [2_000_000, '2M/s'],
  ])('%d per second is %s', (perSec, text) => {
    expect(exactRate(perSec)).toBe(text)
    expect(parseRatePerSec(text)).toBe(perSec)
  })
})

describe('columnScale', () => {
  test('a latency row stays in milliseconds, from 0.01 to 197', () => {
    const scale = columnScale('duration', [10_000, 70_000, 61_200_000, 197_000_000])
    expect(scale.unit).toBe('ms')
    expect([10_000, 70_000, 61_200_000, 197_000_000].map(scale.format)).toEqual(['0.01', '0.07', '61.2', '197'])
  })

  test('the unit steps down while the smallest value would vanish', () => {
    const scale = columnScale('duration', [900, 5_000_000]) // 0.0009 ms, but 0.90 µs
    expect(scale.unit).toBe('µs')
    expect([900, 5_000_000].map(scale.format)).toEqual(['0.90', '5,000'])
  })

  test('beyond six orders of magnitude the small end gives way', () => {
    const scale = columnScale('duration', [1, 5_000_000_000_000])
    expect(scale.unit).toBe('s')
    expect([1, 5_000_000_000_000].map(scale.format)).toEqual(['<0.01', '5,000'])
  })

  test('rates, sizes, zeros and empty columns', () => {
    expect(columnScale('decimal', [612_000, 1_940_000]).unit).toBe('M')
    expect(columnScale('bytes', [65_536, 1_048_576]).unit).toBe('MiB')
    expect(columnScale('duration', []).unit).toBe('ns')
    expect(columnScale('duration', [0, 0]).format(0)).toBe('0')
  })
})
