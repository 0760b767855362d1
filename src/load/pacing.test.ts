import {expect, test} from 'vitest'
import {nextWakeUp} from './pacing.ts'

test('sleep ends 2 ms before the deadline; nearer than 3 ms the loop turns', () => {
  expect(nextWakeUp(0, 10e6)).toEqual({kind: 'sleep', ms: 8})
  expect(nextWakeUp(0, 3e6)).toEqual({kind: 'sleep', ms: 1})
  expect(nextWakeUp(0, 2_999_999)).toEqual({kind: 'turn'})
  expect(nextWakeUp(5e6, 1e6)).toEqual({kind: 'turn'})
})

test('through a long gap it sleeps 10 ms at a time', () => {
  expect(nextWakeUp(0, 60e9)).toEqual({kind: 'sleep', ms: 10})
  expect(nextWakeUp(0, Number.POSITIVE_INFINITY)).toEqual({kind: 'sleep', ms: 10})
})
