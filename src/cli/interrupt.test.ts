import {EventEmitter} from 'node:events'
import {expect, test} from 'vitest'
import {watchInterruption} from './interrupt.ts'

class FakeProcess extends EventEmitter {
  readonly exits: number[] = []
  exit(code: number): void {
    this.exits.push(code)
  }
}

test('the first Ctrl-C asks to stop, the second ends at once with 130', () => {
  const source = new FakeProcess()
  const notices: string[] = []
  const {signal} = watchInterruption(source, (line) => notices.push(line))
  source.emit('SIGINT', 'SIGINT')
  expect(signal.aborted).toBe(true)
  expect(signal.reason).toMatchObject({code: 'SB_INTERRUPTED', exitCode: 130})
  expect([source.exits, notices.length]).toEqual([[], 1])
  source.emit('SIGINT', 'SIGINT')
  expect([source.exits, notices.length]).toEqual([[130], 1])
})

test('SIGTERM asks to stop too, and nothing listens after disposal', () => {
  const source = new FakeProcess()
  const interruption = watchInterruption(source, () => {})
  source.emit('SIGTERM', 'SIGTERM')
  expect(interruption.signal.aborted).toBe(true)
  interruption.dispose()
  expect(source.eventNames()).toEqual([])
})
