import {readFileSync} from 'node:fs'
import {gunzipSync, gzipSync} from 'node:zlib'
import {Profile} from 'pprof-format'
import {expect, test} from 'vitest'
import {StreambusError} from '../base/errors.ts'
import {seededRandom} from '../base/random.ts'
import {finishFlamegraph, flameTree} from './flamegraph.ts'
import type {Capture} from './model.ts'
import {readCapture} from './read-capture.ts'
import {toNumber} from './read-pprof.ts'
import {toPprof} from './to-pprof.ts'
import {topFunctions} from './top.ts'

// Written by node 20.20.2 --cpu-prof and --heap-prof and by go1.26.8 test -cpuprofile and -memprofile.
const fixtureNames = ['node.cpuprofile', 'node.heapprofile', 'go-cpu.prof', 'go-mem.prof'] as const
const bytesOf = (name: string) => readFileSync(new URL(`fixtures/${name}`, import.meta.url))
const read = (name: string) => readCapture(bytesOf(name), name)

function rowOf(capture: Capture, name: string) {
  return topFunctions(capture, capture.defaultValue, 1000).rows.find((row) => row.name === name)
}

const frame = (functionName: string, url = '', line = -1) => {
  return {functionName, scriptId: '1', url, lineNumber: line, columnNumber: line}
}

/** main calls fib, which calls itself; one collection, one wait; the third delta is negative. */
const recursive = {
  nodes: [
    {id: 1, callFrame: frame('(root)'), hitCount: 0, children: [2, 5]},
    {id: 2, callFrame: frame('main', 'file:///app/my%20main.js', 9), hitCount: 1, children: [3, 4]},
    {id: 3, callFrame: frame('fib', 'file:///app/fib.ts', 0), hitCount: 1, children: [6]},
    {id: 4, callFrame: frame('(garbage collector)'), hitCount: 1},
    {id: 5, callFrame: frame('(idle)'), hitCount: 1},
    {id: 6, callFrame: frame('fib', 'file:///app/fib.ts', 0), hitCount: 2},
  ],
  startTime: 10_000,
  endTime: 17_250, // 10,000 + the deltas (6,550) + 700
  samples: [2, 3, 6, 5, 6, 4],
  timeDeltas: [100, 1000, 2000, -50, 3000, 500],
}
const asBytes = (value: unknown) => Buffer.from(JSON.stringify(value))

test('a sample is charged the time until the next one, negative times nothing, the last one the rest', () => {
  const capture = readCapture(asBytes(recursive), 'x')
  const top = topFunctions(capture, 1, 10)
  // main 1000; fib 2000 + 0 + 500, on the stack twice but counted once; collector 700; idle 3000 apart.
  expect(top.rows).toEqual([
    {name: 'fib', file: '/app/fib.ts', line: 1, flat: 2_500_000, cumulative: 2_500_000},
    {name: 'main', file: '/app/my main.js', line: 10, flat: 1_000_000, cumulative: 4_200_000},
    {name: '(garbage collector)', file: '', line: 0, flat: 700_000, cumulative: 700_000},
  ])
  expect(top.total).toBe(4_200_000)
  expect(capture.idle).toEqual([1, 3_000_000])
  expect(capture.durationNs).toBe(7_250_000)
})

test('without samples every hit stands for the same share of the time', () => {
  const {samples, timeDeltas, ...hitsOnly} = recursive
  expect(samples.length).toBe(timeDeltas.length)
  const capture = readCapture(asBytes({...hitsOnly, endTime: 10_600}), 'x') // 600 us over 6 hits
  expect(rowOf(capture, 'fib')).toMatchObject({flat: 300_000, cumulative: 300_000})
  expect(capture.idle).toEqual([1, 100_000])
})

test('a nameless function of a binding is named after its caller', () => {
  const native = structuredClone(recursive)
  native.nodes[5]!.callFrame = frame('')
  expect(rowOf(readCapture(asBytes(native), 'x'), '(native in fib)')).toMatchObject({flat: 500_000, file: '', line: 0})
})

test('the functions of a real .cpuprofile have the sums of its deltas', () => {
  const capture = read('node.cpuprofile')
  expect(rowOf(capture, 'allocate')).toMatchObject({flat: 205_253_000, line: 5, file: '/srv/app/burn.js'})
  expect(rowOf(capture, '(garbage collector)')).toMatchObject({flat: 52_090_000})
  expect(topFunctions(capture, 1, 1).total + capture.idle![1]!).toBe(413_702_000) // 420,442 - 6,740 us before the first sample
})

test('a real .heapprofile: three sampled blocks, live objects unless its metadata says otherwise', () => {
  const capture = read('node.heapprofile')
  expect(capture.valueTypes).toEqual([{type: 'inuse_space', unit: 'bytes'}])
  expect(topFunctions(capture, 0, 1).total).toBe(524_320 + 524_304 + 524_320)
  expect(rowOf(capture, 'executeUserEntryPoint')).toMatchObject({flat: 0, cumulative: 524_304 + 524_320})
  const metadata = {
    kind: 'alloc',
    node: 'v26.10.0',
    startedAt: '2026-11-23T10:00:00.000Z',
    durationNs: 5,
    interval: 32768,
  }
  const ours = {...JSON.parse(bytesOf('node.heapprofile').toString()), streambus: metadata}
  expect(readCapture(asBytes(ours), 'x')).toMatchObject({valueTypes: [{type: 'alloc_space'}], metadata})
})

// Expected rows are those of `go tool pprof -top` (go1.26.8) on the same files.
test('Go captures rank as go tool pprof ranks them, inlined functions included', () => {
  const cpu = read('go-cpu.prof')
  expect(topFunctions(cpu, cpu.defaultValue, 3)).toMatchObject({
    value: {type: 'cpu', unit: 'nanoseconds'},
    total: 6890e6,
    rows: [
      {name: 'runtime.memmove', flat: 2300e6, cumulative: 2300e6},
      {name: 'runtime.nextFreeFast', flat: 610e6, cumulative: 610e6},
      {name: 'example.com/ring.(*Ring).Push', flat: 460e6, cumulative: 4990e6},
    ],
  })
  const mem = read('go-mem.prof')
  expect(mem.valueTypes[mem.defaultValue]).toEqual({type: 'alloc_space', unit: 'bytes'})
  expect(rowOf(mem, 'example.com/ring.(*Ring).Push')?.flat).toBe(20_816_295_052)
})

test.each(fixtureNames)('%s keeps its ranking when it is written as pprof and read again', (name) => {
  const before = read(name)
  const after = readCapture(toPprof(before), 'ours')
  for (const value of before.valueTypes.keys()) {
    expect(topFunctions(after, value, 1000)).toEqual(topFunctions(before, value, 1000))
  }
  expect(after.defaultValue).toBe(before.defaultValue)
})

test('a pprof file tells when, how long and how often its capture looked', () => {
  const metadata = {kind: 'cpu', node: 'v26.10.0', startedAt: '2026-11-23T10:00:00.000Z', durationNs: 9, interval: 500}
  const profile = Profile.decode(gunzipSync(toPprof(readCapture(asBytes({...recursive, streambus: metadata}), 'x'))))
  expect(BigInt(profile.timeNanos)).toBe(BigInt(Date.parse('2026-11-23T10:00:00Z')) * 1_000_000n)
  expect(Number(profile.durationNanos)).toBe(7_250_000)
  expect(Number(profile.period)).toBe(500_000)
})

test('negative and large values of pprof survive its decoder', () => {
  expect(toNumber(18446744073709551611n)).toBe(-5) // 2^64 - 5
  expect(toNumber(7)).toBe(7)
  expect(toNumber(2n ** 53n - 1n)).toBe(Number.MAX_SAFE_INTEGER)
})

test('the call tree of a flame graph adds up, and no name ends its script', () => {
  const hostile = structuredClone(recursive)
  hostile.nodes[5]!.callFrame.functionName = '</script><b>&'
  const tree = flameTree(readCapture(asBytes(hostile), 'x'), 1)
  const sumOf = (node: typeof tree): number => node.children.reduce((sum, child) => sum + sumOf(child), node.value)
  expect(sumOf(tree)).toBe(4_200_000)
  expect(JSON.stringify(tree)).not.toMatch(/[<>&]/)
  expect(tree.children[0]!.children.map(({name, type}) => [name, type])).toEqual([
    ['fib', 'app'],
    ['GC', 'v8'],
  ])
})

// 0x ends well and writes about 100 KB without its visualizer when bundling that failed.
test.each(['<html></html>', 'x'.repeat(400_000)])('a page that cannot draw is refused (%#)', (page) => {
  const tree = flameTree(readCapture(asBytes(recursive), 'x'), 1)
  expect(() => finishFlamegraph(page, tree, 'ns', 'title')).toThrow(
    expect.objectContaining({code: 'SB_CAPTURE_FAILED', message: expect.stringContaining(`${page.length} characters`)}),
  )
})

test.each([
  ['', 'SB_INPUT_EMPTY', 'is empty'],
  ['{"nodes": [', 'SB_INPUT_INVALID', 'not whole JSON'],
  ['{"schema": "streambus.results/1"}', 'SB_INPUT_INVALID', 'neither nodes'],
  ['[1, 2]', 'SB_INPUT_INVALID', 'not an object'],
  ['{"nodes": []}', 'SB_INPUT_INVALID', 'nodes is empty'],
  ['{"head": {"selfSize": "big"}}', 'SB_INPUT_INVALID', 'node.selfSize is not a number'],
  ['BenchmarkX-2 100 5 ns/op', 'SB_INPUT_INVALID', 'pprof'],
  [JSON.stringify({...recursive, samples: [99], timeDeltas: [1]}), 'SB_INPUT_INVALID', 'node 99'],
  [JSON.stringify({...recursive, timeDeltas: [1]}), 'SB_INPUT_INVALID', '6 samples but 1 timeDeltas'],
])('foreign input %# is refused, saying what is wrong', (text, code, message) => {
  const attempt = () => readCapture(Buffer.from(text), 'given.file')
  expect(attempt).toThrow(expect.objectContaining({code, message: expect.stringContaining(message)}))
  expect(attempt).toThrow('given.file')
})

test('a call tree that runs in a circle is refused, not followed', () => {
  const circle = structuredClone(recursive)
  circle.nodes[5]!.children = [3]
  expect(() => readCapture(asBytes(circle), 'x')).toThrow('deeper than')
})

/** One to eight random bytes changed, a piece cut out, or the end cut off. */
function mutate(bytes: Buffer, random: () => number): Buffer {
  const at = Math.floor(random() * bytes.length)
  const kind = random()
  if (kind < 0.2) return bytes.subarray(0, at)
  if (kind < 0.4) return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + Math.floor(random() * 64))])
  const copy = Buffer.from(bytes)
  for (let i = Math.floor(random() * 8); i >= 0; i -= 1) copy[Math.floor(random() * copy.length)] = random() * 256
  return copy
}

test.each(fixtureNames)('mutations of %s are read or refused, and what was read can be used', (name) => {
  const raw = bytesOf(name)
  const plain = raw[0] === 0x1f ? gunzipSync(raw) : raw // a mutated gzip would only fail its checksum
  const random = seededRandom(20261123)
  let refused = 0
  for (let round = 0; round < 400; round += 1) {
    const mutated = mutate(plain, random)
    try {
      const capture = readCapture(round % 2 === 0 && raw !== plain ? gzipSync(mutated) : mutated, name)
      for (const value of capture.valueTypes.keys()) topFunctions(capture, value, 20)
      flameTree(capture, capture.defaultValue)
      toPprof(capture)
    } catch (error) {
      expect(error, `round ${round}`).toBeInstanceOf(StreambusError)
      refused += 1
    }
  }
  expect(refused).toBeGreaterThan(50)
})
