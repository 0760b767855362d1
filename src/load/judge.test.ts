import {expect, test} from 'vitest'
import {judgeSample, type SampleEvidence} from './judge.ts'
import {closedWith8, openAt10k, outcomeWith, pacingWith, timesOf} from './testing/outcomes.ts'

function reasonsOf(evidence: SampleEvidence): string[] {
  const {validity} = judgeSample(evidence)
  return validity.verdict === 'valid' ? [] : validity.reasons.map(({code}) => code)
}

const responseOf = (p99Ns: number) => ({responseTime: timesOf(100_000, p99Ns)})

test.each([
  ['0.9 ms late of 0.95 ms: below 1 ms nobody minds', 0.9e6, 0.95e6, []],
  ['16 ms late of 162 ms: a tenth', 16e6, 162e6, []],
  ['17 ms late of 162 ms', 17e6, 162e6, ['generator-late']],
  ['1.1 ms late of 2 ms', 1.1e6, 2e6, ['generator-late']],
])('an open loop, %s', (_, latenessP99Ns, responseP99Ns, expected) => {
  const outcome = outcomeWith({pacing: pacingWith({latenessP99Ns}), times: responseOf(responseP99Ns)})
  expect(reasonsOf({workload: openAt10k, outcome})).toEqual(expected)
})

test('an open loop that could not build what it offered is limited by the generator', () => {
  const outcome = outcomeWith({
    pacing: pacingWith({built: 98_900, latenessP99Ns: 100}),
    times: responseOf(1e9),
    generator: {cpuShare: 0.99, rssBytesMax: 1, loopUtilization: 1},
  })
  const {validity, limiter} = judgeSample({workload: openAt10k, outcome})
  expect(validity).toMatchObject({reasons: [{code: 'generator-late', evidence: {offered: 100_000, built: 98_900}}]})
  expect(limiter.name).toBe('generator')
})

test('a busy loop without a CPU to run on is the fault of the host', () => {
  const outcome = outcomeWith({
    pacing: pacingWith({latenessP99Ns: 40e6}),
    times: responseOf(60e6),
    generator: {cpuShare: 0.6, rssBytesMax: 1, loopUtilization: 1},
  })
  const {validity, limiter} = judgeSample({workload: openAt10k, outcome})
  expect(validity).toMatchObject({reasons: [{code: 'host-limited'}]})
  expect(limiter.name).toBe('host')
  expect(limiter.evidence.cpuDenied).toBeCloseTo(0.4)
})

test('a target that does not keep up with an open loop is a result, not a fault', () => {
  const outcome = outcomeWith({ackedInWindow: 60_000, pacing: pacingWith({}), times: responseOf(4e9)})
  const {validity, limiter} = judgeSample({workload: openAt10k, outcome})
  expect(validity.verdict).toBe('valid')
  expect(limiter).toMatchObject({name: 'target', evidence: {offeredPerSec: 10_000, ackedPerSec: 6_000}})
})

test('lateness because memory was full of unanswered messages is the fault of the target', () => {
  const pacing = pacingWith({latenessP99Ns: 3e9, built: 50_000, waitsForMemory: 12, heldArrivals: 50_000})
  const outcome = outcomeWith({ackedInWindow: 10_000, pacing, times: responseOf(5e9)})
  const {validity, limiter} = judgeSample({workload: openAt10k, outcome})
  expect([validity.verdict, limiter.name]).toEqual(['valid', 'target'])
})

test('a wait for memory that held up fewer messages than the lateness is about excuses nothing', () => {
  const pacing = pacingWith({latenessP99Ns: 30e6, waitsForMemory: 1, heldArrivals: 999})
  const outcome = outcomeWith({pacing, times: responseOf(60e6)})
  expect(reasonsOf({workload: openAt10k, outcome})).toEqual(['generator-late'])
})

test('an open loop that everybody kept up with is limited by nobody', () => {
  const outcome = outcomeWith({pacing: pacingWith({}), times: responseOf(1e6)})
  expect(judgeSample({workload: openAt10k, outcome}).limiter.name).toBe('none')
})

test.each([
  ['target', {cpuShare: 0.97, loopUtilization: 0.97}, {cpuShare: 0.6, loopUtilization: 0.6}, 0],
  // Both at their limit: the figure is a lower bound of what the target can do, and must be printed as one.
  ['generator', {cpuShare: 0.97, loopUtilization: 0.99}, {cpuShare: 0.98, loopUtilization: 0.99}, 0],
  ['generator', {cpuShare: 0.5, loopUtilization: 0.5}, {cpuShare: 0.97, loopUtilization: 0.97}, 0],
  ['host', {cpuShare: 0.5, loopUtilization: 0.5}, {cpuShare: 0.6, loopUtilization: 0.97}, 0],
  ['target', {cpuShare: 0.5, loopUtilization: 0.5}, {cpuShare: 0.4, loopUtilization: 0.4}, 0.5],
  ['none', {cpuShare: 0.3, loopUtilization: 0.3}, {cpuShare: 0.4, loopUtilization: 0.4}, 0.01],
])('a closed loop is labelled %s', (name, target, generator, blockedShare) => {
  const times = {blockedTime: timesOf(100, blockedShare * 1e6), serviceTime: timesOf(100, (1 - blockedShare) * 1e6)}
  const outcome = outcomeWith({times, generator: {...generator, rssBytesMax: 1}})
  const {validity, limiter} = judgeSample({workload: closedWith8, outcome, target: {...target, rssBytesMax: 1}})
  expect(limiter.name).toBe(name)
  expect(validity.verdict).toBe('valid')
})

test('fsync figures of a memory file system are invalid, unless nothing is synced', () => {
  const storage = {fileSystem: 'tmpfs', isVolatile: true}
  const evidence = {workload: closedWith8, outcome: outcomeWith({})}
  expect(reasonsOf({...evidence, storage: {...storage, fsyncPolicy: 'interval'}})).toEqual(['fsync-meaningless'])
  expect(reasonsOf({...evidence, storage: {...storage, fsyncPolicy: 'always'}})).toEqual(['fsync-meaningless'])
  expect(reasonsOf({...evidence, storage: {...storage, fsyncPolicy: 'never'}})).toEqual([])
  expect(reasonsOf({...evidence, storage: {fileSystem: 'ext4', isVolatile: false, fsyncPolicy: 'always'}})).toEqual([])
})

test('interrupted and failed samples are invalid and say when', () => {
  const interrupted = outcomeWith({outcome: 'interrupted', phases: {warmUpNs: 1e9, measureNs: 2.5e9, drainNs: 0}})
  expect(judgeSample({workload: closedWith8, outcome: interrupted}).validity).toMatchObject({
    reasons: [{code: 'interrupted', message: 'The sample was interrupted after 2.5 s of measuring.'}],
  })
  const error = {
    code: 'SB_TARGET_LOST',
    message: '127.0.0.1:9 went away: ECONNRESET.',
    hint: 'Look at its log.',
  } as const
  expect(judgeSample({workload: closedWith8, outcome: outcomeWith({outcome: 'failed', error})}).validity).toMatchObject(
    {
      reasons: [{code: 'failed', suggestion: 'Look at its log.'}],
    },
  )
})

test('a closed loop without an answer in its window has measured nothing, and says so', () => {
  const {validity} = judgeSample({workload: closedWith8, outcome: outcomeWith({ackedInWindow: 0})})
  expect(validity).toMatchObject({verdict: 'invalid', reasons: [{code: 'nothing-acked'}]})
})
