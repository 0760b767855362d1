import {readdirSync, readFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {climbOf} from '../../src/app/climb.ts'
import {loadWorkload} from '../../src/app/workloads.ts'
import {parseObjective} from '../../src/load/objectives.ts'
import {workloadPhrase} from '../../src/render/workload-phrase.ts'
import {type Field, type Shape, workloadFields} from '../../src/store/workload-fields.ts'
import {parseWorkloadFile} from '../../src/store/workload-file.ts'

const root = join(import.meta.dirname, '..', '..')
const pagePath = join(root, 'docs', 'workloads.md')
const folder = join(root, 'profiles', 'workloads')

/** The guide's six first, in its order. */
const guide = ['throughput', 'latency', 'mixed', 'stress', 'sustained', 'burst']

function scenarioTable(): string {
  const names = readdirSync(folder).map((name) => name.replace('.yaml', ''))
  const ordered = [...guide, ...names.filter((name) => !guide.includes(name)).sort()]
  const rows = ordered.map((name) => {
    const path = join(folder, `${name}.yaml`)
    const {spec, question} = parseWorkloadFile(readFileSync(path, 'utf8'), path)
    const workload = loadWorkload(spec, {})
    return `| \`${name}\` | ${question} | ${workloadPhrase(workload)}; ${workload.phases.measureNs / 1e9} s |`
  })
  return ['| Scenario | Question | What it sends |', '|---|---|---|', ...rows].join('\n')
}

function keyTable(): string {
  return ['| Key | Means |', '|---|---|', ...rowsOf(workloadFields, '')].join('\n')
}

function rowsOf(fields: readonly Field[], prefix: string): string[] {
  return fields.flatMap((field) => {
    const nested = nestedOf(field.shape)
    const words = Object.keys(field.spellings).map((word) => `\`${prefix}${word}\``)
    const [first = ''] = Object.keys(field.spellings)
    const below = nested === undefined ? [] : rowsOf(nested.fields, `${prefix}${first}${nested.isList ? '[].' : '.'}`)
    return [`| ${words.join(', ')} | ${field.says}${choicesOf(field.shape)} |`, ...below]
  })
}

function nestedOf(shape: Shape): {fields: readonly Field[]; isList: boolean} | undefined {
  if (shape.kind === 'mapping') return {fields: shape.fields, isList: false}
  if (shape.kind === 'either') return nestedOf(shape.nested)
  if (shape.kind !== 'list') return undefined
  const nested = nestedOf(shape.of)
  return nested === undefined ? undefined : {...nested, isList: true}
}

function choicesOf(shape: Shape): string {
  return shape.kind === 'choice' ? `: ${shape.values.join(', ')}` : ''
}

function withSection(page: string, label: string, content: string): string {
  const [before = '', rest = ''] = page.split(`<!-- ${label} -->`)
  const after = rest.split(`<!-- /${label} -->`)[1] ?? ''
  return `${before}<!-- ${label} -->\n${content}\n<!-- /${label} -->${after}`
}

// `npx vitest run test/docs -u` writes both tables.
test('the page lists every key of a file and every scenario as they are', async () => {
  const page = withSection(readFileSync(pagePath, 'utf8'), 'keys', keyTable())
  await expect(withSection(page, 'scenarios', scenarioTable())).toMatchFileSnapshot(pagePath)
})

test('the file on the page is a workload', () => {
  const yaml = /```yaml\n([\s\S]*?)```/.exec(readFileSync(pagePath, 'utf8'))?.[1] ?? ''
  const {spec, question, objectiveTexts} = parseWorkloadFile(yaml, 'steady.yaml')
  expect(question).toMatch(/^does the broker keep p99 .*\?$/)
  expect(objectiveTexts).toEqual(['responseTime.p99<20ms'])
  expect(loadWorkload(spec, {}).arrival).toEqual({model: 'open', process: 'poisson', ratePerSec: 50_000})
})

// Table 4.3 of the guide's load test, typed by hand: producers, consumers, bytes, rate, batch, seconds.
test.each([
  ['throughput', 10, 5, 1024, 100_000, 1000, 60],
  ['latency', 5, 5, 100, 10_000, 10, 60],
  ['mixed', 20, 20, 512, 50_000, 100, 60],
  ['stress', 50, 50, 1024, 200_000, 500, 600],
  ['sustained', 5, 5, 1024, 10_000, 100, 3600],
  ['burst', 20, 10, 2048, 50_000, 200, 300],
  ['large', 5, 5, 102_400, 1000, 10, 300],
  ['tiny', 20, 10, 50, 500_000, 5000, 120],
])('%s has the numbers of the guide', (name, producers, consumers, sizeBytes, ratePerSec, batchMessages, seconds) => {
  const path = join(folder, `${name}.yaml`)
  const workload = loadWorkload(parseWorkloadFile(readFileSync(path, 'utf8'), path).spec, {})
  expect(workload).toMatchObject({
    name,
    arrival: {model: 'open', ratePerSec},
    message: {sizeBytes, batchMessages},
    topology: {producers, consumers},
    phases: {measureNs: seconds * 1e9},
    samples: {count: 1},
  })
})

test('stress climbs to the 200 K msg/s of the guide, in its ten minutes, unless told how to send', () => {
  const path = join(folder, 'stress.yaml')
  const {spec, objectiveTexts} = parseWorkloadFile(readFileSync(path, 'utf8'), path)
  const workload = loadWorkload({...spec, objectives: objectiveTexts.map(parseObjective)}, {})
  expect(climbOf(workload, false)).toMatchObject({
    minPerSec: 10_000, // 500 messages in 50 ms
    maxPerSec: 200_000,
    timeNsMax: 600e9,
    goals: [{text: 'responseTime.p99<=100ms'}, {text: 'errors<=0.1%'}],
  })
  expect(climbOf(workload, true)).toBeUndefined()
  expect(climbOf({...workload, name: 'mixed'}, false)).toBeUndefined()
})

test('a flag wins over the scenario, and a burst stays a burst', () => {
  const path = join(folder, 'burst.yaml')
  const {spec} = parseWorkloadFile(readFileSync(path, 'utf8'), path)
  expect(loadWorkload(spec, {producers: 2, targetRatePerSec: 10_000, durationNs: 8e9})).toMatchObject({
    topology: {producers: 2, consumers: 10},
    arrival: {process: 'burst', ratePerSec: 10_000, onPerSec: 40_000, offPerSec: 0},
    phases: {measureNs: 8e9},
  })
})
