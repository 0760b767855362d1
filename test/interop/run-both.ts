import {spawnSync} from 'node:child_process'
import {mkdirSync, rmSync, writeFileSync} from 'node:fs'
import {dirname, join} from 'node:path'
import {Readable} from 'node:stream'
import {compareClassic} from '../../src/app/compare-classic.ts'
import {type CompareRequest, compareResults} from '../../src/app/compare-results.ts'
import type {Context} from '../../src/app/context.ts'
import {exportComparison} from '../../src/app/export-comparison.ts'
import {StreambusError} from '../../src/base/errors.ts'
import {parseGoFloat} from '../../src/base/go-number.ts'
import type {ClassicSort} from '../../src/compare/classic/classic-series.ts'
import type {ClassicDeltaTest} from '../../src/compare/classic/delta.ts'
import {parseInputs} from '../../src/compare/labels.ts'
import {renderClassicCsv} from '../../src/render/classic-csv.ts'
import {renderClassicText} from '../../src/render/classic-text.ts'
import {renderComparisonCsv} from '../../src/render/comparison-csv.ts'
import {renderComparisonText} from '../../src/render/comparison-text.ts'
import {createStore} from '../../src/store/create-store.ts'
import type {Invocation} from './random-benchmarks.ts'

/** What a tool printed; `error` is why it gave up, without the tool's name. */
export interface Printed {
  readonly stdout: string
  readonly stderr: string
  readonly error: string
}

/** Writes the files of an invocation into a folder that is empty otherwise. */
export function writeFiles(cwd: string, {files}: Invocation): void {
  rmSync(cwd, {recursive: true, force: true})
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(cwd, path)), {recursive: true})
    writeFileSync(join(cwd, path), text)
  }
}

/** benchstat takes minutes and gigabytes for some infinite values. */
const REAL_TIMEOUT_MS = 1500

/** The real tool, in the folder of the files; undefined when it takes too long. */
export function runReal(tool: string, {args, stdin}: Invocation, cwd: string): Printed | undefined {
  const {stdout, stderr, status} = spawnSync(tool, args, {
    cwd,
    input: stdin,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    timeout: REAL_TIMEOUT_MS,
  })
  if (status === null) return undefined
  const at = stderr.search(/^benchstat: /m)
  if (at < 0) return {stdout, stderr, error: ''}
  return {stdout, stderr: stderr.slice(0, at), error: stderr.slice(at + 'benchstat: '.length).trimEnd()}
}

/** Ours, by the same arguments and in this process. */
export async function runOurs(invocation: Invocation, cwd: string): Promise<Printed> {
  const {request, isCsv} = requestOf(invocation)
  return caught(async () => {
    const comparison = await compareResults(request, contextIn(cwd))
    const csv = isCsv ? renderComparisonCsv(comparison) : undefined
    return {
      stdout: csv?.text ?? renderComparisonText(comparison),
      stderr: [...comparison.problems, ...(csv?.warnings ?? [])].map((line) => `${line}\n`).join(''),
    }
  })
}

/** The real tool on what we export, by the same flags, with the label's key for columns. */
export async function runExported(invocation: Invocation, cwd: string, tool: string): Promise<Printed> {
  const {request} = requestOf(invocation)
  const {inputs} = splitArguments(invocation.args)
  return caught(async () => {
    const {gobench, labelKey, problems} = await exportComparison(request, contextIn(cwd))
    const flags = invocation.args.slice(0, -inputs.length)
    // A single input has no label in the text: the file has it.
    const args =
      labelKey === undefined ? [...flags, `${parseInputs(inputs)[0]!.label}=-`] : [...flags, '-col', labelKey, '-']
    const printed = runReal(tool, {args, files: {}, stdin: gobench}, cwd)
    const left = problems.map((line) => `${line}\n`).join('')
    if (printed === undefined || printed.error !== '') return {stdout: printed?.error ?? 'too slow', stderr: ''}
    return {stdout: printed.stdout, stderr: left + printed.stderr}
  })
}

function requestOf(invocation: Invocation): {readonly request: CompareRequest; readonly isCsv: boolean} {
  const {flags, inputs} = splitArguments(invocation.args)
  const number = (flag: string, fallback: number) => Number(parseGoFloat(flags.get(flag) ?? String(fallback)))
  const request = {
    ...Object.fromEntries(['filter', 'table', 'row', 'col', 'ignore'].map((flag) => [flag, flags.get(`-${flag}`)])),
    inputs,
    alpha: number('-alpha', 0.05),
    confidence: number('-confidence', 0.95),
    stdin: Readable.from([Buffer.from(invocation.stdin)]),
    sound: false,
  }
  return {request, isCsv: flags.get('-format') === 'csv'}
}

export async function runOurClassic(invocation: Invocation, cwd: string): Promise<Printed> {
  const {flags, inputs} = splitArguments(invocation.args)
  const request = {
    inputs,
    alpha: Number(parseGoFloat(flags.get('-alpha') ?? '0.05')),
    deltaTest: (flags.get('-delta-test') ?? 'utest') as ClassicDeltaTest,
    geomean: flags.has('-geomean'),
    split: flags.get('-split') ?? 'pkg,goos,goarch',
    sort: (flags.get('-sort') ?? 'none') as ClassicSort,
    stdin: Readable.from([]),
  }
  return caught(async () => {
    const comparison = await compareClassic(request, contextIn(cwd))
    const stdout = flags.has('-csv')
      ? renderClassicCsv(comparison, !flags.has('-norange'))
      : renderClassicText(comparison)
    return {stdout, stderr: ''}
  })
}

const withoutValue = new Set(['-geomean', '-csv', '-norange'])

function splitArguments(args: readonly string[]): {flags: Map<string, string>; inputs: string[]} {
  const flags = new Map<string, string>()
  let at = 0
  for (; args[at]!.length > 1 && args[at]!.startsWith('-'); at += 1) {
    const name = args[at]!
    if (!withoutValue.has(name)) at += 1
    flags.set(name, withoutValue.has(name) ? '' : args[at]!)
  }
  return {flags, inputs: args.slice(at)}
}

async function caught(run: () => Promise<{stdout: string; stderr: string}>): Promise<Printed> {
  try {
    return {...(await run()), error: ''}
  } catch (error) {
    if (!(error instanceof StreambusError)) throw error
    return {stdout: '', stderr: '', error: error.message.replace(/^(parsing )?--/, '$1-')}
  }
}

function contextIn(cwd: string): Context {
  const signal = new AbortController().signal
  const [clock, now] = [{nowNs: () => 0}, () => new Date(0)]
  return {clock, now, cwd, store: createStore({cwd}), signal, progress: () => {}, warn: () => {}}
}
