import {expect, test} from 'vitest'
import {fullResults} from '../../test/fixtures/full-results.ts'
import type {KneePoint, RateBracket, RateSearch} from '../model/rate-search.ts'
import {renderRateSearch} from './rate-search.ts'
import {plainStyle} from './style.ts'

const point = (ratePerSec: number, p99Ns: number, counts: Partial<KneePoint>): KneePoint => ({
  ratePerSec,
  achievedPerSec: ratePerSec,
  p50Ns: p99Ns / 10,
  p99Ns,
  p999Ns: p99Ns * 2,
  trials: 1,
  good: 0,
  bad: 0,
  limited: 0,
  ...counts,
})

function render(bracket: RateBracket, change: Partial<RateSearch> = {}): string {
  const search: RateSearch = {
    goals: [{text: 'responseTime.p99<10ms', objective: {metric: 'responseTime.p99Ns', max: 10e6}}],
    limits: {minPerSec: 100, maxPerSec: 10e6, resolution: 0.05, timeNsMax: 300e9, confidence: 0.93},
    trials: [
      {
        ratePerSec: 52_000,
        measureNs: 5e9,
        purpose: 'narrow',
        benchmark: 0,
        sample: 0,
        verdict: 'bad',
        reasons: ['responseTime.p99<10ms: 12.3 ms'],
        missed: [0],
      },
    ],
    bracket,
    goalBrackets: [{goal: 0}],
    knee: [point(10_000, 1e6, {good: 1}), point(50_000, 9e6, {good: 4, bad: 1}), point(52_000, 12.3e6, {bad: 3})],
    ended: 'narrow-enough',
    ...change,
  }
  const results = {...fullResults, finishedAt: fullResults.startedAt, search}
  return renderRateSearch({results, search, path: 'results/a.json'}, plainStyle)
}

test('first what was searched, then the knee, then the answer with its certainty, the file, and what next', () => {
  const lines = render({lowerPerSec: 50_000, upperPerSec: 52_000, contradictions: 1, noiseShare: 0.021}).split('\n')
  expect(lines[0]).toBe('Highest rate with responseTime.p99<10ms')
  const text = lines.join('\n')
  expect(text).toMatch(/K msg\/s +kept up +p50 ms +p99 ms +p99\.9 ms +trials/)
  expect(text).toMatch(/50\.0 +50\.0 +0\.90 +9\.00 +18\.0 +4 good, 1 bad <- highest good/)
  expect(text).toMatch(/52\.0 .* 3 bad <- lowest bad/)
  expect(text).toContain('Between 50.0 K msg/s and 52.0 K msg/s (4.0 % wide, 93 % sure).')
  expect(lines.at(-2)).toBe('Saved results/a.json')
  expect(lines.at(-1)).toContain('--target-rate 40000')
})

test('where the host gave out there is no upper end, and nobody claims to know one', () => {
  const text = render({lowerPerSec: 50_000, limitedBy: 'host', contradictions: 0})
  expect(text).toContain('At least 50.0 K msg/s, limited by the host: nothing is known of the target above')
  expect(text).not.toContain('Between')
})

test('a wide bracket says that the time was used up', () => {
  const text = render({lowerPerSec: 40_000, upperPerSec: 52_000, contradictions: 0}, {ended: 'time-used-up'})
  expect(text.replaceAll('\n', ' ')).toContain('(30.0 % wide, 93 % sure); 300 s were used up.')
})

test('no line is longer than 80 columns', () => {
  const way = {goodPerSec: 50_000, badPerSec: 52_000}
  const text = render(
    {lowerPerSec: 50_000, upperPerSec: 52_000, contradictions: 3, noiseShare: 0.03},
    {hysteresis: {up: way, down: {goodPerSec: 48_000, badPerSec: 50_000}}},
  )
  expect(text).toContain('coming down it was bad where going up it was good')
  for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(80)
})
