import {spawn} from 'node:child_process'
import {existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {connect, createServer} from 'node:net'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, expect, test} from 'vitest'
import type {Results} from '../../src/model/results.ts'
import {firstSchemaProblem} from '../../src/store/results-schema.ts'
import {root, runCli, userEnvironment} from './run-cli.ts'

/** A log pool small enough that a test does not wait for it to be filled. */
const small = ['--set', 'storage.retention.bytes=64MiB', '--set', 'storage.wal.segment_size=16MiB']
const short = [...small, '--duration', '300ms', '--warmup', '100ms', '--message-size', '1024']

let cwd: string
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'streambus-cli-bench-'))
})
afterEach(() => rmSync(cwd, {recursive: true, force: true}))

function readOnlyResults(): Results {
  const names = readdirSync(join(cwd, 'results')).filter((name) => name.endsWith('.json'))
  expect(names).toHaveLength(1)
  return JSON.parse(readFileSync(join(cwd, 'results', names[0] ?? ''), 'utf8')) as Results
}

test('bench throughput prints a table, saves a valid results file, and leaves no data behind', async () => {
  const dataDir = join(cwd, 'data')
  const {exitCode, stdout, stderr} = await runCli(
    ['bench', 'throughput', ...short, '--count', '2', '--data-dir', dataDir],
    {cwd},
  )
  expect(stderr).not.toContain('Error')
  expect(exitCode).toBe(0)
  expect(stdout).toMatch(
    /^Embedded broker, fsync interval 500ms, log files of 64 MiB filled beforehand\n1 producer, 8 in flight, 1 KiB x 100; 2 samples/,
  )
  expect(stdout).toMatch(/size=1024/)
  expect(stdout).toMatch(/Saved results\/\d{8}T\d{6}-throughput\.json/)
  expect(stdout).not.toContain('\u001b')
  const results = readOnlyResults()
  expect(await firstSchemaProblem(results)).toBeUndefined()
  expect(results.outcome).toBe('completed')
  expect(results.benchmarks[0]?.name).toMatch(/^ProduceThroughput\/size=1024\/batch=100-\d+$/)
  for (const sample of results.benchmarks[0]?.samples ?? []) {
    expect(sample.counters.acked).toBeGreaterThan(0)
    expect(sample.counters.lost).toBe(0)
    expect(sample.resources.target?.cpuShare).toBeGreaterThan(0)
  }
  expect(readdirSync(dataDir)).toEqual([])
})

test('a consumer receives every message that was acknowledged, once and in order', async () => {
  const args = [
    'bench',
    'throughput',
    ...short,
    '--count',
    '1',
    '--consumers',
    '2',
    '--partitions',
    '4',
    '--producers',
    '2',
  ]
  const {exitCode, stdout} = await runCli([...args, '--json'], {cwd})
  expect(exitCode).toBe(0)
  const results = JSON.parse(stdout) as Results
  const counters = results.benchmarks[0]?.samples[0]?.counters
  expect(counters?.received).toBe(counters?.acked)
  expect(counters).toMatchObject({lost: 0, duplicated: 0, reordered: 0, errors: 0, unfinished: 0})
  expect(results.benchmarks[0]?.samples[0]?.metrics['e2e-p99-ns']).toBeGreaterThan(0)
})

test('bench latency measures an open loop, and exits 4 exactly when its samples are invalid', async () => {
  const args = ['bench', 'latency', ...short, '--count', '2', '--target-rate', '200/s']
  const {exitCode, stdout} = await runCli(args, {cwd})
  const results = readOnlyResults()
  const samples = results.benchmarks[0]?.samples ?? []
  expect(samples).toHaveLength(2)
  const valid = samples.filter((sample) => sample.validity.verdict === 'valid').length
  expect(exitCode).toBe(valid * 2 < samples.length ? 4 : 0) // a busy machine may make them invalid, which must be said
  expect(stdout).toContain(valid === 0 ? 'Invalid: ' : 'Response time max')
  // 300 ms are measured as 500 ms, one whole fsync interval; at 200/s these are 100 arrivals, whatever the machine does.
  for (const sample of samples) expect(sample.counters.scheduled).toBe(100)
})

test('--format gobench prints a line a sample and nothing else on stdout', async () => {
  const args = ['bench', 'throughput', ...short, '--count', '2', '--format', 'gobench']
  const {exitCode, stdout} = await runCli(args, {cwd})
  expect(exitCode).toBe(0)
  const lines = stdout.trim().split('\n')
  const results = lines.filter((line) => line.startsWith('Benchmark'))
  expect(results).toHaveLength(2)
  expect(results[0]).toMatch(
    /^BenchmarkProduceThroughput\/size=1024\/batch=100-\d+ \d+ [\d.e+]+ msgs\/s [\d.e+]+ MB\/s [\d.e+-]+ ns\/op/,
  )
  for (const line of lines) expect(line).toMatch(/^(Benchmark|Unit |[a-z]+: )/)
})

test('a baseline is saved under its name and compared with', async () => {
  const bench = ['bench', 'throughput', ...short, '--count', '1']
  expect((await runCli([...bench, '--save-baseline', 'main'], {cwd})).exitCode).toBe(0)
  expect(existsSync(join(cwd, 'results', 'baselines', 'main.json'))).toBe(true)
  const {exitCode, stdout} = await runCli([...bench, '--compare', 'main'], {cwd})
  expect(exitCode).toBe(0)
  expect(stdout).toContain('vs base')
})

test('an unknown baseline is refused before anything is measured', async () => {
  const {exitCode, stderr} = await runCli(['bench', 'throughput', ...short, '--compare', 'nope'], {cwd})
  expect(exitCode).toBe(2)
  expect(stderr).toContain('nope is neither a file nor a baseline')
  expect(existsSync(join(cwd, 'results'))).toBe(false)
})

test('Ctrl-C keeps what was measured, marks it interrupted, and exits 130', async () => {
  const args = [join(root, 'bin', 'run.js'), 'bench', 'throughput', ...small, '--duration', '60s', '--warmup', '100ms']
  const child = spawn(process.execPath, args, {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {...userEnvironment(), NO_COLOR: '1'},
  })
  let stderr = ''
  child.stderr.on('data', (text) => {
    stderr += text
  })
  const closed = new Promise<number | null>((resolve) => child.on('close', resolve))
  await until(() => /measure/.test(stderr) || readdirSync(cwd).includes('results'))
  await new Promise((resolve) => setTimeout(resolve, 2_500)) // into the measured phase
  child.kill('SIGINT')
  const at = performance.now()
  expect(await closed).toBe(130)
  expect(performance.now() - at).toBeLessThan(10_000) // 2 s on a machine of its own
  const results = readOnlyResults()
  expect(results.outcome).toBe('interrupted')
  expect(results.benchmarks[0]?.samples[0]?.outcome).toBe('interrupted')
  expect(results.benchmarks[0]?.samples[0]?.counters.acked).toBeGreaterThan(0)
  expect(stderr).toContain('SB_INTERRUPTED')
})

test('a broker that dies in a run ends it with 3, and the samples before it are kept', async () => {
  const port = await freePort()
  const dataDir = join(cwd, 'broker')
  const broker = spawn(
    process.execPath,
    [join(root, 'bin', 'run.js'), 'broker', '--config', writeConfig(port, dataDir)],
    {cwd, stdio: ['ignore', 'ignore', 'ignore'], env: userEnvironment()},
  )
  try {
    await until(() => accepts(port))
    const bench = ['bench', 'throughput', '--target', `streambus://127.0.0.1:${port}`, '--message-size', '1024']
    const run = runCli([...bench, '--duration', '1s', '--warmup', '100ms', '--count', '30'], {cwd})
    await until(() => existsSync(join(cwd, 'results')) && sampleCount() >= 2)
    broker.kill('SIGKILL')
    const {exitCode, stderr} = await run
    expect(stderr).toMatch(/SB_TARGET_(LOST|UNREACHABLE) \(exit 3\)/)
    expect(exitCode).toBe(3)
    const results = readOnlyResults()
    expect(results.outcome).toBe('failed')
    expect(
      results.benchmarks[0]?.samples.filter((sample) => sample.outcome === 'completed').length,
    ).toBeGreaterThanOrEqual(2)
  } finally {
    broker.kill('SIGKILL')
  }
})

test('no broker at the target: a clear error, exit 3', async () => {
  const port = await freePort()
  const {exitCode, stderr} = await runCli(['bench', 'throughput', '--target', `streambus://127.0.0.1:${port}`], {cwd})
  expect(exitCode).toBe(3)
  expect(stderr).toContain(`127.0.0.1:${port}`)
  expect(stderr).toContain('SB_TARGET_UNREACHABLE')
})

test.each([
  [['--target', 'kafka://127.0.0.1:9092'], 'SB_USAGE'],
  [['--target', 'streambus://user:secret@127.0.0.1:9092'], 'SB_USAGE'],
  [['--message-size', '8'], 'SB_USAGE'],
  [['--duration', '10 parsecs'], 'SB_USAGE'],
  [['--set', 'storage.wal.fsync_polcy=always'], 'SB_CONFIG_INVALID'],
  [['--set', 'storage.wal.fsync_policy=sometimes'], 'SB_CONFIG_INVALID'],
  [['--config', 'missing.yaml'], 'SB_INPUT_NOT_FOUND'],
  [['--count', '0'], 'SB_USAGE'],
])('%j is refused with %s before anything is measured', async (flags, code) => {
  const {exitCode, stderr, stdout} = await runCli(['bench', 'throughput', ...flags], {cwd})
  expect(exitCode).toBe(2)
  expect(stderr).toContain(code)
  expect(stderr).not.toContain('secret')
  expect(stdout).toBe('')
})

function sampleCount(): number {
  try {
    return readOnlyResults().benchmarks[0]?.samples.length ?? 0
  } catch {
    return 0 // not written yet
  }
}

function writeConfig(port: number, dataDir: string): string {
  const path = join(cwd, 'broker.yaml')
  writeFileSync(
    path,
    `server: {host: 127.0.0.1, port: ${port}, http_port: -1}\n` +
      `storage: {data_dir: ${dataDir}, wal: {segment_size: 16777216}, retention: {bytes: 67108864}}\n`,
  )
  return path
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.on('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.on('error', () => resolve(false))
  })
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 400; tries += 1) {
    if (await condition()) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error('waited 20 s in vain')
}
