import {expect, test} from 'vitest'
import {closedWith8, openAt10k} from '../load/testing/outcomes.ts'
import type {Workload} from '../model/workload.ts'
import {idleReadingMs} from './idle-machine.ts'

// The workloads warm up for 1 s and measure for 10 s.
test.each<[string, readonly Workload[], number]>([
  ['six open samples', [{...openAt10k, samples: {count: 6, seed: 1}}], 5_000],
  [
    'six closed samples of each of two workloads',
    [closedWith8, closedWith8].map((one) => ({...one, samples: {count: 6, seed: 1}})),
    1_000,
  ],
  ['one open sample of 11 s: an eighth', [openAt10k], 1_375],
  ['nothing', [], 0],
])('the idle machine is looked at before %s', (_, workloads, ms) => {
  expect(idleReadingMs(workloads)).toBe(ms)
})
