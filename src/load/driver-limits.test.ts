import {expect, test} from 'vitest'
import {StreambusError} from '../base/errors.ts'
import type {Driver} from '../drivers/driver.ts'
import {createMemoryTarget} from '../drivers/memory/driver.ts'
import {streambusDriver} from '../drivers/streambus/driver.ts'
import type {Workload} from '../model/workload.ts'
import {checkAbilities, checkLayout} from './driver-limits.ts'
import {closedWith8} from './testing/outcomes.ts'
import {SimulatedProducer} from './testing/simulated-producer.ts'
import {VirtualTurns} from './testing/virtual-turns.ts'

function refusalOf(check: () => void): {code: string; message: string; hint: string | undefined} | undefined {
  try {
    check()
    return undefined
  } catch (error) {
    if (!(error instanceof StreambusError)) throw error
    return {code: error.code, message: error.message, hint: error.hint}
  }
}

const MiB = 2 ** 20
const workload = (sizeBytes: number, batchMessages: number, partitions = 1) => ({
  ...closedWith8,
  message: {sizeBytes, batchMessages},
  topology: {...closedWith8.topology, partitions},
})

test('a batch of 100 MiB names the 9 messages that fit 10 MiB with their overhead', () => {
  expect(refusalOf(() => checkAbilities(streambusDriver, workload(MiB, 100)))).toEqual({
    code: 'SB_USAGE',
    message: 'A batch of 100 messages of 1048576 B does not fit the 10485760 B of a batch of driver streambus.',
    hint: 'Use --batch-size 9 or less, or smaller messages.',
  })
  expect(refusalOf(() => checkAbilities(streambusDriver, workload(MiB, 9)))).toBeUndefined()
})

test('messages and partitions beyond the driver are refused with its bounds', () => {
  expect(refusalOf(() => checkAbilities(streambusDriver, workload(9 * MiB, 1)))).toMatchObject({
    code: 'SB_USAGE',
    hint: 'Use a --message-size of 8388608 B or less.',
  })
  expect(refusalOf(() => checkAbilities(streambusDriver, workload(100, 1, 70_000)))).toMatchObject({
    code: 'SB_USAGE',
    hint: 'Use --partitions 65536 or less.',
  })
})

/** Lays out 50 B more a message than its value, and 1,000 B a batch. */
class FramingProducer extends SimulatedProducer {
  override allocate(capacity: number, valueBytes: number) {
    if (1_000 + capacity * (valueBytes + 50) > 10_000) throw new RangeError('too large')
    return super.allocate(capacity, valueBytes)
  }
}

test('a batch that only its overhead makes too large names the largest that fits', () => {
  const driver: Driver = {...createMemoryTarget().driver, name: 'framing'}
  const producer = new FramingProducer(new VirtualTurns(1), 1, [])
  const check = (batchMessages: number) => () => checkLayout(driver, producer, {sizeBytes: 100, batchMessages})
  expect(refusalOf(check(61))?.hint).toBe('Use --batch-size 60 or less, or smaller messages.')
  expect(refusalOf(check(61))?.code).toBe('SB_USAGE')
  expect(refusalOf(check(60))).toBeUndefined()
})

test('where sizes vary the largest decides, and keys count', () => {
  const parts = [
    {sizeBytes: 100, weight: 999},
    {sizeBytes: MiB, weight: 1},
  ]
  const sizes = {distribution: 'mix', parts} as const
  const shaped = (message: Workload['message'], topology = {}) => ({
    ...closedWith8,
    message,
    topology: {...closedWith8.topology, ...topology},
  })
  expect(
    refusalOf(() => checkAbilities(streambusDriver, shaped({sizeBytes: 1149, sizes, batchMessages: 11}))),
  ).toMatchObject({
    message: 'A batch of 11 messages of up to 1048576 B does not fit the 10485760 B of a batch of driver streambus.',
    hint: 'Use --batch-size 9 or less, or smaller messages.',
  })
  const keyed = (count: number, keyBytes: number) => ({distribution: 'zipf', count, exponent: 1, keyBytes}) as const
  const large = {sizeBytes: 1_000_000, keys: keyed(10, 50_000), batchMessages: 10}
  expect(refusalOf(() => checkAbilities(streambusDriver, shaped(large)))?.message).toContain('with keys of 50000 B')
  const narrow = {sizeBytes: 100, keys: keyed(100_000, 4), batchMessages: 10}
  expect(refusalOf(() => checkAbilities(streambusDriver, shaped(narrow)))?.hint).toBe(
    'Make the keys 5 B long or longer.',
  )
  const each = shaped({sizeBytes: 100, keys: keyed(10, 4), batchMessages: 10}, {producers: 300, partitions: 300})
  expect(refusalOf(() => checkAbilities(streambusDriver, each))?.message).toContain('90000 streams')
})
