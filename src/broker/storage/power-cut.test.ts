import {afterEach, beforeEach, describe, expect, test, vi} from 'vitest'
import {type PowerCutOutcome, type PowerCutRun, runPowerCuts} from './testing/power-cut-run.ts'

// The power goes at a random call of the file layer: those of a start, of tables and of the manifest too. What a
// completed fdatasync covered survives, of the rest any 512-byte sector may. Three cuts a seed, so that new records
// meet old debris.

const seeds = Number(process.env.STREAMBUS_POWER_CUT_SEEDS ?? 30)

beforeEach(() => vi.useFakeTimers({toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval']}))
afterEach(() => vi.useRealTimers())

async function runSeeds(run: PowerCutRun): Promise<PowerCutOutcome> {
  const counts = {unkept: 0, unkeptBytesMax: 0, flushes: 0, merges: 0, deepestLevel: 0, freed: 0}
  const sum = {lost: [], cutAt: new Set<string>(), ...counts}
  for (let seed = 1; seed <= seeds; seed += 1) {
    const outcome = await runPowerCuts(seed, run).catch((error: unknown) => {
      throw new Error(`seed ${seed}, ${run.policy}`, {cause: error})
    })
    expect(outcome.lost, `seed ${seed}, ${run.policy}`).toEqual([])
    sum.unkept += outcome.unkept
    sum.unkeptBytesMax = Math.max(sum.unkeptBytesMax, outcome.unkeptBytesMax)
    sum.flushes += outcome.flushes
    sum.merges += outcome.merges
    sum.deepestLevel = Math.max(sum.deepestLevel, outcome.deepestLevel)
    sum.freed += outcome.freed
    for (const call of outcome.cutAt) sum.cutAt.add(call)
  }
  return sum
}

const timeout = 60_000 + seeds * 1000

describe('after a power cut', () => {
  test('`always` has every acknowledged batch', {timeout}, async () => {
    const {flushes, merges, deepestLevel, cutAt} = await runSeeds({policy: 'always'})
    expect(flushes).toBeGreaterThan(seeds) // so these lives do go through all of it
    expect(merges).toBeGreaterThan(0)
    expect(deepestLevel).toBe(3)
    expect([...cutAt].join()).toMatch(/tables.*manifest|manifest.*tables/)
  })

  test('so it has while segments expire and are used again', {timeout}, async () => {
    const {freed} = await runSeeds({policy: 'always', hasRetention: true})
    expect(freed).toBeGreaterThan(0)
  })

  test('so it has with direct I/O, which writes no page of the log twice', {timeout}, async () => {
    const {flushes} = await runSeeds({policy: 'always', hasRetention: true, useDirectIo: true})
    expect(flushes).toBeGreaterThan(0)
  })

  test('so it has with several memtables to a segment', {timeout}, async () => {
    const {flushes} = await runSeeds({policy: 'always', hasRetention: true, isLarge: true})
    expect(flushes).toBeGreaterThan(0)
  })

  test('`interval` has what was acknowledged before the last interval began', {timeout}, async () => {
    const {unkept} = await runSeeds({policy: 'interval', hasRetention: true})
    expect(unkept).toBeGreaterThan(0) // and no more: so these cuts do tear
  })

  test('`never` has what the flush of a memtable covered', {timeout}, async () => {
    const {unkept, unkeptBytesMax, flushes} = await runSeeds({policy: 'never', hasRetention: true})
    expect(flushes).toBeGreaterThan(0)
    expect(unkept).toBeGreaterThan(0)
    expect(unkeptBytesMax).toBeLessThanOrEqual(2 * 32_768) // the active memtable and an immutable one, a segment each
  })

  test('`always` loses batches on a disk whose fdatasync does nothing, so these tests can fail', async () => {
    let failed = 0
    for (let seed = 1; seed <= 20; seed += 1) {
      const outcome = await runPowerCuts(seed, {policy: 'always', disk: {syncsDoNothing: true}}).catch(() => undefined)
      if (outcome === undefined || outcome.lost.length > 0) failed += 1
    }
    expect(failed).toBeGreaterThan(10)
  })
})
