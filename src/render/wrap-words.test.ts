import {expect, test} from 'vitest'
import {wrapWords} from './wrap-words.ts'

test('a long line is broken between words, an indented one keeps its indent', () => {
  const words = Array.from({length: 30}, () => 'words').join(' ')
  for (const line of wrapWords(words)) expect(line.length).toBeLessThanOrEqual(100)
  expect(wrapWords(words).join(' ')).toBe(words)
  expect(wrapWords('      ^ here')).toEqual(['      ^ here'])
  expect(wrapWords(`  ${words}`).every((line) => /^ {2}\S/.test(line) && line.length <= 100)).toBe(true)
  expect(wrapWords('')).toEqual([''])
})
