import {mkdtemp, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {openBenchTarget, targetChoiceOf} from './bench-target.ts'
import type {Context} from './context.ts'

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

test("a Go broker's name of such a key is refused too", () => {
  expect(() => targetChoiceOf('memory', set('storage.wal.fsync', 'always'))).toThrow(
    'storage.wal.fsync is a key of the broker',
  )
})

test('keys of the broker in the file or the environment are not in force elsewhere, and that is said', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'streambus-target-'))
  const configFile = join(folder, 'both.yaml')
  await writeFile(configFile, 'storage: {wal: {fsync_policy: always}}\nproducer: {batch_size: 7}\n')
  const environment = {
    STREAMBUS_SERVER_PORT: '1',
    STREAMBUS_SERVER_READ_BUFFER_SIZE: '8KiB',
    STREAMBUS_CONSUMER_FETCH_MIN_BYTES: '1',
  }
  const warnings: string[] = []
  const context = {warn: (line: string) => warnings.push(line)} as Partial<Context> as Context
  for (const target of ['streambus://127.0.0.1:9092', 'memory']) {
    const choice = targetChoiceOf(target, {configFile, environment, settings: [], keepData: false})
    await openBenchTarget(choice, context)
    const isNot = `for a broker: ${target} is not started by this command, so that is not in force there.`
    expect(warnings.splice(0)).toEqual([
      `${configFile} sets storage.wal.fsync_policy, ${isNot}`,
      `The environment sets STREAMBUS_SERVER_PORT, STREAMBUS_SERVER_READ_BUFFER_SIZE, ${isNot}`,
    ])
  }
  await openBenchTarget(targetChoiceOf('memory', {environment: {}, settings: [], keepData: false}), context)
  expect(warnings).toEqual([])
  await rm(folder, {recursive: true, force: true})
})
