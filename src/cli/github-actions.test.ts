import {mkdtemp, readFile, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {expect, onTestFinished, test} from 'vitest'
import type {Comparison} from '../model/comparison.ts'
import type {GateItem} from '../model/gate.ts'
import {tellGithub} from './github-actions.ts'

const item: GateItem = {
  benchmark: 'Produce/size=1,batch:2',
  column: 'new',
  unit: 'msgs/s',
  better: 'higher',
  budget: {rule: 'budget', unit: 'msgs/s', benchmark: '*', percent: 5},
  verdict: 'fail',
  change: {estimate: -8, lo: -10.62, hi: -5.31},
  confidence: 0.95,
  n: '6+6',
  reason: 'all of the interval lies beyond the budget',
}

const comparison: Comparison = {
  alpha: 0.05,
  confidence: 0.95,
  sources: ['old', 'new'],
  tables: [],
  problems: [],
  warnings: [],
  gate: {
    verdict: 'fail',
    fails: true,
    rules: {budgets: [item.budget], confidence: 0.95, undecided: 'by-rule'},
    items: [item, {...item, verdict: 'undecided', change: null, reason: 'too few'}, {...item, verdict: 'pass'}],
    withoutBudget: 0,
  },
}

// The escapes are those of workflow commands: % in the message; : and , too in the title.
test('an error for what failed, a warning for what is open, and the summary behind what was there', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'streambus-github-'))
  onTestFinished(() => rm(folder, {recursive: true, force: true}))
  const summary = join(folder, 'summary.md')
  await writeFile(summary, '# Before\n')
  const lines = await tellGithub(comparison, {GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: summary})
  expect(lines).toEqual([
    '::error title=Produce/size=1%2Cbatch%3A2::msgs/s -8.0 %25 [-10.6, -5.3], budget -5 %25: all of the interval lies beyond the budget',
    '::warning title=Produce/size=1%2Cbatch%3A2::msgs/s ~, budget -5 %25: too few',
  ])
  expect(await readFile(summary, 'utf8')).toMatch(/^# Before\n### Performance comparison\n/)
})

test('what is undecided is an error where that fails: a proof that was not brought, or by --undecided fail', async () => {
  const open = {...item, verdict: 'undecided', reason: 'too few'} as const
  const proof = {...open, budget: {...item.budget, rule: 'no-regression', percent: 3}} as const
  const levels = async (undecided: 'pass' | 'fail' | 'by-rule') => {
    const gate = {...comparison.gate!, rules: {...comparison.gate!.rules, undecided}, items: [open, proof]}
    const lines = await tellGithub({...comparison, gate}, {GITHUB_ACTIONS: 'true'})
    return lines.map((line) => line.split(' ')[0])
  }
  expect(await levels('by-rule')).toEqual(['::warning', '::error'])
  expect(await levels('fail')).toEqual(['::error', '::error'])
  expect(await levels('pass')).toEqual(['::warning', '::warning'])
})

test('what vanished, and what came up from 0, are annotated as what they are', async () => {
  const gone = {
    ...item,
    verdict: 'undecided',
    change: null,
    inBaselineOnly: true,
    reason: 'in the baseline only',
  } as const
  const up = {...item, unit: 'allocs/op', better: 'lower', change: null, fromZeroTo: 3, reason: 'from 0 to 3'} as const
  const gate = {...comparison.gate!, items: [gone, up]}
  expect(await tellGithub({...comparison, gate}, {GITHUB_ACTIONS: 'true'})).toEqual([
    '::warning title=Produce/size=1%2Cbatch%3A2::msgs/s ~, budget -5 %25: in the baseline only',
    '::error title=Produce/size=1%2Cbatch%3A2::allocs/op 0 -> 3, budget +5 %25: from 0 to 3',
  ])
})

test('elsewhere it says that there is nothing to write to; a summary that cannot be written is an error', async () => {
  expect(await tellGithub(comparison, {})).toEqual([expect.stringContaining('no GitHub Actions job')])
  await expect(tellGithub(comparison, {GITHUB_STEP_SUMMARY: '/nosuch/summary.md'})).rejects.toMatchObject({
    code: 'SB_OUTPUT_UNWRITABLE',
  })
})
