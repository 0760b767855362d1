import {request as requestHttp} from 'node:http'
import {request as requestHttps} from 'node:https'
import {StreambusError, systemCodeOf} from '../base/errors.ts'

export interface HttpAnswer {
  readonly status: number
  readonly body: Buffer
}

export interface HttpLimits {
  readonly timeoutMs: number // for the whole exchange
  readonly bytesMax: number // of the body
  readonly signal?: AbortSignal
}

/**
 * One GET, never redirected, with a bounded time and body. `fetch` is not used because it gives up
 * after 300 s without headers, and a Go process sends none until its profile is done.
 *
 * Rejects with SB_TARGET_UNREACHABLE, SB_TARGET_TIMEOUT, SB_TARGET_LOST, SB_TARGET_PROTOCOL (not HTTP,
 * or too large), SB_INTERRUPTED.
 */
export function httpGet(url: URL, limits: HttpLimits): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const fail = (error: StreambusError) => {
      clearTimeout(timer)
      reject(error)
      request.destroy()
    }
    const send = url.protocol === 'https:' ? requestHttps : requestHttp
    const request = send(url, {agent: false, ...(limits.signal === undefined ? {} : {signal: limits.signal})})
    const timer = setTimeout(() => fail(timedOut(url, limits.timeoutMs)), limits.timeoutMs)
    request.on('error', (error) => fail(brokenConnection(url, error)))
    request.on('response', (response) => {
      const chunks: Buffer[] = []
      let bytes = 0
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length
        if (bytes > limits.bytesMax) fail(tooLarge(url, limits.bytesMax))
        else chunks.push(chunk)
      })
      response.on('error', (error) => fail(brokenConnection(url, error)))
      response.on('end', () => {
        clearTimeout(timer)
        resolve({status: response.statusCode ?? 0, body: Buffer.concat(chunks)})
      })
    })
    request.end()
  })
}

/** A user's URL that must be http(s) or another of `protocols`. Throws SB_USAGE, and for credentials too. */
export function parseUrl(text: string, flag: string, protocols: readonly string[]): URL {
  const url = URL.parse(/^[a-z]+:\/\//i.test(text) ? text : `http://${text}`)
  if (url === null || url.hostname === '' || !protocols.includes(url.protocol)) {
    throw new StreambusError('SB_USAGE', `${flag} is not a URL that starts with ${protocols.join(' or ')}`, {
      hint: `${flag} ${protocols[0]}//127.0.0.1:PORT`,
    })
  }
  if (url.username === '' && url.password === '') return url
  throw new StreambusError('SB_USAGE', `${flag} holds a user name or password (${url.host})`, {
    hint: 'leave the credentials out: they would end up in shell histories; use a tunnel (ssh -L) instead',
  })
}

/** Text of another program as part of one of our messages: one line, printable, at most 200 characters. */
export function quoted(text: string): string {
  const line = text.replace(/[^\x20-\x7e]+/g, ' ').trim()
  return line.length > 200 ? `${line.slice(0, 200)}...` : line
}

function timedOut(url: URL, timeoutMs: number): StreambusError {
  return new StreambusError(
    'SB_TARGET_TIMEOUT',
    `${url.host} did not answer ${url.pathname} within ${timeoutMs / 1000} s`,
    {
      hint: 'is the process stopped, or so busy that it serves nothing?',
    },
  )
}

function tooLarge(url: URL, bytesMax: number): StreambusError {
  const limit = `${bytesMax / 1024 / 1024} MiB`
  return new StreambusError('SB_TARGET_PROTOCOL', `${url.host} sent more than ${limit} for ${url.pathname}`, {
    hint: 'is it really a profiling endpoint? If so, capture for a shorter time',
  })
}

function brokenConnection(url: URL, cause: Error): StreambusError {
  const code = systemCodeOf(cause) ?? ''
  if (cause.name === 'AbortError') return new StreambusError('SB_INTERRUPTED', `Stopped waiting for ${url.host}`)
  if (['ECONNREFUSED', 'ENOTFOUND', 'EHOSTUNREACH', 'ENETUNREACH', 'EAI_AGAIN', 'ETIMEDOUT'].includes(code)) {
    return new StreambusError('SB_TARGET_UNREACHABLE', `Nothing answers at ${url.host} (${code})`, {
      hint: 'check host and port, and that the process listens there',
      cause,
    })
  }
  if (code === 'ECONNRESET') {
    return new StreambusError('SB_TARGET_LOST', `${url.host} closed the connection without an answer`, {
      hint: 'did the process end? Is it an HTTP server at all?',
      cause,
    })
  }
  return new StreambusError('SB_TARGET_PROTOCOL', `${url.host} does not speak HTTP: ${quoted(cause.message)}`, {cause})
}
