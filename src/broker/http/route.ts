/** One path that the broker's HTTP server answers. Paths below `/debug/` answer this machine only. */
export interface HttpRoute {
  readonly path: string // `/health`
  readonly summary: string // one line, for the list of paths
  answer(request: RouteRequest): RouteAnswer | Promise<RouteAnswer>
}

export interface RouteRequest {
  readonly query: URLSearchParams
  readonly signal: AbortSignal // aborts when the client goes before its answer
}

export interface RouteAnswer {
  readonly status: number
  readonly contentType: string
  readonly body: string | Uint8Array
  readonly headers?: Readonly<Record<string, string>>
}

export function jsonAnswer(body: unknown, status = 200): RouteAnswer {
  return {status, contentType: 'application/json', body: `${JSON.stringify(body, undefined, 2)}\n`}
}

export function textAnswer(body: string, status = 200): RouteAnswer {
  return {status, contentType: 'text/plain; charset=utf-8', body}
}
