import {mkdtemp, rm, truncate, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, expect, test} from 'vitest'
import {fullResults} from '../../test/fixtures/full-results.ts'
import {StreambusError} from '../base/errors.ts'
import {seededRandom} from '../base/random.ts'
import {TEXT_BYTES_MAX} from './read-input.ts'
import {parseResults, readResults} from './read-results.ts'
import {formatResults} from './results-json.ts'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'streambus-read-'))
})

afterEach(async () => {
  await rm(folder, {recursive: true, force: true})
})

const text = formatResults(fullResults)

test('a missing file, a folder, an empty file and a huge one each have their error', async () => {
  await expect(readResults(join(folder, 'none.json'))).rejects.toMatchObject({code: 'SB_INPUT_NOT_FOUND'})
  await expect(readResults(folder)).rejects.toMatchObject({
    code: 'SB_INPUT_INVALID',
    message: expect.stringContaining('is a folder'),
  })
  await writeFile(join(folder, 'empty.json'), ' \n')
  await expect(readResults(join(folder, 'empty.json'))).rejects.toMatchObject({code: 'SB_INPUT_EMPTY'})
  await writeFile(join(folder, 'huge.json'), '{')
  await truncate(join(folder, 'huge.json'), TEXT_BYTES_MAX + 1) // sparse: takes no space
  await expect(readResults(join(folder, 'huge.json'))).rejects.toMatchObject({
    code: 'SB_INPUT_INVALID',
    message: expect.stringContaining('256 MiB'),
  })
})

test('a byte order mark does no harm', async () => {
  await writeFile(join(folder, 'bom.json'), `\uFEFF${text}`)
  expect(await readResults(join(folder, 'bom.json'))).toEqual(fullResults)
})

test('a truncated file says where it ends', async () => {
  const end = text.indexOf('"host"')
  await expect(parseResults(text.slice(0, end), 'a.json')).rejects.toMatchObject({
    code: 'SB_INPUT_INVALID',
    message: expect.stringMatching(
      /^a\.json is not complete JSON: it ends at line \d+, column \d+ \(character \d+ of \d+\)\.$/,
    ),
  })
})

test('a newer schema says which version reads it', async () => {
  const newer = text.replace('streambus.results/1', 'streambus.results/2').replace('"0.1.0"', '"3.2.1"')
  await expect(parseResults(newer, 'a.json')).rejects.toMatchObject({
    code: 'SB_SCHEMA_TOO_NEW',
    message:
      'a.json has schema streambus.results/2, written by streambus 3.2.1; this program reads up to streambus.results/1.',
    hint: 'Read it with streambus 3.2.1 or newer.',
  })
  await expect(parseResults('{"schema": "streambus.results/7"}', 'a.json')).rejects.toMatchObject({
    code: 'SB_SCHEMA_TOO_NEW',
  })
})

test.each([
  ['{"metrics": {}, "root_group": {}}', 'a k6 summary'],
  ['{"nodes": [], "timeDeltas": []}', 'a CPU profile of V8'],
  ['[1, 2]', 'a JSON array'],
  ['7', 'a single JSON value'],
  ['{"schema": "streambus.comparison/1"}', 'a document of schema "streambus.comparison/1"'],
  ['BenchmarkHash-2  970071  131.3 ns/op\n', 'Go benchmark text'],
  ['hello', 'plain text'],
  ['{"a": 1}', 'no `schema` member'],
])('%s is told as %s', async (foreign, name) => {
  await expect(parseResults(foreign, 'a.json')).rejects.toMatchObject({
    code: 'SB_INPUT_INVALID',
    message: expect.stringContaining(name),
  })
})

test('a wrong member is told with its path', async () => {
  const wrong = text.replace('"scheduled": 1000', '"scheduled": -1')
  await expect(parseResults(wrong, 'a.json')).rejects.toMatchObject({
    code: 'SB_INPUT_INVALID',
    message: 'a.json is damaged: benchmarks[0].samples[0].counters.scheduled: must be >= 0.',
  })
})

test.each([1, 2])(
  'random damage is an error with a code, or a document that is still valid (seed %d)',
  async (seed) => {
    const random = seededRandom(seed)
    for (let round = 0; round < 300; round++) {
      const bytes = Buffer.from(text)
      const count = 1 + Math.floor(random() * 5)
      for (let i = 0; i < count; i++) bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256)
      const outcome = await parseResults(bytes.toString('utf8'), 'a.json').catch((error: unknown) => error)
      if (outcome instanceof Error) expect(outcome).toBeInstanceOf(StreambusError)
    }
  },
)
