import {spawnSync} from 'node:child_process'
import {readFileSync} from 'node:fs'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {metricsTable, ObservedBroker, tableOf} from '../docs/observed-broker.ts'
import {tourBlocks} from '../docs/tour.ts'
import {root} from './run-cli.ts'

/** Every command of docs/observability.md, against a broker: it works, and prints what the page shows, numbers aside. */
const page = readFileSync(join(root, 'docs', 'observability.md'), 'utf8')
const steps = tourBlocks(page).flatMap(({commands, outputs}) =>
  commands.map((command, at) => ({command, shown: outputs[at] ?? ''})),
)
const has = (tool: string) => spawnSync(tool, [tool === 'go' ? 'version' : '--version'], {stdio: 'ignore'}).status === 0
const missing = ['curl', 'jq', 'go'].filter((tool) => !has(tool))

let broker: ObservedBroker
beforeAll(async () => {
  broker = await ObservedBroker.start()
  await broker.traffic(200)
})
afterAll(() => broker.stop())

/** Lines with every number as N; which functions a profile lists is its affair. */
function shapeOf(output: string): string[] {
  const lines = output.trim().split('\n')
  if (output.includes('Showing nodes')) return lines.filter((line) => /^(File|Type):/.test(line))
  return lines.map((line) => line.replace(/-?\d+(\.\d+)?(e[+-]?\d+)?/g, 'N').replace(/\s+/g, ' '))
}

describe('docs/observability.md', () => {
  for (const {command, shown} of steps) {
    const lacks = missing.filter((tool) => new RegExp(`(^|[|&] ?)${tool} `).test(command))
    test.skipIf(lacks.length > 0)(`$ ${command}`, {timeout: 60_000}, async () => {
      const traffic = command.includes('/pprof/') ? broker.traffic(1000) : undefined
      expect(shapeOf(await broker.run(command))).toEqual(shapeOf(shown))
      await traffic
    })
  }

  test('lists every metric that a broker exposes', async () => {
    expect(tableOf(page)).toBe(metricsTable(await broker.metrics()))
  })
})
