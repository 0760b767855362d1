import {expect, test} from 'vitest'
import {nearest, nearestCommands} from './suggest.ts'

const commands = ['analyze', 'bench', 'bench latency', 'bench throughput', 'compare', 'profile', 'profile cpu', 'tune']

test.each([
  [['benhc'], ['bench']],
  [['bench', 'througput'], ['bench throughput']],
  [['bench', 'througput', '10'], ['bench throughput']],
  [['benhc', 'latency'], ['bench latency']],
  [['througput'], ['bench throughput']],
  [['cpu'], ['profile cpu']],
  [['compare!', 'a.json'], ['compare']],
  [['xyzzy'], []],
  [[], []],
])('%j was meant as %j', (words, expected) => {
  expect(nearestCommands(words, commands)).toEqual(expected)
})

test('of several near ones the nearest comes first, three at most', () => {
  expect(nearest('batchsize', ['batch-size', 'batch-sizes', 'message-size'])).toEqual(['batch-size', 'batch-sizes'])
  expect(nearest('siz', ['size', 'sizes', 'sized', 'sizer'])).toEqual(['size', 'sized', 'sizer'])
})

test('one letter suggests nothing that merely starts with it', () => {
  expect(nearest('b', ['bench', 'broker'])).toEqual([])
})
