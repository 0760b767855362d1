import {type ChildProcess, spawn} from 'node:child_process'
import {once} from 'node:events'
import {createServer} from 'node:http'
import {type AddressInfo, createServer as createTcpServer} from 'node:net'
import {afterEach, expect, test} from 'vitest'
import {captureNode, startRemoteCapture} from './inspector-remote.ts'

const children: ChildProcess[] = []
afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
})

// Called often, for a short time: code that V8 replaced in the middle of a long loop before the capture began is
// unknown to its sampler, which then charges the caller.
const BUSY = `
  function burnCycles() { let sum = 0; for (let i = 0; i < 2e4; i += 1) sum = (sum * 31 + i) >>> 0; return sum }
  function turn() { burnCycles(); require('node:fs').stat('/', turn) }
  turn()
`

/** A Node process with an inspector on a free port; resolves with the ws:// URL that it prints. */
async function spawnInspected(): Promise<{child: ChildProcess; url: string}> {
  const child = spawn(process.execPath, ['--inspect=127.0.0.1:0', '-e', BUSY], {stdio: ['ignore', 'ignore', 'pipe']})
  children.push(child)
  let text = ''
  for await (const chunk of child.stderr!) {
    text += chunk
    const found = /ws:\/\/\S+/.exec(text)
    if (found !== null) return {child, url: found[0]}
  }
  throw new Error(`no inspector: ${text}`)
}

test('a running process is captured by its ws:// URL and by its http:// address', async () => {
  const {url} = await spawnInspected()
  for (const form of [url, `http://${new URL(url).host}`, new URL(url).host]) {
    const {text, address} = await captureNode({url: form, kind: 'cpu', durationMs: 300})
    expect(text).toContain('burnCycles')
    expect(JSON.parse(text).streambus).toMatchObject({kind: 'cpu', node: process.version})
    expect(address.node).toBe(process.version)
  }
})

test('heap and alloc captures of a running process are heapprofiles', async () => {
  const {url} = await spawnInspected()
  for (const kind of ['heap', 'alloc'] as const) {
    const {text} = await captureNode({url, kind, durationMs: 50})
    expect(JSON.parse(text)).toMatchObject({head: {callFrame: {functionName: '(root)'}}, streambus: {kind}})
  }
})

test('a process that dies during the capture ends it at once, as lost', async () => {
  const {child, url} = await spawnInspected()
  const capture = captureNode({url, kind: 'cpu', durationMs: 60_000})
  setTimeout(() => child.kill('SIGKILL'), 200)
  await expect(capture).rejects.toMatchObject({code: 'SB_TARGET_LOST', message: expect.stringContaining('went away')})
})

test('an abort keeps what was captured until then', async () => {
  const {url} = await spawnInspected()
  const {text} = await captureNode({url, kind: 'cpu', durationMs: 60_000, signal: AbortSignal.timeout(200)})
  expect(text).toContain('burnCycles')
})

test('a stale id is refused with the way to find the current one', async () => {
  const {url} = await spawnInspected()
  const stale = `ws://${new URL(url).host}/00000000-0000-0000-0000-000000000000`
  await expect(startRemoteCapture(stale, 'cpu')).rejects.toMatchObject({
    code: 'SB_TARGET_UNREACHABLE',
    hint: expect.stringContaining(`http://${new URL(url).host}`),
  })
})

test('a port where nothing listens is unreachable, with how to open an inspector', async () => {
  const server = createTcpServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const {port} = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  await expect(startRemoteCapture(`127.0.0.1:${port}`, 'cpu')).rejects.toMatchObject({
    code: 'SB_TARGET_UNREACHABLE',
    hint: expect.stringContaining('--inspect'),
  })
})

test('an HTTP server that is no inspector is named as such', async () => {
  const server = createServer((_, response) => response.end('<html>')).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const {port} = server.address() as AddressInfo
  await expect(startRemoteCapture(`http://127.0.0.1:${port}`, 'cpu')).rejects.toMatchObject({
    code: 'SB_TARGET_PROTOCOL',
    message: expect.stringContaining('not a Node inspector'),
  })
  server.close()
})

test('a server that speaks another protocol is no HTTP', async () => {
  const server = createTcpServer((socket) => socket.end('SSH-2.0-x\r\n')).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const {port} = server.address() as AddressInfo
  await expect(startRemoteCapture(`http://127.0.0.1:${port}`, 'cpu')).rejects.toMatchObject({
    code: 'SB_TARGET_PROTOCOL',
  })
  server.close()
})

test('credentials in the URL are refused and not repeated', async () => {
  const attempt = startRemoteCapture('http://admin:hunter2@127.0.0.1:9229', 'cpu')
  await expect(attempt).rejects.toMatchObject({code: 'SB_USAGE'})
  await expect(attempt).rejects.not.toThrow('hunter2')
})
