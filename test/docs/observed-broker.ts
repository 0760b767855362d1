import {type ChildProcess, execFile, spawn} from 'node:child_process'
import {once} from 'node:events'
import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {promisify} from 'node:util'
import {type ParsedFamily, parseExposition} from '../../src/broker/metrics/testing/parse-exposition.ts'
import {WireClient} from '../../src/broker/server/testing/wire-client.ts'
import {encodeFetch, encodeProduce} from '../../src/protocol/requests.ts'
import {userEnvironment} from '../cli/run-cli.ts'

const root = join(import.meta.dirname, '..', '..')
const PAGE_PORTS = {data: 9092, http: 8080} // as the page prints them

/** A `streambus broker` with some traffic, for the commands of docs/observability.md. */
export class ObservedBroker {
  readonly #folder: string
  readonly #child: ChildProcess
  readonly #port: number
  readonly #httpPort: number

  static async start(): Promise<ObservedBroker> {
    const folder = await mkdtemp(join(tmpdir(), 'streambus-observed-'))
    const args = ['broker', '--port', '0', '--data-dir', 'data', '--set', 'server.http_port=0']
    const child = spawn(process.execPath, [join(root, 'bin', 'run.js'), ...args], {
      cwd: folder,
      env: {...userEnvironment(), NO_COLOR: '1'},
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    let stderr = ''
    child.stderr.setEncoding('utf8')
    for await (const text of child.stderr) {
      stderr += text
      const [, port, httpPort] = /Listening on \S+:(\d+), metrics on http:\/\/\S+:(\d+)\//.exec(stderr) ?? []
      if (port === undefined || httpPort === undefined) continue
      return new ObservedBroker(folder, child, Number(port), Number(httpPort))
    }
    throw new Error(`the broker ended: ${stderr}`)
  }

  private constructor(folder: string, child: ChildProcess, port: number, httpPort: number) {
    this.#folder = folder
    this.#child = child
    this.#port = port
    this.#httpPort = httpPort
  }

  /** 200,000 messages of 1 KiB in batches of 100 into `orders`, of which half are read again. */
  async traffic(batches = 2000): Promise<void> {
    const client = await WireClient.connect(this.#port)
    const messages = Array.from({length: 100}, () => ({value: Buffer.alloc(1024)}))
    for (let id = 0; id < batches; id += 1) await client.ask(encodeProduce(id, 'orders', 0, messages))
    for (let id = 0; id < batches / 2; id += 1) await client.ask(encodeFetch(id, 'orders', 0, id * 100, 102_400))
    client.close()
  }

  async metrics(): Promise<Map<string, ParsedFamily>> {
    return parseExposition(await (await fetch(`http://127.0.0.1:${this.#httpPort}/metrics`)).text())
  }

  /** What a command of the page prints on stdout, the page's ports meaning this broker's. Rejects when it fails. */
  async run(command: string): Promise<string> {
    const asked = command
      .replaceAll(`127.0.0.1:${PAGE_PORTS.http}`, `127.0.0.1:${this.#httpPort}`)
      .replaceAll(`127.0.0.1:${PAGE_PORTS.data}`, `127.0.0.1:${this.#port}`)
    const shell = `set -o pipefail; streambus() { "$STREAMBUS_NODE" "$STREAMBUS_RUN" "$@"; }; ${asked}`
    const env = {
      ...userEnvironment(),
      NO_COLOR: '1',
      PPROF_TMPDIR: this.#folder,
      STREAMBUS_NODE: process.execPath,
      STREAMBUS_RUN: join(root, 'bin', 'run.js'),
    }
    const {stdout} = await promisify(execFile)('bash', ['-c', shell], {cwd: this.#folder, env})
    return stdout
      .replaceAll(String(this.#httpPort), String(PAGE_PORTS.http))
      .replaceAll(String(this.#port), String(PAGE_PORTS.data))
  }

  async stop(): Promise<void> {
    const closed = once(this.#child, 'close')
    this.#child.kill('SIGTERM')
    await closed
    await rm(this.#folder, {recursive: true, force: true})
  }
}

/** The table of every metric, as the page holds it between its markers. */
export function metricsTable(families: ReadonlyMap<string, ParsedFamily>): string {
  const rows = [...families.values()].map(({name, type, help, samples}) => {
    const labels = [...new Set(samples.flatMap((sample) => Object.keys(sample.labels)))]
    const shown = labels.length === 0 ? `\`${name}\`` : `\`${name}\` {${labels.join(', ')}}`
    return `| ${shown} | ${type} | ${help} |`
  })
  return ['| Metric | Type | What |', '|---|---|---|', ...rows].join('\n')
}

export const METRICS_MARKS = [
  '<!-- metrics: written by test/docs/write-observability.ts -->',
  '<!-- end of metrics -->',
] as const

/** The page's table, or that of `families` put in its place. */
export function tableOf(page: string): string {
  const [start, end] = METRICS_MARKS
  return page.slice(page.indexOf(start) + start.length, page.indexOf(end)).trim()
}

export function withTable(page: string, table: string): string {
  const [start, end] = METRICS_MARKS
  return `${page.slice(0, page.indexOf(start) + start.length)}\n\n${table}\n\n${page.slice(page.indexOf(end))}`
}
