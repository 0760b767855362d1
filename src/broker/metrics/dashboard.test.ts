import {readFile} from 'node:fs/promises'
import {expect, test} from 'vitest'
import {encodeFetch, encodeProduce} from '../../protocol/requests.ts'
import {startTestServer} from '../server/testing/test-server.ts'
import {WireClient} from '../server/testing/wire-client.ts'
import {parseExposition} from './testing/parse-exposition.ts'

interface Panel {
  readonly id: number
  readonly type: string
  readonly title: string
  readonly datasource?: {readonly uid: string}
  readonly gridPos: {readonly x: number; readonly y: number; readonly w: number; readonly h: number}
  readonly targets?: readonly {readonly expr: string; readonly datasource: {readonly uid: string}}[]
}

const path = new URL('../../../profiles/dashboards/streambus.json', import.meta.url)
const dashboard = JSON.parse(await readFile(path, 'utf8')) as {
  readonly schemaVersion: number
  readonly templating: {readonly list: readonly {readonly name: string; readonly type: string}[]}
  readonly panels: readonly Panel[]
}
const charts = dashboard.panels.filter(({type}) => type !== 'row')
const expressions = charts.flatMap(({targets = []}) => targets.map(({expr}) => expr))

test('every metric that the dashboard draws is one that a broker exposes', async () => {
  const broker = await startTestServer({httpPort: 0})
  const client = await WireClient.connect(broker.port)
  await client.ask(encodeProduce(1, 't', 0, [{value: 'a'}]))
  await client.ask(encodeFetch(2, 't', 0, 0, 100))
  const text = await (await fetch(`http://127.0.0.1:${broker.httpPort}/metrics`)).text()
  client.close()
  await broker.close()
  const exposed = new Set([...parseExposition(text).values()].flatMap(({samples}) => samples.map(({name}) => name)))
  const drawn = new Set(expressions.flatMap((expr) => expr.match(/\b(streambus|nodejs|process|go)_\w+/g) ?? []))
  expect([...drawn].filter((name) => !exposed.has(name))).toEqual([])
  for (const name of [
    'streambus_produce_latency_seconds_p99',
    'streambus_produce_latency_seconds_p999',
    'streambus_messages_produced_total',
    'streambus_storage_used_bytes',
    'streambus_network_bytes_in_total',
    'go_gc_duration_seconds',
    'streambus_storage_stall_seconds_total',
  ]) {
    expect(drawn, name).toContain(name)
  }
})

test('Grafana finds what it needs: a data source to choose, panels that do not overlap, counters as rates', () => {
  expect(dashboard.schemaVersion).toBeGreaterThanOrEqual(39) // Grafana 11
  expect(dashboard.templating.list.find(({name}) => name === 'datasource')?.type).toBe('datasource')
  expect(new Set(dashboard.panels.map(({id}) => id)).size).toBe(dashboard.panels.length)
  const taken = new Map<string, string>()
  for (const {title, gridPos, datasource, targets = []} of charts) {
    expect([datasource?.uid, ...targets.map((target) => target.datasource.uid)], title).toEqual(
      Array(1 + targets.length).fill('$' + '{datasource}'),
    )
    expect(gridPos.x + gridPos.w, title).toBeLessThanOrEqual(24)
    for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1) {
      for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
        expect(taken.get(`${x},${y}`), title).toBeUndefined()
        taken.set(`${x},${y}`, title)
      }
    }
  }
  for (const expr of expressions) {
    for (const name of expr.match(/\w+_total(?=\{)/g) ?? [])
      expect(expr).toMatch(new RegExp(`rate\\(${name}\\{[^}]*\\}\\[`))
  }
})
