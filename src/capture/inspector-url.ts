import {StreambusError} from '../base/errors.ts'
import {httpGet, parseUrl} from './http-get.ts'

const TIMEOUT_MS = 5000
const BYTES_MAX = 1024 * 1024

/** A V8 inspector that answered. */
export interface InspectorAddress {
  readonly webSocketUrl: string
  readonly host: string // `127.0.0.1:9229`
  readonly node: string // `v26.10.0`
}

/**
 * Finds the inspector that `text` names: `ws://127.0.0.1:9229/<id>` as Node prints it, or
 * `http://127.0.0.1:9229`, whose first Node target is taken. The host that was asked is the host
 * that is used, whatever the list says, so that a tunnel works and nobody is sent elsewhere.
 *
 * Rejects with SB_USAGE, the codes of `httpGet`, and SB_TARGET_PROTOCOL for what is no Node inspector.
 */
export async function findInspector(text: string): Promise<InspectorAddress> {
  const url = parseUrl(text, '--inspect', ['ws:', 'http:'])
  const version = await getJson(new URL(`http://${url.host}/json/version`))
  const browser = fieldOf(version, 'Browser') ?? ''
  if (!browser.startsWith('node.js/')) throw notAnInspector(url, `it says it is ${JSON.stringify(browser)}`)
  const node = browser.slice('node.js/'.length)
  if (url.protocol === 'ws:' && url.pathname !== '/')
    return {webSocketUrl: `ws://${url.host}${url.pathname}`, host: url.host, node}
  const targets = await getJson(new URL(`http://${url.host}/json/list`))
  const listed = Array.isArray(targets) ? targets.map((target) => fieldOf(target, 'webSocketDebuggerUrl')) : []
  const target = URL.parse(listed.find((entry) => entry !== undefined) ?? '')
  if (target === null) throw notAnInspector(url, 'it lists no target')
  return {webSocketUrl: `ws://${url.host}${target.pathname}`, host: url.host, node}
}

async function getJson(url: URL): Promise<unknown> {
  const answer = await orHint(url, httpGet(url, {timeoutMs: TIMEOUT_MS, bytesMax: BYTES_MAX}))
  if (answer.status !== 200) throw notAnInspector(url, `HTTP ${answer.status} for ${url.pathname}`)
  try {
    return JSON.parse(answer.body.toString('utf8'))
  } catch {
    throw notAnInspector(url, `${url.pathname} is not JSON`)
  }
}

/** Adds to "nothing answers" how a Node process gets an inspector. */
async function orHint<T>(url: URL, answer: Promise<T>): Promise<T> {
  try {
    return await answer
  } catch (error) {
    if (!(error instanceof StreambusError) || error.code !== 'SB_TARGET_UNREACHABLE') throw error
    throw new StreambusError(error.code, error.message, {
      hint: `start the process with node --inspect=${url.host}, or open its inspector with kill -USR1 PID (only if it is Node: others die of it)`,
      cause: error,
    })
  }
}

function notAnInspector(url: URL, why: string): StreambusError {
  return new StreambusError('SB_TARGET_PROTOCOL', `${url.host} answers, but is not a Node inspector: ${why}`, {
    hint: 'give the ws:// line that node --inspect prints',
  })
}

function fieldOf(value: unknown, field: string): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const found: unknown = Reflect.get(value, field)
  return typeof found === 'string' ? found : undefined
}
