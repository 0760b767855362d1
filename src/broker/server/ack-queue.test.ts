import {expect, test} from 'vitest'
import {AckQueue} from './ack-queue.ts'

test('answers leave in the order of the requests, whatever order the appends finish in', () => {
  const queue = new AckQueue([], () => {})
  const acks = [1, 2, 3].map((id) => {
    const ack = queue.add()
    ack.idLow = id
    return ack
  })
  acks[2]!.onAppended(undefined, 20, 1)
  expect(queue.firstDone()).toBeUndefined()
  acks[0]!.onAppended(undefined, 0, 5)
  expect(queue.firstDone()).toMatchObject({idLow: 1, baseOffset: 0, count: 5})
  queue.drop()
  expect([queue.firstDone(), queue.length]).toEqual([undefined, 2])
  acks[1]!.onAppended(undefined, 10, 1)
  const order: number[] = []
  for (let ack = queue.firstDone(); ack !== undefined; ack = queue.firstDone()) {
    order.push(ack.idLow)
    queue.drop()
  }
  expect([order, queue.length]).toEqual([[2, 3], 0])
})

test('a long queue that never runs empty keeps its order', () => {
  const queue = new AckQueue([], () => {})
  for (let id = 0; id < 10_000; id += 1) {
    const ack = queue.add()
    ack.idLow = id
    ack.onAppended(undefined, id, 1)
    if (id < 100) continue
    expect(queue.firstDone()?.idLow).toBe(id - 100)
    queue.drop()
  }
  expect(queue.length).toBe(100)
})
