import {expect, test} from 'vitest'
import {outcomeWith, workloadOf} from '../testing/outcomes.ts'
import {emptyReasons} from './outcome.ts'

const workload = {...workloadOf({model: 'closed', inFlightBatches: 8}), kind: 'backlog'} as const
const catchUp = {messages: 0, bytes: 0, readNs: 10e9, passes: 1}

test('a backlog is about reading: that nothing was acknowledged meanwhile is no fault', () => {
  const read = outcomeWith({ackedInWindow: 0, catchUp: {...catchUp, messages: 1}})
  expect(emptyReasons({workload, outcome: read, cpuCount: 2})).toEqual([])
  const [reason] = emptyReasons({workload, outcome: outcomeWith({ackedInWindow: 0, catchUp}), cpuCount: 2})
  expect(reason!.message).toBe('Not one message of the backlog was read within 10.0 s.')
})
