import {spawn} from 'node:child_process'
import {mkdir, readdir, readFile} from 'node:fs/promises'
import {join} from 'node:path'
import {setTimeout as sleep} from 'node:timers/promises'
import {fileURLToPath} from 'node:url'
import {itemsOfResults} from '../../../src/compare/from-results.ts'
import type {BenchmarkItem} from '../../../src/model/benchmark-record.ts'
import type {Results} from '../../../src/model/results.ts'
import {parseResults} from '../../../src/store/read-results.ts'

/*
 * The null set: one program, unchanged, invoked again and again over hours as a CI job invokes it.
 */

/** What one invocation of the job measures, as flags of the CLI. */
export const SUITES = [
  ['throughput', '--message-size', '1KiB', '--count', '6', '--duration', '1s', '--warmup', '1s'],
  ['latency', '--count', '6', '--duration', '1s'],
] as const

export interface Invocation {
  readonly name: string
  readonly startedMs: number // of the wall clock
  readonly results: readonly Results[] // one a suite
  readonly items: readonly BenchmarkItem[] // of their valid samples
}

const program = fileURLToPath(new URL('../../../bin/run.js', import.meta.url))

/** Invokes the job `count` times, spread evenly over `overMs`; those of an earlier call are kept, so that it can go on. */
export async function invokeAll(folder: string, count: number, overMs: number): Promise<void> {
  await mkdir(folder, {recursive: true})
  const there = new Set(await readdir(folder))
  for (let at = 1; at <= count; at += 1) {
    const name = String(at).padStart(3, '0')
    if (SUITES.every(([suite]) => there.has(`${name}-${suite}.json`))) continue
    const dueMs = performance.now() + overMs / count
    process.stderr.write(`invocation ${at} of ${count}\n`)
    for (const [suite, ...flags] of SUITES) {
      await invoke(['bench', suite, ...flags, '--output', join(folder, `${name}-${suite}.json`)])
    }
    if (at < count) await sleep(Math.max(0, dueMs - performance.now()))
  }
}

/** Rejects when the program could not measure. Exit 4 says that samples were invalid, which is part of the null set. */
function invoke(args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program, ...args], {stdio: ['ignore', 'ignore', 'pipe']})
    let errors = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      errors += text
    })
    child.on('error', reject)
    child.on('close', (code) => {
      if (code === 0 || code === 4) resolve()
      else reject(new Error(`streambus ${args.join(' ')} ended with ${code}: ${errors.slice(-2000)}`))
    })
  })
}

/** All invocations of a folder whose suites are complete, in order of time. */
export async function readInvocations(folder: string): Promise<Invocation[]> {
  const files = (await readdir(folder)).filter((file) => file.endsWith('-throughput.json')).sort()
  const invocations = await Promise.all(files.map((file) => readInvocation(folder, file.split('-')[0]!)))
  return invocations.filter((found) => found !== undefined)
}

async function readInvocation(folder: string, name: string): Promise<Invocation | undefined> {
  const results: Results[] = []
  for (const [suite] of SUITES) {
    const path = join(folder, `${name}-${suite}.json`)
    const text = await readFile(path, 'utf8').catch(() => undefined)
    if (text === undefined) return undefined
    results.push(await parseResults(text, path))
  }
  const items = results.flatMap((each) => itemsOfResults(each).items)
  return {name, startedMs: Date.parse(results[0]!.startedAt), results, items}
}
