import {expect, test} from 'vitest'
import {StreambusError} from '../../base/errors.ts'
import {parseRemoteTarget} from './remote-target.ts'

test.each([
  ['streambus://127.0.0.1:9092', '127.0.0.1', 9092, '127.0.0.1:9092'],
  ['streambus://broker-1.example', 'broker-1.example', 9092, 'broker-1.example:9092'],
  ['streambus://[::1]:1234/', '::1', 1234, '[::1]:1234'],
])('%s is an address', (text, host, port, address) => {
  const target = parseRemoteTarget(text)
  expect([target.host, target.port, target.description().address]).toEqual([host, port, address])
})

test.each([
  '',
  'localhost:9092',
  'kafka://h:1',
  'streambus://',
  'streambus://h:70000',
  'streambus://h:0',
  'streambus://h:1/x',
])('"%s" is no target', (text) => {
  expect(() => parseRemoteTarget(text)).toThrow(StreambusError)
})

test('credentials are refused without being repeated', () => {
  try {
    parseRemoteTarget('streambus://user:secret@127.0.0.1:9092')
    expect.unreachable()
  } catch (error) {
    expect(error).toBeInstanceOf(StreambusError)
    expect(String(error)).not.toContain('secret')
    expect(JSON.stringify(error)).not.toContain('secret')
  }
})
