import fc from 'fast-check'
import {expect, test} from 'vitest'
import {Fifo} from './fifo.ts'

test('gives back what went in, in order, however pushes and shifts alternate', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({min: -3000, max: 3000}), {maxLength: 20}), (steps) => {
      const fifo = new Fifo<number>()
      const plain: number[] = []
      let next = 0
      for (const step of steps) {
        for (let i = 0; i < step; i += 1) {
          fifo.push(next)
          plain.push(next)
          next += 1
        }
        for (let i = 0; i > step; i -= 1) expect(fifo.shift()).toBe(plain.shift())
        expect([fifo.length, fifo.peek(), fifo.at(1)]).toEqual([plain.length, plain[0], plain[1]])
      }
      expect(fifo.drain()).toEqual(plain)
    }),
  )
})
