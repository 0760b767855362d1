import {expect, test} from 'vitest'
import {configurationReport, configurationYaml} from './describe.ts'
import {resolveSettings} from './load.ts'
import {settingDefinitions} from './schema.ts'

const resolved = resolveSettings({
  file: {path: 'b.yaml', text: 'storage:\n  wal: {fsync: never, segment_size: 16MiB}\n'},
  environment: {STREAMBUS_SERVER_PORT: '1'},
  flags: [{key: 'server.host', flag: '--host', value: 'localhost'}],
})

test('every key is reported with its value as a file writes it and who set it', () => {
  const {entries} = configurationReport(resolved)
  expect(entries).toHaveLength(settingDefinitions.length)
  const of = (key: string) => entries.find((entry) => entry.key === key)
  expect(of('storage.wal.fsync_policy')).toEqual({
    key: 'storage.wal.fsync_policy',
    value: 'never',
    source: 'file',
    where: 'b.yaml:2',
    spelled: 'storage.wal.fsync',
  })
  expect(of('server.port')).toMatchObject({value: 1, source: 'environment', where: 'STREAMBUS_SERVER_PORT'})
  expect(of('server.host')).toMatchObject({value: 'localhost', source: 'flag', where: '--host'})
  expect(of('server.idle_timeout')).toEqual({key: 'server.idle_timeout', value: '5m', source: 'default'})
})

test('the file of all of them reads as the same values', () => {
  const text = configurationYaml(resolved)
  expect(text).toContain('segment_size: 16777216 # 16MiB, b.yaml:2\n')
  const again = resolveSettings({file: {path: 'again', text}})
  expect(again.entries.map(({value}) => value)).toEqual(resolved.entries.map(({value}) => value))
})
