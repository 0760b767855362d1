import {expect, test} from 'vitest'
import {targetChoiceOf} from './bench-target.ts'

const set = (key: string, value: string) => ({
  keepData: false,
  environment: {},
  settings: [{key, flag: `--set ${key}`, value}],
})

test('a broker that runs elsewhere cannot be given its keys: no figure for a setting that was never in force', () => {
  expect(() => targetChoiceOf('streambus://127.0.0.1:9092', set('storage.wal.fsync_policy', 'always'))).toThrow(
    expect.objectContaining({
      code: 'SB_USAGE',
      message:
        'storage.wal.fsync_policy is a key of the broker, and streambus://127.0.0.1:9092 is not started by this command.',
    }),
  )
  expect(() => targetChoiceOf('memory', set('server.read_buffer_size', '8KiB'))).toThrow('is a key of the broker')
})

test('the keys of the client go with any target, and the broker takes its own', () => {
  const remote = targetChoiceOf('streambus://127.0.0.1:9092', set('producer.compression', 'lz4'))
  expect(remote).toMatchObject({kind: 'streambus', host: '127.0.0.1', port: 9092})
  expect(targetChoiceOf('embedded', set('storage.wal.fsync_policy', 'always'))).toMatchObject({kind: 'embedded'})
})
