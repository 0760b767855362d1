import {expect, test} from 'vitest'
import type {ProgressEvent} from '../model/run-event.ts'
import {createProgress} from './progress.ts'
import {Screen} from './testing/screen.ts'

const event: ProgressEvent = {
  type: 'progress',
  benchmark: 'ProduceLatency/rate=20000-2',
  label: 'ProduceLatency/rate=20000-2  sample 1/6',
  sample: 0,
  phase: 'measure',
  elapsedNs: 2e9,
  totalNs: 6e9,
  offeredPerSec: 20_000,
  ackedPerSec: 19_900,
  acked: 40_000,
  received: 39_990,
  errors: 0,
  inFlight: 3,
  lag: 10,
  lastSecond: {count: 20_000, p50Ns: 70_000, p99Ns: 310_000, p999Ns: 1_200_000, maxNs: 2_000_000},
  cpuShareGenerator: 0.71,
  cpuShareTarget: 0.37,
}

function pipe() {
  const parts: string[] = []
  return {parts, isTTY: false, write: (text: string) => parts.push(text)}
}

test('a terminal shows the newest line in place, and warnings stay above it', () => {
  const screen = new Screen(20)
  const progress = createProgress(screen, {}, () => 0)
  progress.show('sample 1')
  progress.show('sample 2 of very many')
  expect(screen.lines).toEqual(['sample 2 of very ma'])
  progress.keep('Warning: x')
  expect(screen.lines).toEqual(['Warning: x'])
  progress.show('sample 3')
  progress.clear()
  expect(screen.lines).toEqual(['Warning: x'])
})

test('a sample under way is a block that is drawn over itself, with what a reader wants to know', () => {
  const screen = new Screen(80)
  const progress = createProgress(screen, {}, () => 0)
  screen.write('$ streambus bench latency\n')
  progress.live({...event, elapsedNs: 1e9})
  progress.live(event)
  expect(screen.lines).toEqual([
    '$ streambus bench latency',
    'ProduceLatency/rate=20000-2  sample 1/6  measuring, 4 s left',
    '  rate      offered 20.0 K msg/s   acknowledged 19.9 K msg/s   errors 0',
    '  last 1 s  p50 70.0 µs   p99 310 µs   p99.9 1.20 ms   in flight 3   lag 10',
    '  CPU       broker 37 %   generator 71 %',
    '  p99       ██   top 310 µs',
  ])
  progress.keep('Warning: something')
  expect(screen.lines).toEqual(['$ streambus bench latency', 'Warning: something'])
})

test('no line is as wide as the terminal, and a terminal that becomes narrower is left clean', () => {
  const screen = new Screen(100)
  const progress = createProgress(screen, {}, () => 0)
  screen.write('before\n')
  progress.live(event)
  screen.resize(40)
  progress.live(event)
  expect(screen.lines).toHaveLength(6)
  expect(Math.max(...screen.lines.map((line) => line.length))).toBeLessThan(40)
  screen.resize(120)
  progress.live(event)
  expect(screen.lines).toHaveLength(6)
  progress.clear()
  expect(screen.lines).toEqual(['before'])
})

test('while a sample tells of itself other lines wait; where it has no label, they are its headline', () => {
  let nowMs = 0
  const screen = new Screen(80)
  const progress = createProgress(screen, {}, () => nowMs)
  const {label: _, ...unlabelled} = event
  progress.live(unlabelled)
  progress.show('trial 3  20.0 K msg/s')
  expect(screen.lines[0]).toContain('ProduceLatency')
  progress.live(unlabelled)
  expect(screen.lines[0]).toBe('trial 3  20.0 K msg/s  measuring, 4 s left')
  nowMs = 1_000
  progress.show('waiting for the disk')
  expect(screen.lines).toEqual(['waiting for the disk'])
})

test('a second without an answer is a gap, not the last one again', () => {
  const screen = new Screen(80)
  const progress = createProgress(screen, {}, () => 0)
  const {lastSecond: _, ...silent} = event
  progress.live({...event, elapsedNs: 1e9})
  progress.live({...silent, elapsedNs: 2e9})
  progress.live({...event, elapsedNs: 3e9})
  expect(screen.lines.at(-1)).toBe('  p99       █·█   top 310 µs')
})

test('elsewhere one plain line in 10 s, and every line that must stay', () => {
  const stream = pipe()
  let nowMs = 500
  const progress = createProgress(stream, {}, () => nowMs)
  progress.show('start')
  nowMs = 10_499
  progress.live(event)
  progress.keep('Warning: x')
  nowMs = 10_500
  progress.live(event)
  progress.show('dropped')
  progress.clear()
  expect(stream.parts).toEqual([
    'start\n',
    'Warning: x\n',
    'ProduceLatency/rate=20000-2  sample 1/6  measuring, 4 s left  offered 20.0 K msg/s  acknowledged 19.9 K msg/s  ' +
      'p50 70.0 µs  p99 310 µs  p99.9 1.20 ms  errors 0  lag 10  CPU broker 37 %  CPU generator 71 %\n',
  ])
})

test.each([{CI: 'true'}, {NO_COLOR: '1'}, {TERM: 'dumb'}])('with %j a terminal is not written over', (env) => {
  const stream = {...pipe(), isTTY: true}
  createProgress(stream, env, () => 0).live(event)
  expect(stream.parts).toHaveLength(1)
  expect(stream.parts[0]).not.toContain('\u001b')
})
