import {expect, test} from 'vitest'
import {resolveSettings} from './load.ts'
import {settingDefinitions} from './schema.ts'
import {toYaml} from './write.ts'

test('keys are nested in the order of the schema, each with its comments above', () => {
  const yaml = toYaml(
    [
      {key: 'server.read_buffer_size', value: 65536, comments: ['msgs/s +4.0 %']},
      {key: 'storage.wal.fsync_interval', value: 1000},
      {key: 'storage.wal.segment_size', value: 1073741824, comments: ['first', 'second']},
      {key: 'storage.data_dir', value: 'no'},
    ],
    ['head', '', 'more'],
  )
  expect(yaml).toBe(`# head
#
# more
storage:
  data_dir: "no"
  wal:
    # first
    # second
    segment_size: 1073741824 # 1GiB
    fsync_interval: "1s"
server:
  # msgs/s +4.0 %
  read_buffer_size: 65536 # 64KiB
`)
})

test('a file of every default reads as the defaults', () => {
  const text = toYaml(settingDefinitions.map(({key, default: value}) => ({key, value})))
  const values = resolveSettings({file: {path: 'all', text}}).entries.map(({value}) => value)
  expect(values).toEqual(settingDefinitions.map((definition) => definition.default))
})
