import {readdirSync, readFileSync} from 'node:fs'
import {join} from 'node:path'
import {Ajv2020} from 'ajv/dist/2020.js'
import {expect, test} from 'vitest'
import {parse} from 'yaml'
import type {Backlog, SamplePlan, Topology} from '../model/workload.ts'
import {parseWorkloadFile} from './workload-file.ts'
import {workloadSchema} from './workload-schema.ts'

const folder = join(import.meta.dirname, '..', '..', 'profiles', 'workloads')
const names = readdirSync(folder).filter((name) => name.endsWith('.yaml'))

const steady = `# Question: does a 5 ms linger keep p99 response time
# under 20 ms at a steady 50 k/s?
schema: streambus.workload/1
name: steady-50k-1kib
arrival: {model: open, process: poisson, ratePerSec: 50000}
message: {sizeBytes: 1024, compressibility: 0.5, keys: {distribution: zipf, exponent: 0.99}}
topology: {topics: 1, partitions: 12, producers: 4, consumers: 4}
phases: {warmUpSec: 30, measureSec: 120, drainSecMax: 30}
samples: {count: 10, seed: 7}
objectives: [{metric: responseTime.p99Ns, max: 20000000}, {metric: counters.lost, max: 0}]
`

test('numbers under names with units and quantities under short names are the same workload', () => {
  const human = `# Question: does a 5 ms linger keep p99 response time under 20 ms at a steady 50 k/s?
schema: streambus.workload/1
name: steady-50k-1kib
arrival: {process: poisson, rate: 50k/s}
message: {size: 1KiB, compressibility: 0.5, keys: zipf:1000}
topology: {topics: 1, partitions: 12, producers: 4, consumers: 4}
phases: {warmUp: 30s, measure: 2m, drainMax: 30s}
samples: {count: 10, seed: 7}
objectives: [{metric: responseTime.p99Ns, max: 20ms}, {metric: counters.lost, max: 0}]
`
  const file = parseWorkloadFile(steady, 'steady.yaml')
  expect(parseWorkloadFile(human, 'steady.yaml')).toEqual(file)
  expect(file.question).toBe('does a 5 ms linger keep p99 response time under 20 ms at a steady 50 k/s?')
  expect(file.spec).toMatchObject({
    name: 'steady-50k-1kib',
    arrival: {process: {process: 'poisson'}, ratePerSec: 50_000},
    message: {
      size: {distribution: 'fixed', sizeBytes: 1024},
      payload: {source: 'random', compressibility: 0.5},
      keys: {distribution: 'zipf', count: 1000, exponent: 0.99, keyBytes: 16},
    },
    phases: {warmUpNs: 30e9, measureNs: 120e9, drainNsMax: 30e9},
    objectives: [
      {metric: 'responseTime.p99Ns', max: 20_000_000},
      {metric: 'counters.lost', max: 0},
    ],
  })
})

test('arrivals may be one text, as the flag; paths are beside the file, which also names the workload', () => {
  const text =
    'schema: streambus.workload/1\narrival: trace:day.csv x2\nmessage: {payloadFile: /tmp/p}\nphases: {warmUp: auto}\n'
  const {spec} = parseWorkloadFile(text, 'mine/shop.yaml')
  expect(spec).toMatchObject({
    name: 'shop',
    arrival: {process: {process: 'trace', path: 'mine/day.csv', speed: 2}},
    message: {payload: {source: 'file', path: '/tmp/p'}},
    phases: {warmUp: 'found', warmUpNs: 60e9},
  })
})

function problemsOf(body: string): string {
  try {
    parseWorkloadFile(`schema: streambus.workload/1\n${body}`, 'w.yaml')
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
  return 'accepted'
}

test.each([
  ['arival: poisson', 'w.yaml:2:1: arival is not a key here (did you mean "arrival"?)'],
  ['topology: {producer: 3}', 'w.yaml:2:12: topology.producer is not a key here (did you mean "producers"?)'],
  ['arrival: possion:5', 'w.yaml:2:10: arrival: "possion:5" is not an arrival process (did you mean "poisson"?)'],
  ['message: {size: 10 KB}\nphases: {measure: 10}', 'w.yaml:3:19: phases.measure: "10" is not a duration'],
  ['phases:\n  measureSec: x', 'w.yaml:3:15: phases.measureSec: "x" is not a duration'],
  ['phases: {measureSec: 1, measure: 1s}', 'w.yaml:2:25: phases.measure says measureNs a second time'],
  ['arrival: {process: burst, onPerSec: 5}', 'w.yaml:2:10: arrival is burst and needs offPerSec, onNs, offNs'],
  [
    'arrival: {process: poisson, rate: 5, period: 1s}',
    'w.yaml:2:10: arrival is poisson, for which periodNs means nothing',
  ],
  ['arrival: {process: sine, rate: 5, amplitude: 6, period: 1s}', 'w.yaml:2:10: arrival.amplitudePerSec is more than'],
  ['arrival: {process: brust}', 'w.yaml:2:20: arrival.process: "brust" is not one of'],
  ['message: {compressibility: 2}', 'w.yaml:2:28: message.compressibility is 2'],
  ['message: {keys: {count: 3}}', 'w.yaml:2:17: message.keys.distribution is missing'],
  ['topology: 3', 'w.yaml:2:11: topology is a section'],
  ['topology: {producers: [1]}', 'w.yaml:2:23: topology.producers must be one value'],
  ['topology: {producers: }', 'w.yaml:2:12: topology.producers has no value'],
  ['topology: {producers: 0}', 'w.yaml:2:23: topology.producers: "0" is too small'],
  ['name: a b', 'w.yaml:2:7: the name "a b" may hold'],
  ['schema: streambus.workload/1', 'w.yaml:2:1: is not YAML: Map keys must be unique'],
  ['topology: {producers: 1', 'w.yaml:'],
])('%j is refused at its line and column', (body, message) => {
  expect(problemsOf(body)).toContain(message)
})

test('every problem is told at once, and a version that is missing or newer is one', () => {
  expect(problemsOf('kind: x\nfoo: 1')).toMatch(/^w.yaml has 2 problems:\n {2}w.yaml:2:7: .*\n {2}w.yaml:3:1: /)
  expect(() => parseWorkloadFile('name: a', 'w.yaml')).toThrow(/w.yaml:1:1: schema is missing/)
  expect(() => parseWorkloadFile('schema: streambus.workload/2', 'w.yaml')).toThrow(/not one of streambus.workload\/1/)
  expect(() => parseWorkloadFile('- 1', 'w.yaml')).toThrow(/a workload is a mapping/)
})

test('the published schema is that of the reader', async () => {
  await expect(`${JSON.stringify(workloadSchema(), null, 2)}\n`).toMatchFileSnapshot('../../docs/workload.schema.json')
})

test('the published schema takes what the reader takes', () => {
  const validate = new Ajv2020({allowUnionTypes: true}).compile(workloadSchema())
  expect(validate(parse(steady)), JSON.stringify(validate.errors)).toBe(true)
  expect(validate({...parse(steady), arival: 1})).toBe(false)
  expect(validate({schema: 'streambus.workload/1', phases: {measure: 10}})).toBe(false)
})

test.each(names)('the built-in workload %s says its question and fits the schema', (name) => {
  const text = readFileSync(join(folder, name), 'utf8')
  const file = parseWorkloadFile(text, join(folder, name))
  expect(file.question).toMatch(/\?$/)
  expect(file.spec.name).toBe(name.replace('.yaml', ''))
  const validate = new Ajv2020({allowUnionTypes: true}).compile(workloadSchema())
  expect(validate(parse(text)), JSON.stringify(validate.errors)).toBe(true)
})

/** Fails to compile when the model gains a field that no file can say. */
const sayable = {
  topology: {topics: 3, partitions: 4, producers: 5, consumers: 6, groups: 2} satisfies Required<Topology>,
  backlog: {messages: 7, producers: 'running', passes: 'repeated'} satisfies Required<Backlog>,
  samples: {count: 2, seed: 9} satisfies Required<Omit<SamplePlan, 'broker'>>,
}

test('a file may say every field of topology, backlog and samples', () => {
  const {spec} = parseWorkloadFile(
    JSON.stringify({schema: 'streambus.workload/1', kind: 'backlog', ...sayable}),
    'w.yaml',
  )
  expect(spec).toMatchObject(sayable)
})
