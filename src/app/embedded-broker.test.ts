import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {mkdtemp, readFile, rm} from 'node:fs/promises'
import {createServer} from 'node:net'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, expect, test} from 'vitest'
import {entryUrl} from '../base/entries.ts'
import {testSettings} from '../broker/server/testing/test-server.ts'
import {WireClient} from '../broker/server/testing/wire-client.ts'
import {encodeGetOffset, encodeHealthCheck, encodeProduce} from '../protocol/requests.ts'
import {decodeOffsetsResponse} from '../protocol/responses.ts'
import {type EmbeddedTarget, startEmbedded} from '../targets/embedded/embedded-target.ts'

const entry = entryUrl(import.meta.url, 'broker-process')

let dataDir: string
let target: EmbeddedTarget | undefined

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'streambus-embedded-'))
})
afterEach(async () => {
  await target?.stop()
  target = undefined
  await rm(dataDir, {recursive: true, force: true})
})

async function start(server: Parameters<typeof testSettings>[1] = {}): Promise<EmbeddedTarget> {
  target = await startEmbedded({entry, settings: testSettings(dataDir, server), startTimeoutMs: 20_000})
  return target
}

/** The state letter of /proc (Z: a zombie), or `gone`. `kill -0` would call a zombie alive. */
async function stateOf(pid: number): Promise<string> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
  return stat === undefined ? 'gone' : stat.slice(stat.lastIndexOf(')') + 2)[0]!
}

async function until(condition: () => Promise<boolean> | boolean): Promise<void> {
  const deadline = performance.now() + 15_000
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error('waited 15 s in vain')
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

async function isServing(port: number): Promise<boolean> {
  const client = await WireClient.connect(port)
  const answer = await client.ask(encodeHealthCheck(1))
  client.close()
  return answer !== null
}

function exitOf(broker: EmbeddedTarget): Promise<readonly [code: number | null, signal: string | null]> {
  return new Promise((resolve) => broker.onExit((code, signal) => resolve([code, signal])))
}

test('a started broker serves, says what it uses, and is gone after stop', async () => {
  const broker = await start({httpPort: 0})
  expect(await isServing(broker.port)).toBe(true)
  const health = await fetch(`http://127.0.0.1:${broker.httpPort}/health/ready`)
  expect(health.status).toBe(200)
  const usage = await broker.usage()
  expect(usage.cpuNs).toBeGreaterThan(0)
  expect(usage.rssBytes).toBeGreaterThan(10_000_000)
  const exit = exitOf(broker)
  await broker.stop()
  await broker.stop()
  expect(await exit).toEqual([0, null])
  expect(await stateOf(broker.pid)).toBe('gone')
})

test('what was acknowledged is there after a stop and a start', async () => {
  const first = await start()
  const client = await WireClient.connect(first.port)
  await client.ask(encodeProduce(1, 't', 0, [{value: 'kept'}]))
  client.close()
  await first.stop()
  const second = await start()
  const again = await WireClient.connect(second.port)
  const answer = await again.ask(encodeProduce(2, 't', 0, [{value: 'next'}]))
  again.close()
  expect(answer?.readBigInt64BE(15)).toBe(1n) // its base offset: the first message has 0
})

test('SIGINT is ignored, SIGTERM ends it cleanly', async () => {
  const broker = await start()
  process.kill(broker.pid, 'SIGINT')
  await new Promise((resolve) => setTimeout(resolve, 100))
  expect(await isServing(broker.port)).toBe(true)
  const exit = exitOf(broker)
  process.kill(broker.pid, 'SIGTERM')
  expect(await exit).toEqual([0, null])
})

test('a broker that is killed is reported with its signal, and questions to it are answered with an error', async () => {
  const broker = await start()
  const exit = exitOf(broker)
  process.kill(broker.pid, 'SIGKILL')
  expect(await exit).toEqual([null, 'SIGKILL'])
  await expect(broker.usage()).rejects.toMatchObject({code: 'SB_TARGET_LOST'})
  await broker.stop()
})

test('a port in use is named, and no process is left', async () => {
  const squatter = createServer().listen(0, '127.0.0.1')
  await once(squatter, 'listening')
  const address = squatter.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  await expect(start({port})).rejects.toMatchObject({
    code: 'SB_PORT_IN_USE',
    message: `Port ${port} of 127.0.0.1 is in use by another program.`,
  })
  await expect(start({httpPort: port})).rejects.toMatchObject({code: 'SB_PORT_IN_USE'})
  squatter.close()
  await start() // the data directory was let go
})

test('a process that ends before it serves is a failed start with its last words', async () => {
  const settings = testSettings(dataDir)
  const execArgv = ['--import', 'data:text/javascript,process.stderr.write("boom\\n"); process.exit(3)']
  await expect(startEmbedded({entry, settings, startTimeoutMs: 20_000, execArgv})).rejects.toMatchObject({
    code: 'SB_BROKER_START',
    message: expect.stringMatching(/exit code 3.*\nboom/),
  })
})

test('a process that does not come up in time is ended', async () => {
  const execArgv = ['--import', 'data:text/javascript,setInterval(() => {}, 1000); await new Promise(() => {})']
  const attempt = startEmbedded({entry, settings: testSettings(dataDir), startTimeoutMs: 300, execArgv})
  await expect(attempt).rejects.toMatchObject({code: 'SB_BROKER_START', message: expect.stringContaining('300 ms')})
})

test('captures are written to the path that was asked for', async () => {
  const broker = await start()
  const path = join(dataDir, 'x.cpuprofile')
  await broker.startCapture('cpu')
  await isServing(broker.port)
  expect(await broker.stopCapture('cpu', path)).toBe(path)
  expect(JSON.parse(await readFile(path, 'utf8'))).toHaveProperty('nodes')
  await expect(broker.stopCapture('cpu', path)).rejects.toMatchObject({code: 'SB_CAPTURE_FAILED'})
})

test('a suspended broker answers nothing until it goes on, and the watchdog is ended again', async () => {
  const broker = await start()
  const suspension = broker.suspend(300)
  await until(async () => (await stateOf(broker.pid)) === 'T')
  await suspension
  expect(await isServing(broker.port)).toBe(true)
  await until(async () => !(await processes()).some((line) => line.includes(`streambus-watchdog 0.800 ${broker.pid}`)))
})

test('a suspended broker can be stopped', async () => {
  const broker = await start()
  const suspension = broker.suspend(60_000)
  await until(async () => (await stateOf(broker.pid)) === 'T')
  await broker.stop()
  expect(await stateOf(broker.pid)).toBe('gone')
  await suspension
})

async function processes(): Promise<string[]> {
  const ps = spawn('ps', ['-eo', 'args'])
  const chunks: Buffer[] = []
  ps.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
  await once(ps, 'close')
  return Buffer.concat(chunks).toString().split('\n')
}

// A parent in a process of its own, which says its broker's pid and is then killed without a chance to tidy up.
async function killedParent(whatItDoes: string): Promise<number> {
  const parent = spawn(process.execPath, ['--input-type=module-typescript', '-e', parentScript(whatItDoes)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = (await once(parent.stdout, 'data')) as [Buffer]
  const pid = Number(line.toString())
  expect(await stateOf(pid)).toMatch(/[RSD]/)
  if (whatItDoes !== '') await until(async () => (await stateOf(pid)) === 'T')
  parent.kill('SIGKILL')
  await once(parent, 'close')
  return pid
}

function parentScript(whatItDoes: string): string {
  return `
    const {startEmbedded} = await import('${entryUrl(import.meta.url, '../targets/embedded/embedded-target')}')
    const settings = ${JSON.stringify(testSettings(dataDir))}
    const target = await startEmbedded({entry: new URL('${entry}'), settings, startTimeoutMs: 20000})
    console.log(target.pid)
    setTimeout(() => {${whatItDoes}}, 100)
    setInterval(() => {}, 1000)`
}

// Whose parent is gone is waited for by process 1; where that one does not (some containers), Z stays.
test('a broker whose parent was killed ends: no orphan, no zombie', async () => {
  const pid = await killedParent('')
  await until(async () => ['gone', 'Z'].includes(await stateOf(pid)))
})

test('a broker whose parent was killed while it was suspended goes on, and ends', async () => {
  const pid = await killedParent('target.suspend(1000)')
  await until(async () => ['gone', 'Z'].includes(await stateOf(pid)))
})

test('a broker whose stdin closes ends, whatever else it hears', async () => {
  const child = spawn(process.execPath, [entry.pathname], {stdio: ['pipe', 'ignore', 'ignore', 'ipc']})
  child.send({kind: 'start', settings: testSettings(dataDir)})
  await once(child, 'message')
  child.stdin?.end()
  const [code] = await once(child, 'close')
  expect(code).toBe(0)
})

test('a restart kills the process and serves the same log on the same port', async () => {
  const broker = await start()
  const exits: unknown[] = []
  broker.onExit((code, signal) => exits.push([code, signal]))
  const {pid, port} = broker
  let client = await WireClient.connect(port)
  await client.ask(encodeProduce(1, 'kept', 0, [{value: 'before the kill'}]))
  client.close()
  let servedMeanwhile = true
  await broker.restart(async () => {
    servedMeanwhile = await isServing(port).catch(() => false)
    expect(await stateOf(pid)).toBe('gone')
  })
  expect(servedMeanwhile).toBe(false)
  expect(broker.port).toBe(port)
  expect(broker.pid).not.toBe(pid)
  expect(exits).toEqual([])
  client = await WireClient.connect(port)
  const answer = await client.ask(encodeGetOffset(1, 'kept', 0))
  client.close()
  expect(decodeOffsetsResponse(answer!)).toMatchObject({start: 0, end: 1})
  await broker.stop()
  expect(exits).toEqual([[0, null]])
  await expect(broker.restart()).rejects.toMatchObject({code: 'SB_TARGET_LOST'})
})
