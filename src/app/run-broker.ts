import {isIP} from 'node:net'
import type {StreambusError} from '../base/errors.ts'
import {type BrokerStats, startBroker} from '../broker/broker.ts'
import {type HttpRoute, jsonAnswer} from '../broker/http/route.ts'
import type {ListeningEvent} from '../model/run-event.ts'
import {
  type ConfigurationReport as BrokerConfiguration,
  configurationReport,
  configurationYaml,
} from '../settings/describe.ts'
import {type FlagSetting, type ResolvedSettings, resolveSettings} from '../settings/load.ts'
import {readSettingsFile} from '../settings/read-file.ts'
import {brokerSettingsFrom} from '../settings/resolved.ts'
import type {Context} from './context.ts'
import {pprofRoutes} from './pprof-routes.ts'
import {describeStorageEvent} from './storage-events.ts'

/** Where the configuration of a broker comes from. */
export interface ConfigurationRequest {
  readonly configFile?: string | undefined
  readonly settings: readonly FlagSetting[]
  readonly environment: Readonly<Record<string, string | undefined>>
}

export interface RunBrokerRequest extends ConfigurationRequest {
  readonly acceptLoss: boolean
  readonly onNote: (line: string) => void
  readonly onListening: (place: ListeningEvent) => void
  readonly onClosed: (run: BrokerRun) => void
}

export type {BrokerConfiguration}

/** What a broker that was run by hand did. */
export interface BrokerRun {
  readonly host: string
  readonly port: number
  readonly httpPort: number
  readonly dataDir: string
  readonly stats: BrokerStats
}

/** The configuration that a broker would run with, and the same as a file. Rejects as `runBroker` does for a bad one. */
export async function describeConfiguration(
  request: ConfigurationRequest,
): Promise<{readonly report: BrokerConfiguration; readonly yaml: string}> {
  const resolved = await resolve(request)
  return {report: configurationReport(resolved), yaml: configurationYaml(resolved)}
}

async function resolve({configFile, settings, environment}: ConfigurationRequest): Promise<ResolvedSettings> {
  const file = configFile === undefined ? {} : {file: await readSettingsFile(configFile)}
  return resolveSettings({...file, environment, flags: settings})
}

/**
 * Serves until the context's signal aborts, then closes cleanly. Throws SB_CONFIG_INVALID,
 * SB_INPUT_NOT_FOUND, what `startBroker` rejects with, and at the end what the log failed with, if it did.
 */
export async function runBroker(request: RunBrokerRequest, context: Context): Promise<BrokerRun> {
  const resolved = await resolve(request)
  for (const warning of resolved.warnings) context.warn(warning)
  for (const note of resolved.notes) request.onNote(note)
  const settings = brokerSettingsFrom(resolved)
  const {host} = settings.server
  if (!isLoopback(host)) context.warn(`The broker listens on ${host}: everybody who reaches it may read and write.`)
  let failure: StreambusError | undefined
  const broker = await startBroker(settings, {
    acceptLoss: request.acceptLoss,
    onEvent: (event) => {
      if (event.kind === 'failed') failure = event.error
      const line = describeStorageEvent(event)
      if (line !== undefined) context.warn(line)
    },
    onTrouble: (line) => context.warn(line),
    routes: [...pprofRoutes(), configRoute(resolved)],
  })
  const {port, httpPort} = broker
  const {dataDir} = settings.storage
  request.onListening({type: 'listening', pid: process.pid, host, port, httpPort, dataDir})
  await aborted(context.signal)
  const run = {host, port, httpPort, dataDir, stats: broker.stats()}
  await broker.close()
  request.onClosed(run)
  if (failure !== undefined) throw failure
  return run
}

function configRoute(resolved: ResolvedSettings): HttpRoute {
  const summary = 'every setting with its value and where it came from'
  return {path: '/debug/config', summary, answer: () => jsonAnswer(configurationReport(resolved))}
}

function isLoopback(host: string): boolean {
  if (host === 'localhost' || host === '::1') return true
  return isIP(host) === 4 && host.startsWith('127.')
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), {once: true}))
}
