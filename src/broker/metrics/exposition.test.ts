import {expect, test} from 'vitest'
import {counter, expositionOf, gauge, labelled} from './exposition.ts'
import {parseExposition} from './testing/parse-exposition.ts'

test('families are written as the description of the format writes them', () => {
  const text = expositionOf([
    counter('http_requests_total', 'The total number of HTTP requests.', 1027),
    labelled('gauge', 'msdos_file_access_time_seconds', 'A \\ and a\nnewline.', 'path', [
      ['C:\\DIR\\"F"\n', 1.458255915e9],
    ]),
    gauge('something_weird', 'Odd values.', Number.POSITIVE_INFINITY),
    labelled('gauge', 'nothing', 'No sample, no family.', 'x', []),
  ])
  expect(text).toBe(`# HELP http_requests_total The total number of HTTP requests.
# TYPE http_requests_total counter
http_requests_total 1027
# HELP msdos_file_access_time_seconds A \\\\ and a\\nnewline.
# TYPE msdos_file_access_time_seconds gauge
msdos_file_access_time_seconds{path="C:\\\\DIR\\\\\\"F\\"\\n"} 1458255915
# HELP something_weird Odd values.
# TYPE something_weird gauge
something_weird +Inf
`)
})

test('what is written is read back', () => {
  const odd = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e21, 1e-9, -0.5]
  const values = odd.map((value, at) => [`a"\\\n${at}`, value] as const)
  const families = parseExposition(expositionOf([labelled('gauge', 'odd', '\\n', 'label', values)]))
  expect(families.get('odd')?.samples.map(({labels, value}) => [labels.label, value])).toEqual(values)
})

test.each([
  ['a 1\n', 'outside its family'],
  ['# HELP a x\n# TYPE a gauge\na 1', 'newline'],
  ['# HELP a x\n# TYPE a gauge\na 1\na 2\n', 'twice'],
  ['# HELP a x\n# TYPE a gauge\nb 2\n', 'outside its family'],
  ['# HELP a x\n# TYPE a gauge\na 0x1\n', 'a bad value'],
  ['# HELP a x\n# TYPE a gauge\na{b="c} 1\n', 'a bad label'],
  ['# HELP a x\n# TYPE a histogram\na 1\n', 'outside its family'],
  ['# TYPE a gauge\na 1\n', 'without its HELP'],
])('the parser of these tests refuses %j', (text, reason) => {
  expect(() => parseExposition(text)).toThrow(reason)
})
