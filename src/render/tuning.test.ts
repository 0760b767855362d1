import {expect, test} from 'vitest'
import type {TuningAnswer, TuningReport} from '../model/tuning.ts'
import type {Workload} from '../model/workload.ts'
import {plainStyle} from './style.ts'
import {renderTuning, renderTuningPlan} from './tuning.ts'

const workload: Workload = {
  kind: 'throughput',
  arrival: {model: 'closed', inFlightBatches: 8},
  message: {sizeBytes: 1024, batchMessages: 100},
  topology: {topics: 1, partitions: 1, producers: 1, consumers: 0},
  phases: {warmUpNs: 0, measureNs: 1, drainNsMax: 1},
  samples: {count: 6, seed: 1},
}

function answer(
  key: string,
  more: Partial<TuningAnswer>,
  durability: 'none' | 'weaker' | 'stronger' = 'none',
): TuningAnswer {
  return {
    question: key,
    changes: [{key, side: key.startsWith('producer') ? 'client' : 'broker', from: '1', to: '2', durability}],
    verdict: 'no-difference',
    ratio: 1.01,
    interval: {lo: 0.98, hi: 1.04, confidence: 0.99},
    pAdjusted: 0.5,
    pairs: 6,
    recommended: false,
    ...more,
  }
}

const report: TuningReport = {
  profile: 'throughput',
  profilePath: '/p/throughput.yaml',
  metric: 'msgs/s',
  workload,
  pairsPlanned: 6,
  outcome: 'completed',
  baseMedian: 612_345,
  answers: [
    answer('profile', {verdict: 'better', ratio: 1.2, interval: {lo: 1.15, hi: 1.25, confidence: 0.99}}, 'weaker'),
    answer(
      'storage.wal.fsync_interval',
      {verdict: 'better', ratio: 1.03, interval: {lo: 1.01, hi: 1.05, confidence: 0.99}},
      'weaker',
    ),
    answer('server.read_buffer_size', {
      verdict: 'better',
      ratio: 1.082,
      interval: {lo: 1.051, hi: 1.114, confidence: 0.99},
      recommended: true,
    }),
    answer('server.write_buffer_size', {pairsMore: 5}),
    answer('server.max_connections', {}),
    answer('producer.batch_size', {verdict: 'worse', ratio: 0.9, interval: {lo: 0.85, hi: 0.95, confidence: 0.99}}),
  ],
  notTested: [{key: 'producer.compression', from: 'snappy', to: 'lz4', reason: 'the generator cannot do it yet'}],
  trials: {planned: 72, run: 72, invalid: 1},
  resultsPath: 'results/x-tune.json',
  warnings: [],
}

test('the table says what helped, by how much and how surely; a change of promise is marked', () => {
  expect(renderTuning(report, plainStyle)).toMatchInlineSnapshot(`
    "Profile throughput against the defaults: closed loop, 8 in flight, 1KiB x 100; 72 trials; the defaults give 612 K msg/s

      key                          default   profile      msgs/s           interval   verdict
      the whole profile                                ▲ +20.0 %   [+15.0, +25.0] %   better, changes durability (weaker)
      storage.wal.fsync_interval         1         2    ▲ +3.0 %     [+1.0, +5.0] %   better, changes durability (weaker)
      server.read_buffer_size            1         2    ▲ +8.2 %    [+5.1, +11.4] %   better
      server.write_buffer_size           1         2           ~     [-2.0, +4.0] %   undecided: about 5 more pairs
      server.max_connections             1         2           ~     [-2.0, +4.0] %   no difference found
      producer.batch_size                1         2   ▼ -10.0 %    [-15.0, -5.0] %   worse, set in the client

      not tested
      producer.compression   snappy   lz4   the generator cannot do it yet

    1 of 72 trials cannot be judged; their pairs are left out.
    Verdicts and intervals hold for all 6 questions together: at most 5 % of the discoveries are false.
    A change of durability is a change of promise: it is shown for what it costs, and never recommended for speed.
    Proven better: server.read_buffer_size 2 (+8.2 %). Each was measured alone.
    Saved results/x-tune.json
    Next: streambus tune --profile throughput --write tuned.yaml   save what is proven, after measuring again"
  `)
})

test('what was proven is the last word; a faster, weaker promise is not among it', () => {
  const lines = renderTuning(report, plainStyle).split('\n')
  expect(lines.find((line) => line.startsWith('Proven better'))).toBe(
    'Proven better: server.read_buffer_size 2 (+8.2 %). Each was measured alone.',
  )
})

test('a lower latency is better and points up', () => {
  const latency = {
    ...report,
    metric: 'p99-ns',
    answers: [answer('server.read_buffer_size', {verdict: 'better', ratio: 0.8})],
  } as const
  expect(renderTuning(latency, plainStyle)).toContain('▲ -20.0 %')
})

test('a run that was stopped says so, and promises nothing', () => {
  const answers = [answer('server.read_buffer_size', {verdict: 'too-few-pairs', pairs: 1, pairsMore: 2})]
  const text = renderTuning(
    {...report, answers, outcome: 'interrupted', trials: {planned: 72, run: 3, invalid: 0}},
    plainStyle,
  )
  expect(text).toContain('too few pairs: at least 2 more')
  expect(text).toContain('Stopped after 3 of 72 trials. Nothing can be said yet: too few pairs.')
})

test('the next command repeats what was asked, and a file that was not written is named', () => {
  const answers = [answer('server.read_buffer_size', {pairsMore: 4})]
  const asked = {...report, profile: './p.yaml', basePath: 'mine.yaml', answers, notWritten: 'tuned.yaml'}
  const lines = renderTuning(asked, plainStyle).split('\n')
  expect(lines.at(-1)).toBe(
    'Next: streambus tune --profile ./p.yaml --config mine.yaml --pairs 10   decide what is open',
  )
  expect(lines.at(-2)).toMatch(/^Not written: tuned\.yaml, /)
})

test('a profile that is the default has nothing to test', () => {
  const text = renderTuning({...report, profile: 'balanced', answers: [], notTested: []}, plainStyle)
  expect(text).toBe('The profile balanced is the same as the defaults: there is nothing to test.')
})

test('the budget is printed before the start', () => {
  const plan = {profile: 'latency', metric: 'p99-ns', questions: 5, pairs: 6, trials: 60, trialNs: 3.5e9} as const
  expect(renderTuningPlan(plan)).toBe(
    'Tuning profile latency: 5 questions x 6 pairs x 2 = 60 trials of about 3.50 s, about 4 min; Ctrl-C keeps what was measured',
  )
})
