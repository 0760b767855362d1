import {StreambusError} from '../base/errors.ts'
import type {CaptureKind} from '../model/capture.ts'
import {type HttpAnswer, httpGet, parseUrl, quoted} from './http-get.ts'

const BYTES_MAX = 64 * 1024 * 1024
/** Time on top of the capture's own for the process to start, end, compress and send it. */
const GRACE_MS = 10_000
const SECONDS_MAX = 3600

export interface GoCaptureRequest {
  readonly url: string // `http://host:port` or `http://host:port/debug/pprof`
  readonly kind: CaptureKind
  readonly seconds: number // whole; not used for heap
  readonly signal?: AbortSignal
}

/**
 * Captures a running Go process through net/http/pprof and resolves with the pprof file as sent
 * (gzipped). A CPU capture lasts `seconds`; an alloc capture is the difference over `seconds`; a heap
 * capture is what lives after a garbage collection that it asks for.
 *
 * Rejects with SB_USAGE (URL, seconds), the codes of `httpGet`, and SB_CAPTURE_FAILED when the process refuses.
 */
export async function captureGo(
  request: GoCaptureRequest,
): Promise<{readonly bytes: Buffer; readonly address: string}> {
  const url = endpointOf(request)
  const timeoutMs = (request.kind === 'heap' ? 0 : request.seconds * 1000) + GRACE_MS
  const limits = {timeoutMs, bytesMax: BYTES_MAX, ...(request.signal === undefined ? {} : {signal: request.signal})}
  const answer = await httpGet(url, limits)
  if (answer.status !== 200) throw refusal(url, answer)
  return {bytes: answer.body, address: url.host}
}

/** Go takes anything that is no number for 30 seconds without a word, so seconds are checked here. */
function endpointOf({url: text, kind, seconds}: GoCaptureRequest): URL {
  const url = parseUrl(text, '--pprof', ['http:', 'https:'])
  const path = url.pathname.replace(/\/+$/, '')
  if (path !== '' && !path.endsWith('/debug/pprof')) {
    throw new StreambusError('SB_USAGE', `--pprof names the path ${url.pathname}, which is no pprof index`, {
      hint: `--pprof ${url.origin}/debug/pprof`,
    })
  }
  url.pathname = `${path === '' ? '/debug/pprof' : path}/${{cpu: 'profile', heap: 'heap', alloc: 'allocs'}[kind]}`
  url.hash = ''
  if (kind === 'heap') {
    url.search = 'gc=1'
    return url
  }
  if (!Number.isInteger(seconds) || seconds < 1 || seconds > SECONDS_MAX) {
    throw new StreambusError(
      'SB_USAGE',
      `A Go process is captured for whole seconds from 1 to ${SECONDS_MAX}, not ${seconds}`,
      {
        hint: '--duration 10s',
      },
    )
  }
  url.search = `seconds=${seconds}`
  return url
}

function refusal(url: URL, {status, body}: HttpAnswer): StreambusError {
  const text = quoted(body.toString('utf8', 0, 1000))
  if (status === 404) {
    return new StreambusError('SB_CAPTURE_FAILED', `${url.host} has no ${url.pathname} (HTTP 404)`, {
      hint: 'the process must import net/http/pprof; the stock Go StreamBus broker does not, so it cannot be captured this way',
    })
  }
  if (text.includes('already in use')) {
    return new StreambusError('SB_CAPTURE_FAILED', `${url.host} is being captured by someone else: ${text}`, {
      hint: 'Go takes one CPU capture at a time; try again when the other one is done',
    })
  }
  return new StreambusError('SB_CAPTURE_FAILED', `${url.host} refused ${url.pathname} with HTTP ${status}: ${text}`, {
    hint: text.includes('WriteTimeout')
      ? 'use a shorter --duration'
      : 'open the URL in a browser to see what it serves',
  })
}
