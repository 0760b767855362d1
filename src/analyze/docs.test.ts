import {readdir, readFile} from 'node:fs/promises'
import {expect, test} from 'vitest'
import {rules} from './rules/index.ts'
import {defaultText, thresholdNames, thresholdTable} from './thresholds.ts'

const page = await readFile(new URL('../../docs/findings.md', import.meta.url), 'utf8')

test('docs/findings.md lists each rule and no other', () => {
  const listed = [...page.matchAll(/^\| `([a-z0-9-]+)` \| [^|]+ \| ([^|]+) \|$/gm)].map(
    ([, name, says]) => `${name}: ${says}`,
  )
  const expected = [
    ...rules.map(({id, summary}) => `${id}: ${summary}`),
    ...thresholdNames.map((name) => `${name}: ${thresholdTable[name].meaning}`),
  ]
  expect(listed).toEqual(expected)
})

test('docs/findings.md gives each default as it would be typed', () => {
  for (const name of thresholdNames) expect(page).toContain(`| \`${name}\` | ${defaultText(name)} |`)
})

test('each rule has a file of its own name', async () => {
  const files = await readdir(new URL('./rules/', import.meta.url))
  for (const {id} of rules) expect(files).toContain(`${id}.ts`)
})
