import {expect, test} from 'vitest'
import {resolveSettings} from '../settings/load.ts'
import {type Knob, knobsOf} from './knobs.ts'

const settings = (text: string) => resolveSettings({file: {path: 'x.yaml', text}})
const defaults = resolveSettings({})
const brief = ({definition, testedBy, durability, reason}: Knob) => [definition.key, testedBy, durability, reason]

test('only keys that differ are knobs; each says who turns it', () => {
  const profile = settings(`
storage: {wal: {segment_size: 1GiB, fsync_interval: 500ms}, memtable: {max_size: 128MiB}, data_dir: /elsewhere}
server: {read_buffer_size: 64KiB}
producer: {batch_size: 1000, compression: lz4}`)
  expect(knobsOf(defaults, profile).map(brief)).toEqual([
    ['storage.data_dir', 'nobody', 'none', 'decided for each trial'],
    ['storage.wal.segment_size', 'broker', 'none', undefined],
    ['storage.memtable.max_size', 'broker', 'none', undefined],
    ['server.read_buffer_size', 'broker', 'none', undefined],
    ['producer.batch_size', 'client', 'none', undefined],
    ['producer.compression', 'client', 'none', undefined],
  ])
})

test('a key that the user holds is not tested', () => {
  const knobs = knobsOf(
    defaults,
    settings('producer: {batch_size: 10}'),
    new Map([['producer.batch_size', 'held by --batch-size']]),
  )
  expect(knobs.map(brief)).toEqual([['producer.batch_size', 'nobody', 'none', 'held by --batch-size']])
})

test.each([
  ['storage.wal.fsync_policy: always', 'stronger'],
  ['storage.wal.fsync_policy: never', 'weaker'],
  ['storage.wal.fsync_interval: 1s', 'weaker'],
  ['storage.wal.fsync_interval: 100ms', 'stronger'],
  ['server.idle_timeout: 1s', 'none'],
])('%s is durability %s', (text, durability) => {
  expect(knobsOf(defaults, settings(text)).map((knob) => knob.durability)).toEqual([durability])
})

test('an interval means nothing where the policy is another', () => {
  const knobs = knobsOf(
    settings('storage.wal.fsync_policy: always'),
    settings('storage.wal: {fsync_policy: always, fsync_interval: 1s}'),
  )
  expect(knobs.map(brief)).toEqual([
    ['storage.wal.fsync_interval', 'nobody', 'none', 'unused with fsync_policy always'],
  ])
})
