import {spawn, spawnSync} from 'node:child_process'
import {mkdirSync, openSync, readFileSync} from 'node:fs'
import {join} from 'node:path'

/** The version that is compared with, where none is on PATH. */
const BENCHSTAT = 'golang.org/x/perf/cmd/benchstat@v0.0.0-20260908200009-22c9c6c9d4da'

export interface Program {
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
}

export const streambus: Program = {
  name: 'streambus compare',
  command: process.execPath,
  args: [new URL('../../../bin/run.js', import.meta.url).pathname, 'compare'],
}

/** On PATH, in GOBIN, or installed into `folder`; undefined, and a line on stderr, where it cannot be had. */
export function findBenchstat(folder: string): Program | undefined {
  const places = ['benchstat', join(process.env.GOBIN ?? '/nonexistent', 'benchstat')]
  const found = places.find((command) => spawnSync(command, ['-h']).error === undefined)
  if (found !== undefined) return {name: 'benchstat', command: found, args: []}
  const bin = join(folder, 'bin')
  mkdirSync(bin, {recursive: true})
  const install = spawnSync('go', ['install', BENCHSTAT], {env: {...process.env, GOBIN: bin}, encoding: 'utf8'})
  if (install.status === 0) return {name: 'benchstat', command: join(bin, 'benchstat'), args: []}
  process.stderr.write(`benchstat cannot be had: ${install.error?.message ?? install.stderr}\n`)
  return undefined
}

/** Wall time of the whole process in ns; its output goes to `outputPath`. Throws where it fails. */
export async function timeNs(program: Program, inputs: readonly string[], outputPath: string): Promise<number> {
  const from = process.hrtime.bigint()
  await run(program, inputs, outputPath, () => {})
  return Number(process.hrtime.bigint() - from)
}

/** The largest resident memory of the process in bytes, as the kernel counts it (VmHWM), asked every 2 ms until it ends. */
export async function peakBytes(program: Program, inputs: readonly string[], outputPath: string): Promise<number> {
  let peak = 0
  let timer: NodeJS.Timeout | undefined
  await run(program, inputs, outputPath, (pid) => {
    timer = setInterval(() => {
      peak = Math.max(peak, highWaterBytes(pid))
    }, 2)
  }).finally(() => clearInterval(timer))
  return peak
}

function highWaterBytes(pid: number): number {
  try {
    return 1024 * Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0)
  } catch {
    return 0 // it has ended
  }
}

function run(program: Program, inputs: readonly string[], outputPath: string, onStart: (pid: number) => void) {
  const output = openSync(outputPath, 'w')
  const child = spawn(program.command, [...program.args, ...inputs], {stdio: ['ignore', output, 'inherit']})
  if (child.pid !== undefined) onStart(child.pid)
  return new Promise<void>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`${program.name} ended with ${code}`))))
  })
}
