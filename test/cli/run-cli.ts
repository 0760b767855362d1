import {spawn} from 'node:child_process'
import {mkdtempSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'

/** The folder of package.json. */
export const root = join(import.meta.dirname, '..', '..')

/** How a command line ended. */
export interface CliOutcome {
  readonly exitCode: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

export interface CliOptions {
  /** A folder of its own, removed afterwards, unless the test gives one. */
  readonly cwd?: string
  /** On top of this process's environment; undefined removes a variable. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** The node to run on; this process's unless given. */
  readonly node?: string
  /** `open`: a pipe that nobody writes to or closes, as some CI systems give; `none` unless given. */
  readonly stdin?: 'open' | 'none'
  /** Modules to load before the program, as `node --import`. */
  readonly imports?: readonly string[]
  /** Called with each part of stdout, with a way to send a signal. */
  readonly onStdout?: (text: string, kill: (signal: NodeJS.Signals) => void) => void
  readonly timeoutMs?: number
}

/** This process's environment without what steers our own tests: to the program each would be a setting it does not know. */
export function userEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('STREAMBUS_')))
}

/** Runs the built `streambus` with piped output and no terminal, as CI would. */
export async function runCli(args: readonly string[], options: CliOptions = {}): Promise<CliOutcome> {
  const cwd = options.cwd ?? mkdtempSync(join(tmpdir(), 'streambus-cli-'))
  const preload = (options.imports ?? []).flatMap((path) => ['--import', path])
  const child = spawn(options.node ?? process.execPath, [...preload, join(root, 'bin', 'run.js'), ...args], {
    cwd,
    env: {...userEnvironment(), NODE_ENV: undefined, NO_COLOR: '1', ...options.env},
    stdio: 'pipe',
    timeout: options.timeoutMs ?? 60_000,
    killSignal: 'SIGKILL',
  })
  if (options.stdin !== 'open') child.stdin.end()
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
    options.onStdout?.(text, (signal) => child.kill(signal))
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  try {
    return await new Promise((resolve, reject) => {
      child.on('error', reject)
      child.on('close', (exitCode, signal) => resolve({exitCode, signal, stdout, stderr}))
    })
  } finally {
    if (options.cwd === undefined) rmSync(cwd, {recursive: true, force: true})
  }
}
