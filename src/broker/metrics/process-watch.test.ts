import {setTimeout as delay} from 'node:timers/promises'
import {expect, test} from 'vitest'
import {pauseQuantile} from './process-metrics.ts'
import {ProcessWatch} from './process-watch.ts'

test('quantiles of pauses are order statistics', () => {
  const pauses = [5, 1, 4, 2, 3].map((durationNs) => ({durationNs, endUnixMs: 0}))
  expect([0, 0.25, 0.5, 0.75, 0.99, 1].map((quantile) => pauseQuantile(pauses, quantile))).toEqual([1, 2, 3, 4, 5, 5])
  expect(pauseQuantile([], 0.5)).toBeNaN()
})

test('a loop that is held up shows by how much, and one that is not shows nothing of the timer itself', async () => {
  const watch = new ProcessWatch()
  // The histogram itself never reads less than 10 ms; on a busy machine a quiet moment may take a while to come.
  do await delay(50)
  while (!(watch.loopDelay().p50Ns < 8e6))
  const until = performance.now() + 200
  while (performance.now() < until);
  await delay(50)
  expect(watch.loopDelay().maxNs).toBeGreaterThan(150e6)
})

test('collections are counted with their time', async () => {
  const watch = new ProcessWatch()
  let kept: unknown[] = []
  for (let i = 0; i < 2e6; i += 1) {
    kept.push({i})
    if (kept.length > 1e5) kept = []
  }
  await delay(50)
  const count = [...watch.gc.values()].reduce((sum, seen) => sum + seen.count, 0)
  expect(count).toBeGreaterThan(0)
  expect(watch.pauses).toHaveLength(Math.min(count, 256))
})
