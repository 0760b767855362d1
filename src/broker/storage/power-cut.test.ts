import {afterEach, beforeEach, describe, expect, test, vi} from 'vitest'
import {type PowerCutOutcome, type PowerCutRun, runPowerCuts} from './testing/power-cut-run.ts'

// The power goes at a random call of the file layer: those of a start, of tables and of the manifest too. What a
// completed fdatasync covered survives, of the rest any 512-byte sector may. Three cuts a seed, so that new records
// meet old debris.

const seeds = Number(process.env.STREAMBUS_POWER_CUT_SEEDS ?? 60)

beforeEach(() => vi.useFakeTimers({toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval']}))
afterEach(() => vi.useRealTimers())

async function runSeeds(run: PowerCutRun): Promise<PowerCutOutcome> {
  const sum = {lost: [], unkept: 0}
  for (let seed = 1; seed <= seeds; seed += 1) {
    const {lost, unkept} = await runPowerCuts(seed, run).catch((error: unknown) => {
      throw new Error(`seed ${seed}, ${run.policy}`, {cause: error})
    })
    expect(lost, `seed ${seed}, ${run.policy}`).toEqual([])
    sum.unkept += unkept
  }
  return sum
}

const timeout = 60_000 + seeds * 1000

describe('after a power cut', () => {
  test('`always` has every acknowledged batch', {timeout}, async () => {
    expect(await runSeeds({policy: 'always'})).toMatchObject({lost: []})
  })

  test('so it has while segments are recycled', {timeout}, async () => {
    expect(await runSeeds({policy: 'always', retentionBytes: 131_072})).toMatchObject({lost: []})
  })

  test('`interval` has what was acknowledged before the last interval began', {timeout}, async () => {
    const {unkept} = await runSeeds({policy: 'interval', retentionBytes: 131_072})
    expect(unkept).toBeGreaterThan(0) // and no more: so these cuts do tear
  })

  test('`never` has what was synced for another reason', {timeout}, async () => {
    const {unkept} = await runSeeds({policy: 'never', retentionBytes: 131_072})
    expect(unkept).toBeGreaterThan(0)
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
