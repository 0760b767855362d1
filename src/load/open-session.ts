import type {Driver, Session} from '../drivers/driver.ts'
import type {LoadRequest} from './load-outcome.ts'
import type {Turns} from './turns.ts'

const CONNECT_TIMEOUT_MS = 5_000
const REQUEST_TIMEOUT_MS = 30_000

/** Connects to the target of a request. Rejects with what the driver rejects with. */
export function openSession(driver: Driver, {host, port, workload}: LoadRequest, {nowNs}: Turns): Promise<Session> {
  const timeouts = {connectTimeoutMs: CONNECT_TIMEOUT_MS, requestTimeoutMs: REQUEST_TIMEOUT_MS}
  return driver.connect({host, port, nowNs, ...timeouts, client: workload.client})
}
