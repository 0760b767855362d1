import {createHash} from 'node:crypto'
import {mkdtemp, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {readTrace, type TraceOptions} from './read-trace.ts'
import {columnUnit} from './trace-instant.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'streambus-trace-'))
})
afterAll(() => rm(folder, {recursive: true}))

let files = 0
async function read(text: string, options: TraceOptions = {}) {
  files += 1
  const path = join(folder, `${files}.csv`)
  await writeFile(path, text)
  return readTrace(path, options)
}

test('plain seconds, without a header', async () => {
  const text = '0.5\n0.5\n1.75\n2.000000001\n'
  const trace = await read(text)
  expect([...trace.instantsNs]).toEqual([0, 0, 1.25e9, 1.500000001e9])
  expect(trace).toMatchObject({arrivals: 4, durationNs: 1_500_000_001})
  expect(trace.meanPerSec).toBeCloseTo(4 / 1.5, 6)
  expect(trace.sha256).toBe(createHash('sha256').update(text).digest('hex'))
  expect(trace.instantsNs.buffer).toBeInstanceOf(SharedArrayBuffer)
})

test.each([
  ['at_ns\n1700000000000000001\n1700000000000000004\n', [0, 3]],
  ['size,sentUs\n9,1.5\n9,3\n', [0, 1_500], {column: 'sentUs'}],
  ['# recorded by hand\r\ntime (ms),size\r\n10,1\r\n\r\n12.5,1\r\n', [0, 2.5e6]],
  ['7\n9\n', [0, 2e6], {unit: 'ms'}],
  ['1700000000.123456789\n1700000000.123456999\n', [0, 210]],
  ['2026-11-23T10:00:00.5Z\n2026-11-23T11:00:00.500000002+01:00\n2026-11-23 10:00:02\n', [0, 2, 1.5e9]],
  ['1e-3\n2.5E0\n', [0, 2.499e9]],
  ['-1\n1\n', [0, 2e9]],
] as const)('%j', async (text, expected, options: TraceOptions = {}) => {
  expect([...(await read(text, options)).instantsNs]).toEqual(expected)
})

test.each([
  ['at_ns\n1\n3\n2\n', ':4: 2 is earlier than the time before it'],
  ['1\n2\nnever\n', ':3: "never" is no time'],
  ['a,b\n1,2\n3\n', ':3: "" is no time', {column: 'b'}],
  ['a,b\n1,2\n', ':1: there is no column "c"', {column: 'c'}],
  ['1700000000000000000\n1700000001000000000\n', 'more than 104 days after the first time (unit: s)'],
  ['"1\n2\n', 'Quote Not Closed'],
  ['1\n2e999\n', ':2: "2e999" is no time'],
] as const)('%j is refused: %s', async (text, message, options: TraceOptions = {}) => {
  const error = await read(text, options).catch((reason: unknown) => reason)
  expect(error).toMatchObject({code: 'SB_INPUT_INVALID', message: expect.stringContaining(message)})
})

test.each(['', 'at_ns\n', '# nothing\n'])('%j holds nothing', async (text) => {
  await expect(read(text)).rejects.toMatchObject({code: 'SB_INPUT_EMPTY'})
})

test('a file that is not there', async () => {
  await expect(readTrace(join(folder, 'none.csv'))).rejects.toMatchObject({code: 'SB_INPUT_NOT_FOUND'})
})

test('more lines than one chunk of memory', async () => {
  const trace = await read(Array.from({length: 150_000}, (_, index) => index * 7).join('\n'), {unit: 'us'})
  expect(trace.arrivals).toBe(150_000)
  expect([trace.instantsNs[65_535], trace.instantsNs[65_536], trace.instantsNs[149_999]]).toEqual([
    458_745_000, 458_752_000, 1_049_993_000,
  ])
})

test('a column is only in a unit when its name says so', () => {
  expect(['columns', 'times', 'address', 'status', 'arrival'].map(columnUnit)).toEqual(Array(5).fill(undefined))
  expect(['ns', 'at-us', 'time_s', 'sentMs', 'durationSec', 'µs'].map(columnUnit)).toEqual([
    'ns',
    'us',
    's',
    'ms',
    's',
    'us',
  ])
})
