import {setTimeout as delay} from 'node:timers/promises'
import {StreambusError} from '../base/errors.ts'
import {type HttpRoute, type RouteAnswer, type RouteRequest, textAnswer} from '../broker/http/route.ts'
import {collectGarbage, startLocalCapture} from '../capture/local.ts'
import {startLocalTrace} from '../capture/local-trace.ts'
import {readCapture} from '../captures/read-capture.ts'
import {toPprof} from '../captures/to-pprof.ts'
import type {CaptureKind} from '../model/capture.ts'

const SECONDS_MAX = 600

/** What is recorded: while one runs, a second one that needs the same sampler is refused. */
type Sampler = 'cpu' | 'heap' | 'trace'

interface CaptureRoute {
  readonly name: string // behind /debug/pprof/
  readonly sampler: Sampler
  readonly defaultSec: number
  readonly summary: string
  /** Records until `over` is settled; what it gives is sent. */
  capture(query: URLSearchParams, over: Promise<void>): Promise<Pick<RouteAnswer, 'contentType' | 'body'>>
}

const captures: readonly CaptureRoute[] = [
  {
    name: 'profile',
    sampler: 'cpu',
    defaultSec: 30,
    summary: 'CPU time of the broker for ?seconds=N (30), sampled every millisecond; pprof',
    capture: (_query, over) => pprofOf('cpu', over),
  },
  {
    name: 'heap',
    sampler: 'heap',
    defaultSec: 5,
    summary: 'what was allocated in ?seconds=N (5) and is still held; gc=1 collects garbage first; pprof',
    capture: (query, over) => pprofOf('heap', over, query.get('gc') === '1'),
  },
  {
    name: 'allocs',
    sampler: 'heap',
    defaultSec: 5,
    summary: 'what was allocated in ?seconds=N (5), garbage included; pprof',
    capture: (_query, over) => pprofOf('alloc', over),
  },
  {
    name: 'trace',
    sampler: 'trace',
    defaultSec: 1,
    summary: "Node's and V8's trace events of ?seconds=N (1), for Perfetto; Chrome trace JSON, not Go's format",
    capture: traceOf,
  },
]

/**
 * `/debug/pprof/` as Go's net/http/pprof has it, for this process: what `go tool pprof URL` reads. V8 has one sampler of
 * a kind, so a second capture at a time is refused with 409; one whose client goes ends at once.
 */
export function pprofRoutes(): HttpRoute[] {
  const running = new Set<Sampler>()
  const index = () =>
    textAnswer(captures.map(({name, summary}) => `/debug/pprof/${name.padEnd(8)} ${summary}\n`).join(''))
  return [
    {path: '/debug/pprof/', summary: 'the captures below', answer: index},
    ...captures.map((route) => ({
      path: `/debug/pprof/${route.name}`,
      summary: route.summary,
      answer: (request: RouteRequest) => answer(route, request, running),
    })),
  ]
}

async function answer(route: CaptureRoute, {query, signal}: RouteRequest, running: Set<Sampler>): Promise<RouteAnswer> {
  const {name, sampler, defaultSec} = route
  const seconds = secondsOf(query, defaultSec)
  if (seconds === undefined) {
    return refusal(400, `seconds=${query.get('seconds')} is not a whole number of seconds from 1 to ${SECONDS_MAX}`)
  }
  if (running.has(sampler))
    return refusal(409, `${sampler} profiling already in use: try again when that capture is over`)
  running.add(sampler)
  try {
    const over = delay(seconds * 1000, undefined, {signal}).catch(() => {}) // gone clients need no answer
    const {contentType, body} = await route.capture(query, over)
    return {status: 200, contentType, body, headers: {'content-disposition': `attachment; filename="${name}"`}}
  } catch (error) {
    if (error instanceof StreambusError) return refusal(409, `${error.message}; ${error.hint ?? ''}`)
    throw error
  } finally {
    running.delete(sampler)
  }
}

/** Go takes anything that is no number for its default; here it is refused. */
function secondsOf(query: URLSearchParams, defaultSec: number): number | undefined {
  const written = query.get('seconds')
  if (written === null) return defaultSec
  const seconds = /^\d{1,4}$/.test(written) ? Number(written) : 0
  return seconds >= 1 && seconds <= SECONDS_MAX ? seconds : undefined
}

/** With Go's header, so that `go tool pprof` prints the reason. */
function refusal(status: number, reason: string): RouteAnswer {
  return {...textAnswer(`${reason}\n`, status), headers: {'x-go-pprof': '1'}}
}

async function pprofOf(kind: CaptureKind, over: Promise<void>, collects = false) {
  const capture = await startLocalCapture(kind)
  await over
  if (collects) await collectGarbage()
  const profile = await capture.stop()
  const body = toPprof(readCapture(Buffer.from(profile), `the ${kind} capture of this process`))
  return {contentType: 'application/octet-stream', body}
}

async function traceOf(_query: URLSearchParams, over: Promise<void>) {
  const trace = await startLocalTrace()
  await over
  return {contentType: 'application/json', body: await trace.stop()}
}
