import {expect, test} from 'vitest'
import {isRichTerminal, styleFor} from './terminal.ts'

const write = () => true

test.each([
  [true, {}, true],
  [true, {NO_COLOR: ''}, true], // no-color.org: an empty value says nothing
  [true, {NO_COLOR: '1'}, false],
  [true, {NO_COLOR: '0'}, false], // and any other value says no
  [true, {CI: 'true'}, false],
  [true, {CI: 'false'}, true],
  [true, {TERM: 'dumb'}, false],
  [false, {}, false],
])('a terminal %s with %j is rich: %s', (isTTY, env, rich) => {
  expect(isRichTerminal({isTTY, write}, env)).toBe(rich)
})

test('colour marks meaning on a terminal and nowhere else', () => {
  expect(styleFor({isTTY: true, write}, {}).good('ok')).toBe('\u001b[32mok\u001b[39m')
  expect(styleFor({isTTY: false, write}, {}).good('ok')).toBe('ok')
})
