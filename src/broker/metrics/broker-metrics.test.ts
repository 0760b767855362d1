import {afterEach, beforeEach, expect, test} from 'vitest'
import {encodeFetch, encodeProduce} from '../../protocol/requests.ts'
import type {RunningBroker} from '../broker.ts'
import {startTestServer} from '../server/testing/test-server.ts'
import {WireClient} from '../server/testing/wire-client.ts'
import {EXPOSITION_TYPE} from './exposition.ts'
import {type ParsedFamily, type ParsedSample, parseExposition} from './testing/parse-exposition.ts'

let broker: RunningBroker
let client: WireClient
beforeEach(async () => {
  broker = await startTestServer({httpPort: 0})
  client = await WireClient.connect(broker.port)
})
afterEach(async () => {
  client.close()
  await broker.close()
})

async function scrape(): Promise<Map<string, ParsedFamily>> {
  const response = await fetch(`http://127.0.0.1:${broker.httpPort}/metrics`)
  expect([response.status, response.headers.get('content-type')]).toEqual([200, EXPOSITION_TYPE])
  return parseExposition(await response.text())
}

const samplesOf = (families: Map<string, ParsedFamily>, name: string): ParsedSample[] =>
  families.get(name)?.samples ?? []
const firstOf = (families: Map<string, ParsedFamily>, name: string) => samplesOf(families, name)[0]?.value

test('what clients did is counted: messages, bytes, requests, latency, lag', async () => {
  for (let id = 0; id < 3; id += 1) await client.ask(encodeProduce(id, 'orders', 0, [{value: 'a'}, {value: 'b'}]))
  await client.ask(encodeFetch(9, 'orders', 0, 0, 1)) // one message of one byte
  const families = await scrape()
  expect(firstOf(families, 'streambus_messages_produced_total')).toBe(6)
  expect(firstOf(families, 'streambus_messages_consumed_total')).toBe(1)
  expect(firstOf(families, 'streambus_messages_stored_total')).toBe(6)
  expect(firstOf(families, 'streambus_network_requests_total')).toBe(4)
  expect(firstOf(families, 'streambus_network_bytes_in_total')).toBe(broker.stats().bytesIn)
  expect(firstOf(families, 'streambus_broker_connections')).toBe(1)
  expect(firstOf(families, 'streambus_broker_status')).toBe(2)
  expect(samplesOf(families, 'streambus_consumer_lag_messages')).toMatchObject([
    {labels: {topic: 'orders', partition: '0'}, value: 5},
  ])
  const latency = samplesOf(families, 'streambus_produce_latency_seconds')
  expect(latency.at(-1)).toMatchObject({name: 'streambus_produce_latency_seconds_count', value: 3})
  for (const name of ['streambus_produce_latency_seconds_p99', 'streambus_consume_latency_seconds_p999']) {
    expect(firstOf(families, name), name).toBeGreaterThan(0)
  }
})

test("the guide's five metrics are there, the collector's under both names", async () => {
  const families = await scrape()
  const types = Object.fromEntries([...families].map(([name, {type}]) => [name, type]))
  expect(types).toMatchObject({
    streambus_produce_latency_seconds: 'histogram',
    streambus_produce_latency_seconds_p99: 'gauge',
    streambus_produce_latency_seconds_p999: 'gauge',
    streambus_messages_produced_total: 'counter',
    streambus_storage_used_bytes: 'gauge',
    streambus_network_bytes_in_total: 'counter',
    go_gc_duration_seconds: 'summary',
    nodejs_gc_duration_seconds: 'summary',
  })
  expect(samplesOf(families, 'go_gc_duration_seconds').map(({labels}) => labels.quantile)).toContain('0.99')
})

// The rules of `promtool check metrics` that can be broken here.
test('names follow the conventions: counters end in _total and nothing else does, units are base units', async () => {
  await client.ask(encodeProduce(1, 'orders', 0, [{value: 'a'}]))
  for (const [name, {type, help, samples}] of await scrape()) {
    expect(name.endsWith('_total'), name).toBe(type === 'counter')
    expect(name).toMatch(/^[a-z][a-z0-9_]*$/)
    expect(name).not.toMatch(
      /_(ms|ns|milliseconds|nanoseconds|kilobytes|megabytes|gauge|counter|histogram|summary)(_|$)/,
    )
    expect(help, name).toMatch(/\.$|\.\.$/)
    const reserved = samples.flatMap(({labels}) => Object.keys(labels)).filter((label) => /^(le|quantile)$/.test(label))
    if (reserved.length > 0) expect(['histogram', 'summary'], name).toContain(type)
  }
})

test('a histogram adds up: buckets grow, the last is the count', async () => {
  for (let id = 0; id < 20; id += 1) await client.ask(encodeProduce(id, 't', 0, [{value: 'a'}]))
  const samples = samplesOf(await scrape(), 'streambus_produce_latency_seconds')
  const buckets = samples.filter(({name}) => name.endsWith('_bucket'))
  const bounds = buckets.map(({labels}) => Number(labels.le?.replace('Inf', 'Infinity')))
  expect(bounds).toEqual(bounds.toSorted((a, b) => a - b))
  for (const bound of [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5]) expect(bounds).toContain(bound) // the Go broker's
  const counts = buckets.map(({value}) => value)
  expect(counts).toEqual(counts.toSorted((a, b) => a - b))
  expect(counts.at(-1)).toBe(20)
})
