import {expect, test} from 'vitest'
import {parseUrl, quoted} from './http-get.ts'

test('host and port alone are taken for http', () => {
  expect(parseUrl('127.0.0.1:6060', '--pprof', ['http:', 'https:']).href).toBe('http://127.0.0.1:6060/')
  expect(parseUrl('[::1]:6060', '--pprof', ['http:']).host).toBe('[::1]:6060')
})

test.each(['ftp://x', 'http://', '', 'file:///etc/passwd', 'ws://127.0.0.1:9229'])('%j is refused', (text) => {
  expect(() => parseUrl(text, '--pprof', ['http:'])).toThrow(expect.objectContaining({code: 'SB_USAGE'}))
})

test('text of another program becomes one short printable line', () => {
  expect(quoted('a\u001b[31m\r\nb\u0000')).toBe('a [31m b')
  expect(quoted('x'.repeat(500))).toHaveLength(203)
})
