import {mkdtemp, readdir, readFile, rm, stat} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {clockFrom, monotonicOrigin} from '../../src/base/clock.ts'
import type {Session} from '../../src/drivers/driver.ts'
import {streambusDriver} from '../../src/drivers/streambus/driver.ts'
import {processUsageOf} from '../../src/host/process-usage.ts'
import type {ClientSettings} from '../../src/model/client-settings.ts'
import {resolveSettings} from '../../src/settings/load.ts'
import {brokerSettingsFrom} from '../../src/settings/resolved.ts'
import type {SettingValue} from '../../src/settings/schema.ts'
import {type EmbeddedTarget, startEmbedded} from '../../src/targets/embedded/embedded-target.ts'

/** Settings of the guide by key, as a file would write them. */
export type Settings = Readonly<Record<string, SettingValue>>

export interface Address {
  readonly host: string
  readonly port: number
}

/** Counters of /proc/PID/io since the start of the process. */
export interface ProcessIo {
  readonly readCalls: number // system calls that read, sockets included
  readonly writeCalls: number
  readonly readBytes: number // by those calls, out of the page cache too
  readonly deviceReadBytes: number // that really came from the disk
  readonly deviceWrittenBytes: number
}

const ENTRY = new URL('../../src/app/broker-process.ts', import.meta.url)
const BUILT_ENTRY = new URL('../../dist/src/app/broker-process.js', import.meta.url)
const START_TIMEOUT_MS = 120_000
const clock = clockFrom(monotonicOrigin())
export const nowNs = () => clock.nowNs()

/** A broker process of ours on free ports and a fresh data directory, for one measurement. */
export class LiveBroker {
  readonly embedded: EmbeddedTarget
  readonly dataDir: string
  readonly #sessions: Session[] = []

  constructor(embedded: EmbeddedTarget, dataDir: string) {
    this.embedded = embedded
    this.dataDir = dataDir
  }

  get pid(): number {
    return this.embedded.pid
  }

  /** A session of the streambus driver, closed together with the broker; `via` stands in between. */
  async connect(client?: ClientSettings, via: Address = this.embedded): Promise<Session> {
    const {host, port} = via
    const options = {host, port, nowNs, connectTimeoutMs: 5000, requestTimeoutMs: 30_000}
    const session = await streambusDriver.connect({...options, client})
    this.#sessions.push(session)
    return session
  }

  async io(): Promise<ProcessIo> {
    const text = await readFile(`/proc/${this.pid}/io`, 'utf8')
    const of = (name: string) => Number(new RegExp(`^${name}: (\\d+)`, 'm').exec(text)?.[1] ?? Number.NaN)
    return {
      readCalls: of('syscr'),
      readBytes: of('rchar'),
      writeCalls: of('syscw'),
      deviceReadBytes: of('read_bytes'),
      deviceWrittenBytes: of('write_bytes'),
    }
  }

  async rssBytes(): Promise<number> {
    return (await processUsageOf(this.pid))?.rssBytes ?? Number.NaN
  }

  async rssBytesMax(): Promise<number> {
    return (await processUsageOf(this.pid))?.rssBytesMax ?? Number.NaN
  }

  metrics(): Promise<BrokerMetrics> {
    return metricsAt(this.embedded.httpPort)
  }

  /** Names and sizes of the files in a folder of the data directory; none where there is no folder. */
  async files(folder: string): Promise<readonly {readonly name: string; readonly bytes: number}[]> {
    const directory = join(this.dataDir, folder)
    const names = await readdir(directory).catch(() => [])
    return Promise.all(names.map(async (name) => ({name, bytes: (await stat(join(directory, name))).size})))
  }

  async closeSessions(): Promise<void> {
    await Promise.all(this.#sessions.splice(0).map((session) => session.close()))
  }

  /** Ends the process and keeps the data. */
  async stop(): Promise<void> {
    await this.closeSessions()
    await this.embedded.stop()
  }
}

/** The settings over the defaults, on free ports of loopback unless they say otherwise. Throws SB_CONFIG_INVALID. */
export function settingsFor(settings: Settings, dataDir: string) {
  const all: Settings = {
    'server.port': 0,
    'server.http_port': 0,
    'storage.data_dir': dataDir,
    ...settings,
  }
  const flags = Object.entries(all).map(([key, value]) => ({key, flag: key, value}))
  return brokerSettingsFrom(resolveSettings({flags}))
}

export interface StartOptions {
  readonly poolBytes?: number // of log that is written before it serves, so that no append waits for a new file
  /** The built sources, as users run them: those unbuilt hold the compiler in memory. They must be there. */
  readonly isBuilt?: boolean
}

/** Starts a broker on `dataDir`. */
export async function startBroker(
  settings: Settings,
  dataDir: string,
  {poolBytes = 0, isBuilt = false}: StartOptions = {},
): Promise<LiveBroker> {
  const resolved = settingsFor(settings, dataDir)
  const embedded = await startEmbedded({
    entry: isBuilt ? BUILT_ENTRY : ENTRY,
    settings: resolved,
    startTimeoutMs: START_TIMEOUT_MS,
    ...(poolBytes > 0 && {pool: {bytes: poolBytes, adopt: []}}),
  })
  return new LiveBroker(embedded, resolved.storage.dataDir)
}

/** Runs `use` with a fresh directory under the temp directory, and removes it. */
export async function withFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), `streambus-bench-${process.pid}-`))
  try {
    return await use(folder)
  } finally {
    await rm(folder, {recursive: true, force: true})
  }
}

/** Runs `use` with a broker of its own, then ends it and removes its data. */
export function withBroker<T>(
  settings: Settings,
  use: (broker: LiveBroker) => Promise<T>,
  options?: StartOptions,
): Promise<T> {
  return withFolder(async (folder) => {
    const broker = await startBroker(settings, join(folder, 'data'), options)
    try {
      return await use(broker)
    } finally {
      await broker.stop()
    }
  })
}

/** The broker's own counters that the benches read, in one place. */
export const metricNames = {
  groups: 'streambus_storage_groups_total',
  groupBytes: 'streambus_storage_group_bytes_total',
  produceRequests: 'streambus_produce_latency_seconds_count',
  syncs: 'streambus_storage_sync_seconds_count',
  syncSeconds: 'streambus_storage_sync_seconds_sum',
  flushes: 'streambus_memtable_flushes_total',
  compactions: 'streambus_compactions_total',
  compactionWrittenBytes: 'streambus_compaction_written_bytes_total',
  freedSegments: 'streambus_segments_freed_total',
  levelTables: 'streambus_level_tables',
  stalls: 'streambus_storage_stalls_total',
  stallSeconds: 'streambus_storage_stall_seconds_total',
  lastRecord: 'streambus_storage_last_record',
  lastSyncedRecord: 'streambus_storage_last_synced_record',
} as const

/** What /metrics said at one instant. */
export class BrokerMetrics {
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  /** Sum over every series of `name` whose labels hold `label` (`level="0"`). Throws where there is none. */
  sum(name: string, label = ''): number {
    const values = this.#valuesOf(name, label)
    if (values.length === 0) throw new Error(`the broker's /metrics has no ${name}${label === '' ? '' : `{${label}}`}`)
    return values.reduce((sum, value) => sum + value, 0)
  }

  /** The same, with 0 where there is no such series. */
  sumOrZero(name: string, label = ''): number {
    return this.#valuesOf(name, label).reduce((sum, value) => sum + value, 0)
  }

  #valuesOf(name: string, label: string): number[] {
    const lines = this.#text
      .split('\n')
      .filter((line) => line.startsWith(name) && /^[ {]/.test(line.slice(name.length)))
    return lines.filter((line) => line.includes(label)).map((line) => Number(line.split(' ').at(-1)))
  }
}

export async function metricsAt(httpPort: number): Promise<BrokerMetrics> {
  const response = await fetch(`http://127.0.0.1:${httpPort}/metrics`)
  if (!response.ok) throw new Error(`/metrics of the broker answered ${response.status}`)
  return new BrokerMetrics(`\n${await response.text()}`)
}
