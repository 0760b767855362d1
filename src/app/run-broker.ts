import {isIP} from 'node:net'
import {type BrokerStats, type RunningBroker, startBroker} from '../broker/broker.ts'
import {type FlagSetting, resolveSettings} from '../settings/load.ts'
import {readSettingsFile} from '../settings/read-file.ts'
import {brokerSettingsFrom} from '../settings/resolved.ts'
import type {Context} from './context.ts'
import {describeStorageEvent} from './storage-events.ts'

export interface RunBrokerRequest {
  readonly configFile?: string | undefined
  readonly settings: readonly FlagSetting[]
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly acceptLoss: boolean
  readonly onNote: (line: string) => void
  readonly onListening: (broker: RunningBroker, dataDir: string) => void
}

/** What a broker that was run by hand did. */
export interface BrokerRun {
  readonly host: string
  readonly port: number
  readonly httpPort: number
  readonly dataDir: string
  readonly stats: BrokerStats
}

/**
 * Serves until the context's signal aborts, then closes cleanly. Throws SB_CONFIG_INVALID,
 * SB_INPUT_NOT_FOUND and what `startBroker` rejects with.
 */
export async function runBroker(request: RunBrokerRequest, context: Context): Promise<BrokerRun> {
  const {configFile, settings: flags, environment} = request
  const file = configFile === undefined ? {} : {file: await readSettingsFile(configFile)}
  const resolved = resolveSettings({...file, environment, flags})
  for (const warning of resolved.warnings) context.warn(warning)
  for (const note of resolved.notes) request.onNote(note)
  const settings = brokerSettingsFrom(resolved)
  const {host} = settings.server
  if (!isLoopback(host)) context.warn(`The broker listens on ${host}: everybody who reaches it may read and write.`)
  const broker = await startBroker(settings, {
    acceptLoss: request.acceptLoss,
    onEvent: (event) => {
      const line = describeStorageEvent(event)
      if (line !== undefined) context.warn(line)
    },
    onTrouble: (line) => context.warn(line),
  })
  const {port, httpPort} = broker
  const {dataDir} = settings.storage
  request.onListening(broker, dataDir)
  await aborted(context.signal)
  const stats = broker.stats()
  await broker.close()
  return {host, port, httpPort, dataDir, stats}
}

function isLoopback(host: string): boolean {
  if (host === 'localhost' || host === '::1') return true
  return isIP(host) === 4 && host.startsWith('127.')
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), {once: true}))
}
