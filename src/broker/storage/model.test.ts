import * as fc from 'fast-check'
import {afterEach, beforeEach, test, vi} from 'vitest'
import {type ModelOptions, ModelRun, type Operation} from './testing/model-run.ts'

// Random operations on the storage and on a naive model, lists of texts. A kill keeps the page cache, so whatever was
// acknowledged must be there after it under every policy; a power cut is among the operations where the policy is `always`.

const topic = fc.integer({min: 0, max: 2})
const partition = fc.integer({min: 0, max: 1})

const append = fc.record({
  kind: fc.constant('append' as const),
  topic,
  partition,
  sizes: fc.array(fc.integer({min: 1, max: 9000}), {minLength: 1, maxLength: 12}),
  acks: fc.constantFrom(undefined, undefined, 'accepted' as const, 'written' as const, 'synced' as const),
  attributes: fc.nat({max: 255}),
})
const read = fc.record({
  kind: fc.constant('read' as const),
  topic,
  partition,
  at: fc.double({min: 0, max: 1, noNaN: true}),
  bytesMax: fc.integer({min: 0, max: 60_000}),
})
const time = fc.record({
  kind: fc.constant('time' as const),
  ms: fc.constantFrom(1, 1000, 60_000, 3_600_000, 86_400_000),
})
const simple = fc.constantFrom<Operation[]>(
  {kind: 'restart'},
  {kind: 'kill'},
  {kind: 'power-cut'},
  {kind: 'clean-up'},
  {kind: 'settle'},
)
const operation: fc.Arbitrary<Operation> = fc.oneof(
  {weight: 8, arbitrary: append},
  {weight: 2, arbitrary: fc.record({kind: fc.constant('create' as const), topic})},
  {weight: 1, arbitrary: fc.record({kind: fc.constant('delete' as const), topic})},
  {weight: 4, arbitrary: read},
  {weight: 1, arbitrary: time},
  {weight: 2, arbitrary: simple},
)

const configurations: readonly (readonly [string, ModelOptions])[] = [
  ['always', {policy: 'always'}],
  ['interval, retention by bytes', {policy: 'interval', retentionBytes: 262_144}],
  ['never, retention by time', {policy: 'never', retentionTimeMs: 7_200_000}],
  [
    'direct I/O and larger segments in every other life',
    {policy: 'always', changesSettings: true, retentionTimeMs: 60_000},
  ],
  ['several memtables to a segment', {policy: 'interval', isLarge: true, retentionBytes: 8_388_608}],
]
/** Of 40 operations and more each, so that the configurations are 10,000 operations together. */
const runs = Number(process.env.STREAMBUS_MODEL_RUNS ?? 50)
const seed = Number(process.env.STREAMBUS_MODEL_SEED ?? 20_261_123)
const timeout = 60_000 + runs * 1000

beforeEach(() => vi.useFakeTimers({toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval']}))
afterEach(() => vi.useRealTimers())

test.each(configurations)('random operations agree with lists: %s', {timeout}, async (_, options) => {
  await fc.assert(
    fc.asyncProperty(fc.array(operation, {minLength: 40, maxLength: 64, size: 'max'}), async (all) => {
      const run = new ModelRun(options)
      await run.open()
      for (const each of all) await run.do(each)
      await run.finish()
    }),
    {numRuns: runs, seed},
  )
})
