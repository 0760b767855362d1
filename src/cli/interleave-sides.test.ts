import {expect, test} from 'vitest'
import {argumentsOfSide, mergeSideFlags} from './interleave-sides.ts'

test.each([
  ['base', []],
  ['batch-size=500', ['--batch-size=500']],
  ['--batch-size 500 in-flight=4', ['--batch-size', '500', '--in-flight=4']],
  ['storage.wal.fsync_policy=always', ['--set', 'storage.wal.fsync_policy=always']],
  ['streambus://127.0.0.1:9092', ['--target', 'streambus://127.0.0.1:9092']],
  ['memory', ['--target', 'memory']],
])('"%s" becomes arguments of the command', (text, expected) => {
  expect(argumentsOfSide(text)).toEqual(expected)
})

test('a word that is nothing of these is refused with an example', () => {
  expect(() => argumentsOfSide('faster')).toThrow(/"faster" in "faster" is neither/)
})

test('what a side sets wins, its defaults do not, and settings add up', () => {
  const base = {'batch-size': 100, duration: 5, set: ['a=1']}
  const side = {'batch-size': 500, duration: 2, set: ['b=2']}
  expect(mergeSideFlags(base, side, (name) => name === 'batch-size')).toEqual({
    'batch-size': 500,
    duration: 5,
    set: ['a=1', 'b=2'],
  })
})
