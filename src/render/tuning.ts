import {formatChange, formatChangeInterval} from '../base/percent.ts'
import {exactBytes, exactRate, formatDurationNs, formatRate} from '../base/units.ts'
import type {TuningAnswer, TuningPlan, TuningReport} from '../model/tuning.ts'
import type {Workload} from '../model/workload.ts'
import type {Style} from './style.ts'
import {renderTable} from './table.ts'

/** What is about to be run and how long it takes. */
export function renderTuningPlan(plan: TuningPlan): string {
  const {profile, questions, pairs, trials, trialNs} = plan
  if (trials === 0) return `Tuning profile ${profile}: nothing to run`
  const total = formatWait(trials * trialNs)
  return `Tuning profile ${profile}: ${count(questions, 'question')} x ${count(pairs, 'pair')} x 2 = ${trials} trials of about ${formatDurationNs(trialNs)}, ${total}; Ctrl-C keeps what was measured`
}

/** The whole answer: what was done, a row a question, what it means, where it is, what next. */
export function renderTuning(report: TuningReport, style: Style): string {
  if (report.answers.length === 0) return renderNothingTested(report)
  return [
    headline(report),
    '',
    answersTable(report, style),
    ...untestedBlock(report, style),
    '',
    ...report.warnings.map(({message}) => `${style.warn('Note:')} ${message}`),
    ...noteLines(report),
    summaryLine(report),
    ...savedLines(report),
    ...nextLines(report),
  ].join('\n')
}

function renderNothingTested(report: TuningReport): string {
  const against = againstText(report)
  const lines = report.notTested.map(({key, from, to, reason}) => `  ${key} ${from} -> ${to}: not tested, ${reason}`)
  if (lines.length === 0) return `The profile ${report.profile} is the same as ${against}: there is nothing to test.`
  return [`No key in which the profile ${report.profile} differs from ${against} can be tested:`, ...lines].join('\n')
}

function headline(report: TuningReport): string {
  const {profile, metric, trials, baseMedian} = report
  const done = trials.run === trials.planned ? `${trials.run} trials` : `${trials.run} of ${trials.planned} trials`
  const against = againstText(report)
  const level =
    baseMedian === undefined
      ? ''
      : `; ${against} give${report.basePath === undefined ? '' : 's'} ${levelText(metric, baseMedian)}`
  return `Profile ${profile} against ${against}: ${workloadText(report.workload)}; ${done}${level}`
}

function againstText({basePath}: TuningReport): string {
  return basePath ?? 'the defaults'
}

function workloadText({arrival, message}: Workload): string {
  const size = `${exactBytes(message.sizeBytes)} x ${message.batchMessages}`
  if (arrival.model === 'open') return `open loop at ${exactRate(arrival.ratePerSec)}, ${size}`
  return `closed loop, ${arrival.inFlightBatches} in flight, ${size}`
}

function levelText(metric: TuningReport['metric'], value: number): string {
  return metric === 'msgs/s' ? formatRate(value) : `p99 ${formatDurationNs(value)}`
}

function answersTable(report: TuningReport, style: Style): string {
  const {answers, metric} = report
  const only = (answer: TuningAnswer) => (answer.question === 'profile' ? undefined : answer.changes[0])
  return renderTable(
    [
      {header: 'key', align: 'left', cells: answers.map((answer) => only(answer)?.key ?? 'the whole profile')},
      {
        header: report.basePath === undefined ? 'default' : 'now',
        align: 'right',
        cells: answers.map((answer) => only(answer)?.from ?? ''),
      },
      {header: 'profile', align: 'right', cells: answers.map((answer) => only(answer)?.to ?? '')},
      {header: metric, align: 'right', cells: answers.map((answer) => changeCell(answer, style))},
      {header: 'interval', align: 'right', cells: answers.map(intervalCell)},
      {header: 'verdict', align: 'left', cells: answers.map((answer) => verdictCell(answer, style))},
    ],
    style,
  )
}

/** A change that the data cannot tell from noise is `~`, never a number that a reader could quote. */
function changeCell({verdict, ratio}: TuningAnswer, style: Style): string {
  if (verdict === 'too-few-pairs' || ratio === undefined) return '?'
  if (verdict === 'no-difference') return '~'
  return verdict === 'better' ? style.good(`▲ ${formatChange(ratio)}`) : style.bad(`▼ ${formatChange(ratio)}`)
}

function intervalCell({interval}: TuningAnswer): string {
  return interval === undefined ? '' : formatChangeInterval(interval.lo, interval.hi)
}

function verdictCell(answer: TuningAnswer, style: Style): string {
  const side = answer.question !== 'profile' && answer.changes[0]?.side === 'client' ? ['set in the client'] : []
  const promise = durabilityOf(answer)
  return [outcomeText(answer, style), ...side, ...(promise === undefined ? [] : [style.warn(promise)])].join(', ')
}

function outcomeText({verdict, pairsMore}: TuningAnswer, style: Style): string {
  switch (verdict) {
    case 'better':
      return style.good('better')
    case 'worse':
      return style.bad('worse')
    case 'no-difference':
      return pairsMore === undefined ? 'no difference found' : `undecided: about ${count(pairsMore, 'more pair')}`
    case 'too-few-pairs':
      return `too few pairs: at least ${pairsMore ?? 1} more`
  }
}

function durabilityOf({changes}: TuningAnswer): string | undefined {
  const directions = new Set(changes.map(({durability}) => durability).filter((direction) => direction !== 'none'))
  if (directions.size === 0) return undefined
  return `changes durability (${[...directions].join(' and ')})`
}

function untestedBlock({notTested}: TuningReport, style: Style): string[] {
  if (notTested.length === 0) return []
  const cells = (pick: (key: TuningReport['notTested'][number]) => string) => notTested.map(pick)
  const columns = [
    {header: 'not tested', align: 'left', cells: cells(({key}) => key)},
    {header: '', align: 'right', cells: cells(({from}) => from)},
    {header: '', align: 'right', cells: cells(({to}) => to)},
    {header: '', align: 'left', cells: cells(({reason}) => reason)},
  ] as const
  return ['', renderTable(columns, style)]
}

function noteLines({answers, trials}: TuningReport): string[] {
  const lines: string[] = []
  if (trials.invalid > 0)
    lines.push(`${trials.invalid} of ${trials.run} trials cannot be judged; their pairs are left out.`)
  if (answers.some(({interval}) => interval !== undefined)) {
    lines.push(
      `Verdicts and intervals hold for all ${answers.length} questions together: at most 5 % of the discoveries are false.`,
    )
  }
  if (answers.some((answer) => durabilityOf(answer) !== undefined)) {
    lines.push(
      'A change of durability is a change of promise: it is shown for what it costs, and never recommended for speed.',
    )
  }
  return lines
}

/** What it means, in one line. */
function summaryLine(report: TuningReport): string {
  const {answers, outcome, error, trials} = report
  if (error !== undefined) return `Failed after ${count(trials.run, 'trial')}: ${error.message}`
  const keys = answers.filter(({question}) => question !== 'profile')
  const proven = keys.filter(({recommended}) => recommended)
  const stopped = outcome === 'interrupted' ? `Stopped after ${trials.run} of ${trials.planned} trials. ` : ''
  if (trials.run > 0 && trials.invalid === trials.run)
    return `${stopped}Nothing can be said: no trial was a valid measurement.`
  if (keys.every(({verdict}) => verdict === 'too-few-pairs')) return `${stopped}Nothing can be said yet: too few pairs.`
  if (proven.length === 0) return `${stopped}No key of the profile was proven better here: keep ${againstText(report)}.`
  const named = proven.map(
    ({question, ratio, changes}) => `${question} ${changes[0]!.to} (${formatChange(ratio ?? 1)})`,
  )
  return `${stopped}Proven better: ${named.join(', ')}. Each was measured alone.`
}

function savedLines({resultsPath, written, notWritten}: TuningReport): string[] {
  return [
    ...(resultsPath === undefined ? [] : [`Saved ${resultsPath}`]),
    ...(written === undefined ? [] : [`Wrote ${written.path} (${written.keys.join(', ')})`]),
    ...(notWritten === undefined
      ? []
      : [`Not written: ${notWritten}, because nothing that a broker can be told was proven in a run to the end.`]),
  ]
}

function nextLines(report: TuningReport): string[] {
  if (report.outcome !== 'completed' || report.trials.invalid === report.trials.run) return []
  const {answers, pairsPlanned, written} = report
  const again = `streambus tune --profile ${report.profile}${report.basePath === undefined ? '' : ` --config ${report.basePath}`}`
  if (written !== undefined)
    return [`Next: streambus bench ${benchName(report)} --config ${written.path}   all of it together`]
  const provenBroker = answers.some(
    (answer) => answer.recommended && answer.question !== 'profile' && answer.changes[0]?.side === 'broker',
  )
  if (provenBroker) return [`Next: ${again} --write tuned.yaml   save what is proven, after measuring again`]
  const more = Math.max(0, ...answers.map(({pairsMore}) => pairsMore ?? 0))
  if (more > 0) return [`Next: ${again} --pairs ${pairsPlanned + more}   decide what is open`]
  return [`Next: streambus profile cpu --suite ${benchName(report)}   what the broker spends its time on`]
}

function benchName({metric}: TuningReport): string {
  return metric === 'msgs/s' ? 'throughput' : 'latency'
}

/** `about 4 min`: a length of waiting, not a measurement. */
function formatWait(ns: number): string {
  const seconds = ns / 1e9
  return seconds < 90 ? `about ${Math.ceil(seconds)} s` : `about ${Math.ceil(seconds / 60)} min`
}

function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`
}
