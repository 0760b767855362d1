import {expect, test} from 'vitest'
import {InboundBudget} from './inbound-budget.ts'

function holder() {
  return {
    wakings: 0,
    onRoom() {
      this.wakings += 1
    },
  }
}

test('over the limit one connection at a time may read on, the others when there is room again', () => {
  const budget = new InboundBudget(100)
  const [first, second, third] = [holder(), holder(), holder()]
  budget.change(first, 60, false)
  expect(budget.mayRead(first)).toBe(true)
  budget.change(second, 60, false)
  expect([budget.mayRead(second), budget.mayRead(first), budget.mayRead(third)]).toEqual([true, false, false])
  budget.change(second, 5, false) // the exempt one reads on
  expect(budget.mayRead(second)).toBe(true)
  budget.change(second, -65, true)
  expect([first.wakings, third.wakings, budget.heldBytes]).toEqual([1, 1, 60])
})

test('when the one that may read on goes away, another one may', () => {
  const budget = new InboundBudget(100)
  const [first, second] = [holder(), holder()]
  budget.change(first, 200, false)
  budget.change(second, 200, false)
  expect([budget.mayRead(first), budget.mayRead(second)]).toEqual([true, false])
  budget.leave(first, 200)
  expect([second.wakings, budget.heldBytes]).toEqual([1, 200])
})
