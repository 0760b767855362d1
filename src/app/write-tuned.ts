import {writeFile} from 'node:fs/promises'
import {basename, resolve} from 'node:path'
import {StreambusError, systemCodeOf} from '../base/errors.ts'
import {formatChange, formatChangeInterval} from '../base/percent.ts'
import {exactBytes, exactRate} from '../base/units.ts'
import type {Environment} from '../model/environment.ts'
import type {TuningAnswer, TuningReport} from '../model/tuning.ts'
import type {Workload} from '../model/workload.ts'
import {type SettingToWrite, toYaml} from '../settings/write.ts'
import type {PreparedTuning} from './plan-tuning.ts'

/**
 * Saves what was proven better as a broker configuration, each line under its evidence, and gives the
 * report with what was written. Nothing is written when nothing was proven, or when the run did not
 * end. Throws SB_OUTPUT_UNWRITABLE, for one when the file appeared meanwhile.
 */
export async function writeTuned(
  prepared: PreparedTuning,
  report: TuningReport,
  environment: Environment,
  cwd: string,
): Promise<TuningReport> {
  const {write} = prepared.request
  const proven = report.answers.filter(({recommended, question}) => recommended && question !== 'profile')
  const broker = proven.filter(({changes}) => changes[0]?.side === 'broker')
  if (write === undefined || report.outcome !== 'completed' || broker.length === 0) return report
  const client = proven.filter(({changes}) => changes[0]?.side === 'client')
  const settings = broker.map((answer) => settingOf(answer, prepared, report))
  const text = toYaml(settings, headerOf(report, environment, client))
  await save(resolve(cwd, write.path), text, write.force)
  const {notWritten: _, ...rest} = report
  return {...rest, written: {path: write.path, keys: broker.map(({question}) => question)}}
}

function settingOf(answer: TuningAnswer, {knobs}: PreparedTuning, report: TuningReport): SettingToWrite {
  const knob = knobs.find(({definition}) => definition.key === answer.question)!
  return {
    key: answer.question,
    value: knob.to,
    comments: [`was ${answer.changes[0]!.from}; ${evidenceOf(answer, report)}`],
  }
}

/** `msgs/s +8.2 % [+5.1, +11.4] %, p 0.004, 6 pairs` */
function evidenceOf({ratio, interval, pAdjusted, pairs}: TuningAnswer, {metric}: TuningReport): string {
  const change = ratio === undefined ? '' : ` ${formatChange(ratio)}`
  const range = interval === undefined ? '' : ` ${formatChangeInterval(interval.lo, interval.hi)}`
  return `${metric}${change}${range}, p ${pAdjusted.toPrecision(2)}, ${pairs} pairs`
}

function headerOf(report: TuningReport, environment: Environment, client: readonly TuningAnswer[]): string[] {
  const {host, client: program} = environment
  return [
    `Written by streambus tune --profile ${report.profile}: the keys that were proven better here, and no other.`,
    `Measured against ${report.basePath ?? 'the defaults'}: ${workloadText(report.workload)}.`,
    `Machine: ${host.cpuModel} x ${host.cpuCount}, ${host.os} ${host.kernel}; streambus ${program.version}, Node ${program.node}.`,
    ...(report.resultsPath === undefined ? [] : [`Results: ${basename(report.resultsPath)}`]),
    'Each key was changed alone. Their effect together is that of no single line: measure it before you rely on it.',
    'p is adjusted for the number of questions. No key here changes what an acknowledgement promises.',
    ...client.flatMap((answer) => [
      '',
      `For clients: ${answer.question} ${answer.changes[0]!.to}, was ${answer.changes[0]!.from}; ${evidenceOf(answer, report)}`,
    ]),
    '',
  ]
}

function workloadText({arrival, message, topology}: Workload): string {
  const load =
    arrival.model === 'open'
      ? `open loop at ${exactRate(arrival.ratePerSec)}`
      : `closed loop, ${arrival.inFlightBatches} batches in flight`
  return `${load}, ${exactBytes(message.sizeBytes)} x ${message.batchMessages}, ${topology.producers} producer(s), ${topology.consumers} consumer(s)`
}

async function save(path: string, text: string, force: boolean): Promise<void> {
  try {
    await writeFile(path, text, {flag: force ? 'w' : 'wx'})
  } catch (error) {
    const code = systemCodeOf(error)
    if (code === undefined) throw error
    const hint = code === 'EEXIST' ? 'Name another file, or add --force.' : 'Name a file in a folder you may write to.'
    throw new StreambusError('SB_OUTPUT_UNWRITABLE', `${path} cannot be written: ${code}.`, {hint, cause: error})
  }
}
