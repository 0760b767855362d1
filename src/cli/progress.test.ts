import {expect, test} from 'vitest'
import {createProgress} from './progress.ts'

function screen(isTTY: boolean, columns = 80) {
  const parts: string[] = []
  return {parts, isTTY, columns, write: (text: string) => parts.push(text)}
}

test('a terminal shows the newest line in place, and warnings stay above it', () => {
  const stream = screen(true, 10)
  const progress = createProgress(stream, {}, () => 0)
  progress.show('sample 1')
  progress.show('sample 2 of many')
  progress.keep('Warning: x')
  progress.clear()
  expect(stream.parts).toEqual(['\r\u001b[2Ksample 1', '\r\u001b[2Ksample 2 ', '\r\u001b[2K', 'Warning: x\n'])
})

test('elsewhere one plain line in 10 s, and every line that must stay', () => {
  const stream = screen(false)
  let nowMs = 500
  const progress = createProgress(stream, {}, () => nowMs)
  progress.show('start')
  nowMs = 10_499
  progress.show('dropped')
  progress.keep('Warning: x')
  nowMs = 10_500
  progress.show('ten seconds on')
  progress.clear()
  expect(stream.parts).toEqual(['start\n', 'Warning: x\n', 'ten seconds on\n'])
})

test.each([{CI: 'true'}, {NO_COLOR: '1'}, {TERM: 'dumb'}])('with %j a terminal is not written over', (env) => {
  const stream = screen(true)
  createProgress(stream, env, () => 0).show('start')
  expect(stream.parts).toEqual(['start\n'])
})
