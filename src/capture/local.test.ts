import {expect, test} from 'vitest'
import {startLocalCapture} from './local.ts'

interface CpuProfileText {
  nodes: {id: number; callFrame: {functionName: string}; hitCount: number}[]
  streambus: {kind: string; node: string; durationNs: number}
}

/** Works for `ms` of CPU in a function whose name can be found. */
function busyChecksum(ms: number): number {
  const end = performance.now() + ms
  let sum = 0
  while (performance.now() < end) for (let i = 0; i < 50_000; i += 1) sum = (sum * 31 + i) >>> 0
  return sum
}

test('a cpu capture names the function that the time went to', async () => {
  const capture = await startLocalCapture('cpu', {cpuIntervalUs: 500})
  busyChecksum(300)
  const profile = JSON.parse(await capture.stop()) as CpuProfileText
  const hitsOf = (name: string) =>
    profile.nodes.filter((node) => node.callFrame.functionName === name).reduce((sum, node) => sum + node.hitCount, 0)
  const named = [...new Set(profile.nodes.map((node) => node.callFrame.functionName))].filter((n) => n !== '(idle)')
  expect(named.sort((a, b) => hitsOf(b) - hitsOf(a))[0]).toBe('busyChecksum')
  expect(profile.streambus).toMatchObject({kind: 'cpu', node: process.version})
  expect(profile.streambus.durationNs).toBeGreaterThan(300e6)
})

/** About 160 MiB of arrays of 100 slots that nobody keeps. */
function makeGarbage(): number {
  let kept = 0
  for (let i = 0; i < 200_000; i += 1) kept += new Array(100).fill(i).length
  return kept
}

function bytesIn(node: HeapNodeText): number {
  return node.selfSize + node.children.reduce((sum, child) => sum + bytesIn(child), 0)
}
interface HeapNodeText {
  selfSize: number
  children: HeapNodeText[]
}

test('an alloc capture counts what was collected again, a heap capture only what lives', async () => {
  const measured: Record<string, number> = {}
  for (const kind of ['alloc', 'heap'] as const) {
    const capture = await startLocalCapture(kind)
    makeGarbage()
    measured[kind] = bytesIn((JSON.parse(await capture.stop()) as {head: HeapNodeText}).head)
  }
  expect(measured.alloc).toBeGreaterThan(130e6) // 200,000 x 848 B = 170 MB, sampled
  expect(measured.heap).toBeLessThan(measured.alloc! / 2)
})

test("an interval outside the sampler's bounds is refused before anything starts", async () => {
  await expect(startLocalCapture('cpu', {cpuIntervalUs: 0})).rejects.toThrow('must be in [100, 1000000], got 0')
})

test('two cpu captures one after the other do not disturb each other', async () => {
  for (let round = 0; round < 2; round += 1) {
    const capture = await startLocalCapture('cpu')
    busyChecksum(20)
    expect(JSON.parse(await capture.stop())).toHaveProperty('nodes')
  }
})

test('a second heap capture is refused and leaves the first alone', async () => {
  const first = await startLocalCapture('heap')
  await expect(startLocalCapture('alloc')).rejects.toMatchObject({code: 'SB_CAPTURE_FAILED'})
  expect(JSON.parse(await first.stop())).toHaveProperty('head')
  const next = await startLocalCapture('alloc')
  await next.stop()
})
