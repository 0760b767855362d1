import {execFileSync} from 'node:child_process'
import {once} from 'node:events'
import {writeFile} from 'node:fs/promises'
import {connect, type Socket} from 'node:net'
import {setTimeout as sleep} from 'node:timers/promises'
import {formatBytes} from '../../src/base/units.ts'
import {encodeFetch, encodeHealthCheck, encodeProduce} from '../../src/protocol/requests.ts'
import {median} from '../../src/stats/quantile.ts'
import {sortSamples} from '../../src/stats/sorted-samples.ts'
import {whereAndWhen} from './abba.ts'
import {type LiveBroker, withBroker} from './live-broker.ts'

/*
 * What a connection costs the embedded broker in memory: resident bytes of its process against the number of
 * connections, by what they do. The slope is the constant of a connection, where it meets zero that of the process.
 * Writes docs/connection-memory.md.
 *
 *   node test/bench/connection-memory.ts            up to 10,000 connections, 3 processes a row, about 3 minutes
 *   node test/bench/connection-memory.ts 1000 1     to try it; writes nothing
 */
const CONNECTIONS = Number(process.argv[2] ?? 10_000)
const PROCESSES = Number(process.argv[3] ?? 3)
const STEPS = 5
const AT_ONCE = 100
const PAGE = new URL('../../docs/connection-memory.md', import.meta.url)
const BUILD = new URL('../../bin/build.js', import.meta.url).pathname

interface State {
  readonly name: string
  /** Brings an open connection into the state. */
  enter(socket: Socket): Promise<unknown>
}

const large = encodeProduce(1, 't', 0, [{value: Buffer.alloc(105_000)}])
const store: State = {name: 'sent 105 KB to store', enter: (socket) => ask(socket, large)}

async function ask(socket: Socket, request: Buffer): Promise<void> {
  socket.write(request)
  await once(socket, 'data')
}

const states: readonly State[] = [
  {name: 'connected, never asked anything', enter: async () => {}},
  {name: 'asked for its health once', enter: (socket) => ask(socket, encodeHealthCheck(1))},
  {name: 'was answered 105 KB of stored messages', enter: fetched},
  {name: 'waits with 700 B of a request', enter: async (socket) => socket.write(large.subarray(0, 700))},
  {
    name: 'waits with 60 KB of a request, or less, where the bound on all of them holds it back',
    enter: async (socket) => socket.write(large.subarray(0, 60_000)),
  },
]

async function fetched(socket: Socket): Promise<void> {
  let bytes = 0
  const done = new Promise<void>((resolve) => {
    socket.on('data', (chunk) => {
      bytes += chunk.length
      if (bytes >= 105_000) resolve()
    })
  })
  socket.write(encodeFetch(1, 't', 0, 0, 100_000))
  await done
}

interface Line {
  readonly baseBytes: number
  readonly perConnectionBytes: number
}

/** Least squares through (connections, resident bytes). */
function lineThrough(points: readonly (readonly [number, number])[]): Line {
  const mean = (of: 0 | 1) => points.reduce((sum, point) => sum + point[of], 0) / points.length
  const [x, y] = [mean(0), mean(1)]
  const covariance = points.reduce((sum, point) => sum + (point[0] - x) * (point[1] - y), 0)
  const variance = points.reduce((sum, point) => sum + (point[0] - x) ** 2, 0)
  const perConnectionBytes = covariance / variance
  return {perConnectionBytes, baseBytes: y - perConnectionBytes * x}
}

async function openMore({embedded}: LiveBroker, sockets: Socket[], count: number, state: State): Promise<void> {
  while (sockets.length < count) {
    const opened = Array.from({length: Math.min(AT_ONCE, count - sockets.length)}, async () => {
      const socket = connect({port: embedded.port, host: embedded.host, noDelay: true})
      await once(socket, 'connect')
      await state.enter(socket)
      return socket
    })
    sockets.push(...(await Promise.all(opened)))
  }
}

async function measure(state: State): Promise<Line> {
  const settings = {'server.max_connections': CONNECTIONS + 10, 'storage.wal.fsync_policy': 'never'}
  return withBroker(
    settings,
    async (broker) => {
      const sockets: Socket[] = []
      await openMore(broker, sockets, 10, store) // something to fetch, and compiled code
      const points: [number, number][] = []
      for (let step = 1; step <= STEPS; step += 1) {
        await openMore(broker, sockets, (CONNECTIONS * step) / STEPS, state)
        await sleep(500)
        points.push([sockets.length, await broker.rssBytes()])
      }
      for (const socket of sockets) socket.destroy()
      return lineThrough(points)
    },
    {isBuilt: true},
  )
}

async function rowOf(state: State): Promise<string> {
  const lines: Line[] = []
  for (let run = 0; run < PROCESSES; run += 1) lines.push(await measure(state))
  const middle = (of: keyof Line) => median(sortSamples(lines.map((line) => line[of])))
  const all = lines.map((line) => formatBytes(line.perConnectionBytes)).join(', ')
  const row = `| ${state.name} | ${formatBytes(middle('perConnectionBytes'))} | ${all} | ${formatBytes(middle('baseBytes'))} |`
  process.stdout.write(`${row}\n`)
  return row
}

async function main(): Promise<void> {
  execFileSync(process.execPath, [BUILD, '--if-stale'], {stdio: ['ignore', 2, 2]})
  const rows: string[] = []
  for (const state of states) rows.push(await rowOf(state))
  if (CONNECTIONS < 10_000 || PROCESSES < 3) return
  await writeFile(PAGE, page(rows, await whereAndWhen()))
}

function page(rows: readonly string[], where: string): string {
  return `# Memory of a connection

Resident memory of the embedded broker's process against the number of its connections, ${CONNECTIONS.toLocaleString('en')} at the most,
${where}. Written by \`node test/bench/connection-memory.ts\`, medians of ${PROCESSES} processes; what the kernel
holds for a socket is not in it.

| a connection that | takes | each process | process without connections |
|---|---:|---|---:|
${rows.join('\n')}

A connection takes part in \`(read_buffer_size + write_buffer_size) x max_connections\` only while it is behind: all of them read
into one page, what is left of a read lies in pages of 1 KiB up to 256 KiB that grow with what has arrived, and answers lie in pages of
16 KiB until the client has taken them. Beyond what the connections themselves take, requests that are not whole or have to wait hold at
most 256 MiB, and answers that clients do not read at most 320 MiB and 64 KiB a connection.
`
}

await main()
