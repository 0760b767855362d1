import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import type {BrokerSettings} from '../../../settings/broker-settings.ts'
import {defaultBrokerSettings} from '../../../settings/resolved.ts'
import {type RunningBroker, startBroker} from '../../broker.ts'

/** A broker on any free port of loopback with a log of its own; `close` removes it all. */
export async function startTestServer(server: Partial<BrokerSettings['server']> = {}): Promise<RunningBroker> {
  const dataDir = await mkdtemp(join(tmpdir(), 'streambus-server-'))
  const broker = await startBroker(testSettings(dataDir, server))
  return {
    host: broker.host,
    port: broker.port,
    httpPort: broker.httpPort,
    stats: () => broker.stats(),
    async close() {
      await broker.close()
      await rm(dataDir, {recursive: true, force: true})
    },
  }
}

export function testSettings(dataDir: string, server: Partial<BrokerSettings['server']> = {}): BrokerSettings {
  return defaultBrokerSettings({
    server: {host: '127.0.0.1', port: 0, httpPort: -1, ...server},
    storage: {dataDir, wal: {segmentBytes: 16 * 1024 * 1024, fsyncPolicy: 'interval', fsyncIntervalMs: 50}},
  })
}
