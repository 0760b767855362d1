import {variationBetween} from '../../../src/compare/variation.ts'
import {bootstrapUpper} from './draws.ts'
import type {Invocation} from './invocations.ts'
import {SUITES} from './invocations.ts'
import {
  type Adjust,
  type Answers,
  answersOf,
  type Drawn,
  type Injection,
  rules,
  shareOf,
  upperBound,
} from './null-set.ts'
import type {Power} from './simulated.ts'
import {recordsOf, widenedByOthers} from './widened.ts'

/** Share of false alarms that a gate may have, at the upper end of its interval. */
const FALSE_ALARMS_MAX = 0.01

export interface GateMeasured {
  readonly where: string
  readonly invocations: readonly Invocation[]
  readonly draws: readonly Drawn[]
  readonly losses: readonly Power[]
}

const asMeasured: Adjust = (questions) => questions

/** docs/gate-error-rates.md: sentences are fixed, every figure is of these invocations. */
export function pageOf(measured: GateMeasured): {readonly page: string; readonly holds: boolean} {
  const {where, invocations, draws, losses} = measured
  const alone = answersOf(draws, asMeasured)
  const widened = answersOf(draws, widenedByOthers)
  const hours = (invocations.at(-1)!.startedMs - invocations[0]!.startedMs) / 3_600_000
  const holds = Math.max(...boundsOf(draws, widened)) <= FALSE_ALARMS_MAX
  const page = `# How often a gate is wrong

<!-- Written by \`npm run bench:gate\`; do not edit. -->

${invocations.length} invocations of one unchanged program over ${hours.toFixed(1)} hours, ${where}. Each of them:
${SUITES.map((suite) => `\`streambus bench ${suite.join(' ')}\``).join(' and ')}.

What they vary by, as a standard deviation of their medians: ${spreadsOf(invocations).join(', ')}. The smaller that is, the more a gate can find.

## False alarms

Each invocation against each other one, ${draws.length} comparisons, by \`--gate defaults --budget service-p99-ns=10%\` with all its metrics at once. The bounds are
upper ends at one-sided 95 %: Clopper and Pearson's, as if comparisons were independent, and that of a bootstrap over invocations, since
those that share an invocation are not. The larger one decides.

| Gate | Fails: a false alarm | Clopper and Pearson | Bootstrap | Undecided | Passes |
|---|---|---|---|---|---|
${[
  ['interval of the samples alone', alone],
  [
    `widened by the variation between ${draws[0]!.others.length} other invocations (\`baseline save NAME FILE...\`)`,
    widened,
  ],
]
  .map(([what, answers]) => falseAlarmLine(what as string, draws, answers as Answers))
  .join('\n')}

With the stored variation a false alarm at no more than ${percent(FALSE_ALARMS_MAX)}: ${holds ? 'holds' : '**does not hold**'}.

By metric, of the comparisons in which it had an interval (too few valid samples give none):

| Metric | Asked | Fails, alone | Fails, widened | Passes, alone | Passes, widened |
|---|---|---|---|---|---|
${[...alone.units.keys()].map((unit) => unitLine(unit, alone, widened)).join('\n')}

## Losses put into the same invocations

The candidate's samples changed by a known factor, every comparison again. With a p99 that is a delay of so much of it.

| Loss | Found, alone | Found, widened | Undecided, widened |
|---|---|---|---|
${injections.map((injection) => injectionLine(injection, draws)).join('\n')}

## What the number of samples can show, simulated

Samples that vary independently by the standard deviation named, the same on both sides, 4,000 comparisons a figure, budget 5 %, interval of the samples
alone. A loss as large as the budget is found in about one of forty comparisons whatever n: that is what an interval of 95 % means.

| Loss | Samples vary by | n = 5 | 6 | 10 | 20 |
|---|---|---|---|---|---|
${powerLines(losses).join('\n')}
`
  return {page, holds}
}

function spreadsOf(invocations: readonly Invocation[]): string[] {
  const units = rules.budgets.map(({unit}) => unit)
  return variationBetween(invocations.map(recordsOf))
    .filter(({unit}) => units.includes(unit))
    .map(({benchmark, unit, logDeviation}) => `${percent(logDeviation)} in \`${unit}\` of \`${benchmark}\``)
}

function boundsOf(draws: readonly Drawn[], answers: Answers): readonly [number, number] {
  const fails = answers.verdicts.map((verdict) => verdict === 'fail')
  return [upperBound(fails.filter(Boolean).length, fails.length), bootstrapUpper(draws, fails)]
}

function falseAlarmLine(what: string, draws: readonly Drawn[], answers: Answers): string {
  const bounds = boundsOf(draws, answers)
  const cells = [shareOf(answers, 'fail'), ...bounds, shareOf(answers, 'undecided'), shareOf(answers, 'pass')]
  return `| ${what} | ${cells.map(percent).join(' | ')} |`
}

function unitLine(unit: string, alone: Answers, widened: Answers): string {
  const {asked} = alone.units.get(unit)!
  const of = (answers: Answers, verdict: 'fail' | 'pass') => percent((answers.units.get(unit)?.[verdict] ?? 0) / asked)
  return `| \`${unit}\` | ${asked} | ${of(alone, 'fail')} | ${of(widened, 'fail')} | ${of(alone, 'pass')} | ${of(widened, 'pass')} |`
}

const injections: readonly Injection[] = [
  ...[0.95, 0.9, 0.8, 0.7, 0.5].map((factor) => ({unit: 'msgs/s', factor})),
  ...['p99-ns', 'service-p99-ns'].flatMap((unit) => [1.1, 1.5, 2, 4, 10].map((factor) => ({unit, factor}))),
]

function injectionLine(injection: Injection, draws: readonly Drawn[]): string {
  const widened = answersOf(draws, widenedByOthers, injection)
  const {unit, factor} = injection
  const loss = unit === 'msgs/s' ? `${percent(1 - factor)} fewer \`msgs/s\`` : `\`${unit}\` + ${percent(factor - 1)}`
  const found = [
    shareOf(answersOf(draws, asMeasured, injection), 'fail'),
    shareOf(widened, 'fail'),
    shareOf(widened, 'undecided'),
  ]
  return `| ${loss} | ${found.map(percent).join(' | ')} |`
}

function powerLines(losses: readonly Power[]): string[] {
  const lines = new Map<string, string[]>()
  for (const {lossPercent, variationPercent, found} of losses) {
    const head = `| ${lossPercent} % | ${variationPercent} % |`
    lines.set(head, [...(lines.get(head) ?? []), percent(found)])
  }
  return [...lines].map(([head, cells]) => `${head} ${cells.join(' | ')} |`)
}

function percent(share: number): string {
  return `${(share * 100).toFixed(share < 0.1 && share > 0 ? (share < 0.02 ? 2 : 1) : 0)} %`
}
