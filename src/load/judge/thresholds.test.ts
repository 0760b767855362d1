import {readFile} from 'node:fs/promises'
import {expect, test} from 'vitest'
import {judgeThresholds} from './thresholds.ts'

function textOf(name: string, value: number): string {
  if (name === 'otherShareMin') return `${value} cores`
  return name.includes('Ns') ? `${value / 1e6} ms` : `${value * 100} %`
}

test('the page for users prints these thresholds, all of them and no other', async () => {
  const page = await readFile(new URL('../../../docs/validity.md', import.meta.url), 'utf8')
  const section = page.slice(page.indexOf('## Thresholds'), page.indexOf('## The evidence'))
  const printed = [...section.matchAll(/^\| `(\w+)` \| ([^|]+) \|/gm)].map(([, name, text]) => [name, text])
  expect(printed).toEqual(Object.entries(judgeThresholds).map(([name, value]) => [name, textOf(name, value)]))
})
