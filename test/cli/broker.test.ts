import {type ChildProcess, spawn} from 'node:child_process'
import {once} from 'node:events'
import {mkdtemp, rm, writeFile} from 'node:fs/promises'
import {createServer} from 'node:net'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, expect, test} from 'vitest'
import {WireClient} from '../../src/broker/server/testing/wire-client.ts'
import {encodeHealthCheck, encodeProduce} from '../../src/protocol/requests.ts'
import {root, runCli, userEnvironment} from './run-cli.ts'

const noHttp = ['--set', 'server.http_port=-1']

let folder: string
let broker: ChildProcess | undefined
let stderr: string
let stdout: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'streambus-broker-'))
})
afterEach(async () => {
  broker?.kill('SIGKILL')
  broker = undefined
  await rm(folder, {recursive: true, force: true})
})

/** Starts `streambus broker` without a stdin and waits until it says where it listens. */
async function start(...args: string[]): Promise<{child: ChildProcess; port: number}> {
  const child = spawn(process.execPath, [join(root, 'bin', 'run.js'), 'broker', ...args], {
    cwd: folder,
    env: {...userEnvironment(), NO_COLOR: '1'},
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  broker = child
  stderr = ''
  stdout = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  while (!/Listening on \S+:\d+/.test(stderr)) {
    if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}: ${stderr}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  return {child, port: Number(/Listening on \S+:(\d+)/.exec(stderr)?.[1])}
}

async function exitCodeAfter(child: ChildProcess, signal: NodeJS.Signals): Promise<unknown> {
  const closed = once(child, 'close')
  child.kill(signal)
  return (await closed)[0]
}

async function configFile(text: string): Promise<string> {
  const path = join(folder, 'broker.yaml')
  await writeFile(path, text)
  return path
}

test("a Go broker's minimal file starts it; one SIGTERM ends it cleanly, and what it took is kept", async () => {
  const config = await configFile(
    [
      'server: { broker_id: 1, host: 127.0.0.1, port: 0, http_port: -1 }',
      'storage: { data_dir: ./sb/data }',
      'cluster:',
      '  raft: { data_dir: ./sb/raft }',
      '  peers: ["1:127.0.0.1:9093"]',
    ].join('\n'),
  )
  const first = await start('--config', config)
  expect(stderr.match(/unused here/g)).toHaveLength(1)
  const client = await WireClient.connect(first.port)
  await client.ask(encodeProduce(1, 't', 0, [{value: 'kept'}]))
  expect(await exitCodeAfter(first.child, 'SIGTERM')).toBe(0)
  expect(stderr).toContain('1 messages in')
  const second = await start('--config', config)
  const again = await WireClient.connect(second.port)
  const answer = await again.ask(encodeProduce(2, 't', 0, [{value: 'next'}]))
  expect(answer?.readBigInt64BE(15)).toBe(1n)
  expect(await exitCodeAfter(second.child, 'SIGINT')).toBe(0)
})

test('--json-stream says where it listens in its first line, --json on stderr; the result is last', async () => {
  const args = ['--port', '0', '--data-dir', 'data', ...noHttp]
  const streaming = await start(...args, '--json-stream')
  const place = {host: '127.0.0.1', port: streaming.port, httpPort: -1, dataDir: 'data'}
  await expect.poll(() => stdout).toMatch(/\n/)
  expect(JSON.parse(stdout)).toEqual({type: 'listening', pid: streaming.child.pid, ...place})
  expect(await exitCodeAfter(streaming.child, 'SIGTERM')).toBe(0)
  expect(JSON.parse(stdout.split('\n')[1] ?? '')).toMatchObject({type: 'result', result: place})
  const quiet = await start(...args, '--json')
  expect(stdout).toBe('')
  expect(await exitCodeAfter(quiet.child, 'SIGTERM')).toBe(0)
  expect(JSON.parse(stdout)).toMatchObject({...place, port: quiet.port, stats: {messagesProduced: 0}})
})

test('a broker whose log failed serves on and says so, and does not end as if nothing had happened', async () => {
  const {child} = await start('--port', '0', '--data-dir', 'data', ...noHttp)
  await rm(join(folder, 'data', 'lock.db'))
  await expect.poll(() => stderr, {timeout: 10_000}).toMatch(/takes no more writes: \S+lock\.db was removed/)
  expect(await exitCodeAfter(child, 'SIGTERM')).toBe(3)
  expect(stderr).toMatch(/Closed after \d+ s[\s\S]*SB_STORAGE_FAILED \(exit 3\)/)
})

test('a host that is not loopback is warned of', async () => {
  const config = await configFile('server: {host: 0.0.0.0, http_port: -1}\nstorage: {cleanup_interval: 1m}\n')
  const {port} = await start('--config', config, '--port', '0', '--data-dir', join(folder, 'data'))
  expect(stderr).toContain('listens on 0.0.0.0')
  const client = await WireClient.connect(port)
  expect(await client.ask(encodeHealthCheck(1))).not.toBeNull()
  client.close()
})

// The guide's three blocks, value for value (src/settings/profiles.test.ts compares them with the guide).
test.each(['throughput', 'latency', 'balanced'])("the guide's %s file runs unchanged", async (name) => {
  const config = join(root, 'profiles', `${name}.yaml`)
  const {child, port} = await start('--config', config, '--port', '0', '--data-dir', join(folder, 'data'), ...noHttp)
  expect(stderr).not.toMatch(/warning|no effect|unused/i)
  const client = await WireClient.connect(port)
  expect(await client.ask(encodeProduce(1, 't', 0, [{value: 'taken'}]))).not.toBeNull()
  client.close()
  expect(await exitCodeAfter(child, 'SIGTERM')).toBe(0)
})

test('--print-config prints every key with its origin, as a file that means the same, and starts nothing', async () => {
  const config = await configFile('server: {broker_id: 1}\nstorage:\n  wal: {fsync: always}\n')
  const args = ['broker', '--config', config, '--set', 'storage.retention.bytes=1GiB', '--print-config']
  const env = {STREAMBUS_STORAGE_MEMTABLE_NUM_IMMUTABLE: '3'}
  const printed = await runCli(args, {env})
  expect(printed.exitCode).toBe(0)
  expect(printed.stdout).toContain(`fsync_policy: "always" # ${config}:3 as storage.wal.fsync\n`)
  expect(printed.stdout).toContain('num_immutable: 3 # STREAMBUS_STORAGE_MEMTABLE_NUM_IMMUTABLE\n')
  expect(printed.stdout).toContain('bytes: 1073741824 # 1GiB, --set\n')
  expect(printed.stdout).toContain('segment_size: 536870912 # 512MiB, default\n')
  expect(printed.stderr).toMatch(/read as ours: storage\.wal\.fsync as storage\.wal\.fsync_policy/)
  const copy = join(folder, 'copy.yaml')
  await writeFile(copy, printed.stdout)
  const original = await entriesOf(args, env)
  expect(await entriesOf(['broker', '--config', copy, '--print-config'], {})).toEqual(original)
  expect(Object.keys(original)).toHaveLength(33)
})

async function entriesOf(args: string[], env: Record<string, string>): Promise<Record<string, unknown>> {
  const {stdout} = await runCli([...args, '--json'], {env})
  const {entries} = JSON.parse(stdout) as {entries: {key: string; value: unknown}[]}
  return Object.fromEntries(entries.map(({key, value}) => [key, value]))
}

test('a mistyped key of --set is named with the nearest one', async () => {
  const {exitCode, stderr} = await runCli(['broker', '--set', 'storage.wal.fsync_polcy=always', '--print-config'])
  expect([exitCode, stderr.includes('the nearest is storage.wal.fsync_policy')]).toEqual([2, true])
})

test('a port in use, a bad value and a missing file are errors that say what to do', async () => {
  const squatter = createServer().listen(0, '127.0.0.1')
  await once(squatter, 'listening')
  const address = squatter.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const env = {STREAMBUS_SERVER_HTTP_PORT: '-1'}
  const taken = await runCli(['broker', '--port', String(port), '--data-dir', join(folder, 'data')], {env})
  squatter.close()
  expect(taken.exitCode).toBe(3)
  expect(taken.stderr).toContain(`Port ${port} of 127.0.0.1 is in use`)
  expect(taken.stderr).toContain('SB_PORT_IN_USE')
  const bad = await runCli(['broker', '--config', await configFile('storage:\n  wal: {fsync_policy: sometimes}\n')])
  expect(bad.exitCode).toBe(2)
  expect(bad.stderr).toMatch(/broker\.yaml:2.*fsync_policy/)
  const missing = await runCli(['broker', '--config', join(folder, 'nowhere.yaml')])
  expect([missing.exitCode, missing.stderr.includes('nowhere.yaml')]).toEqual([2, true])
})
