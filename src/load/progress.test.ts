import {expect, test} from 'vitest'
import type {LoadProgress} from './load-outcome.ts'
import {mergeProgress} from './progress.ts'

const second = {count: 100, p50Ns: 1_000, p99Ns: 9_000, p999Ns: 12_000, maxNs: 13_000}
const part: LoadProgress = {
  phase: 'measure',
  elapsedNs: 2e9,
  totalNs: 6e9,
  acked: 1_000,
  received: 900,
  errors: 1,
  inFlight: 8,
  ackedPerSec: 500,
  offeredPerSec: 510,
  lag: 100,
  generatorCpuShare: 0.5,
  lastSecond: second,
}

test('one worker is the whole run, and none is nothing', () => {
  expect(mergeProgress([part])).toEqual(part)
  expect(mergeProgress([])).toBeUndefined()
})

test('messages, rates and CPU of workers add up; a percentile is the largest of theirs', () => {
  const slower = {
    ...part,
    phase: 'warm-up',
    elapsedNs: 3e9,
    lastSecond: {...second, count: 50, p99Ns: 20_000, p50Ns: 500},
  } as const
  expect(mergeProgress([part, slower])).toEqual({
    phase: 'warm-up', // not before all are in it
    elapsedNs: 3e9,
    totalNs: 6e9,
    acked: 2_000,
    received: 1_800,
    errors: 2,
    inFlight: 16,
    ackedPerSec: 1_000,
    offeredPerSec: 1_020,
    lag: 200,
    generatorCpuShare: 1,
    lastSecond: {count: 150, p50Ns: 1_000, p99Ns: 20_000, p999Ns: 12_000, maxNs: 13_000},
  })
})

test('what no worker tells is absent, and a worker without a second takes nothing from the others', () => {
  const {offeredPerSec, lag, generatorCpuShare, lastSecond, ...closed} = part
  const merged = mergeProgress([closed, {...closed, lastSecond: second}])
  expect(merged).not.toHaveProperty('offeredPerSec')
  expect(merged).not.toHaveProperty('lag')
  expect(merged?.lastSecond).toEqual(second)
})
