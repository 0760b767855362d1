import {expect, test} from 'vitest'
import {type GcPause, ProcessWatch} from '../metrics/process-watch.ts'
import {varsRoute, withoutSecrets} from './debug-vars.ts'

test.each([
  ['--config=broker.yaml', '--config=broker.yaml'],
  ['--api-token=abc', '--api-token=***'],
  ['--password=a=b', '--password=***'],
  ['streambus://user:pw@host:1/x', 'streambus://***@host:1/x'],
  ['/home/me/key=1', '/home/me/key=1'],
])('%s is shown as %s', (argument, shown) => {
  expect(withoutSecrets(argument)).toBe(shown)
})

async function memstatsWith(count: number, pauses: readonly GcPause[]): Promise<Record<string, unknown>> {
  const watch = new ProcessWatch()
  const minor = watch.gc.get('minor')!
  minor.count = count
  minor.ns = 1000 * count
  watch.pauses.splice(0, Number.POSITIVE_INFINITY, ...pauses)
  const {body} = await varsRoute(watch, () => ({more: 1})).answer({
    query: new URLSearchParams(),
    signal: new AbortController().signal,
  })
  const {memstats, more, cmdline} = JSON.parse(String(body))
  expect([more, cmdline.length > 0]).toEqual([1, true])
  return memstats
}

// Go's runtime.MemStats: "The most recent pause is at PauseNs[(NumGC+255)%256]."
test.each([3, 256, 257, 1000])('after %i collections the latest pause is where Go has it', async (count) => {
  const pauses = Array.from({length: Math.min(count, 256)}, (_, at) => ({durationNs: 10 + at, endUnixMs: 1000 + at}))
  const memstats = await memstatsWith(count, pauses)
  const pauseNs = memstats.PauseNs as number[]
  expect(pauseNs).toHaveLength(256)
  expect(pauseNs[(count + 255) % 256]).toBe(pauses.at(-1)!.durationNs)
  expect(pauseNs.filter((ns) => ns > 0)).toHaveLength(pauses.length)
  expect(memstats).toMatchObject({NumGC: count, PauseTotalNs: 1000 * count, LastGC: pauses.at(-1)!.endUnixMs * 1e6})
})

test('what Node cannot tell is absent', async () => {
  const memstats = await memstatsWith(0, [])
  expect(memstats.LastGC).toBe(0)
  for (const name of ['Mallocs', 'Frees', 'HeapObjects']) expect(memstats).not.toHaveProperty(name)
  expect(Number(memstats.HeapAlloc) + Number(memstats.HeapIdle)).toBe(memstats.HeapSys)
})
