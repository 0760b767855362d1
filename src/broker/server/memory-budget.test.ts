import {expect, test} from 'vitest'
import {MemoryBudget} from './memory-budget.ts'

function holder() {
  return {
    wakings: 0,
    onRoom() {
      this.wakings += 1
    },
  }
}

test('over the limit one connection at a time may take more, the others when there is room again', () => {
  const budget = new MemoryBudget(100)
  const [first, second, third] = [holder(), holder(), holder()]
  budget.change(first, 60, false)
  expect(budget.mayTake(first)).toBe(true)
  budget.change(second, 60, false)
  expect([budget.mayTake(second), budget.mayTake(first), budget.mayTake(third)]).toEqual([true, false, false])
  budget.change(second, 5, false) // the exempt one reads on
  expect(budget.mayTake(second)).toBe(true)
  budget.change(second, -65, true)
  expect([first.wakings, third.wakings, budget.heldBytes]).toEqual([1, 1, 60])
})

test('when the one that may take more goes away, another one may', () => {
  const budget = new MemoryBudget(100)
  const [first, second] = [holder(), holder()]
  budget.change(first, 200, false)
  budget.change(second, 200, false)
  expect([budget.mayTake(first), budget.mayTake(second)]).toEqual([true, false])
  budget.leave(first, 200)
  expect([second.wakings, budget.heldBytes]).toEqual([1, 200])
})
