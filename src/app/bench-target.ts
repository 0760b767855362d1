import {readdir, rm} from 'node:fs/promises'
import {join} from 'node:path'
import {entryUrl} from '../base/entries.ts'
import type {StorageFacts} from '../load/judge.ts'
import type {TargetDescription} from '../model/target.ts'
import type {BrokerSettings} from '../settings/broker-settings.ts'
import {type FlagSetting, type ResolvedSettings, resolveSettings} from '../settings/load.ts'
import {readSettingsFile} from '../settings/read-file.ts'
import {brokerSettingsFrom, configurationEntries} from '../settings/resolved.ts'
import {type EmbeddedTarget, startEmbedded} from '../targets/embedded/embedded-target.ts'
import {parseRemoteTarget} from '../targets/remote/remote-target.ts'
import type {ConfigurationSources} from './client-layer.ts'
import type {Context} from './context.ts'
import {type BenchDataDir, benchDataFolder, makeBenchDataDir} from './data-dir.ts'
import {describeUnheeded, refuseBrokerFlags} from './foreign-keys.ts'

/** Whom to measure, as the user said it. */
export type TargetChoice = {readonly kind: 'memory'; readonly unheeded?: Unheeded} | RemoteChoice | EmbeddedChoice

export interface RemoteChoice {
  readonly kind: 'streambus'
  readonly host: string
  readonly port: number
  readonly description: TargetDescription
  readonly unheeded?: Unheeded
}

/** Where keys of a broker may stand that is not started here. */
type Unheeded = Omit<ConfigurationSources, 'settings'>

export interface EmbeddedChoice {
  readonly kind: 'embedded'
  readonly configFile?: string | undefined
  readonly settings: readonly FlagSetting[]
  readonly dataDir?: string | undefined
  readonly keepData: boolean
  readonly environment: Readonly<Record<string, string | undefined>>
}

/** A target over the length of a run: each sample gets a fresh session of it. */
export interface BenchTarget {
  readonly driver: string
  readonly description: TargetDescription
  readonly dataDir?: string // embedded only
  readonly keptDataDir?: string // where the data stays after the run
  /** `changes` are settings of this session only, over those of the run. */
  openSession(changes?: readonly FlagSetting[]): Promise<TargetSession>
  /** Ends what is left and removes the data. Idempotent. */
  close(): Promise<void>
}

export interface TargetSession {
  readonly host: string
  readonly port: number
  readonly embedded?: EmbeddedTarget
  readonly storage?: StorageFacts // embedded only
  readonly isReused?: boolean // by later samples: a sample's topic must not stay
  close(): Promise<void>
}

/** The bench's broker may grow its log to this before old records expire: enough for a sample, and it fits most disks. */
const LOG_POOL_BYTES = 2 * 1024 ** 3
const START_TIMEOUT_MS = 120_000 // the first start fills the pool: 2 GiB on a slow disk

/**
 * `embedded`, `memory` or `streambus://HOST:PORT`. Throws SB_USAGE, also for a flag that sets a key of the broker's
 * where there is no broker to start with it: figures would be published for a setting that was never in force.
 */
export function targetChoiceOf(text: string, embedded: Omit<EmbeddedChoice, 'kind'>): TargetChoice {
  if (text === 'embedded') return {kind: 'embedded', ...embedded}
  const {configFile, settings, environment} = embedded
  refuseBrokerFlags(settings, text)
  const unheeded = {configFile, environment}
  if (text === 'memory') return {kind: 'memory', unheeded}
  const remote = parseRemoteTarget(text)
  return {kind: 'streambus', host: remote.host, port: remote.port, description: remote.description(), unheeded}
}

/** Throws SB_CONFIG_INVALID, SB_INPUT_NOT_FOUND, SB_OUTPUT_UNWRITABLE. */
export async function openBenchTarget(choice: TargetChoice, context: Context): Promise<BenchTarget> {
  if (choice.kind !== 'embedded') await warnOfUnheeded(choice, context)
  if (choice.kind === 'memory') return withoutProcess('memory', {kind: 'memory', configuration: []}, '127.0.0.1', 0)
  if (choice.kind === 'streambus') return withoutProcess('streambus', choice.description, choice.host, choice.port)
  const file = choice.configFile === undefined ? undefined : await readSettingsFile(choice.configFile)
  const resolve = (changes: readonly FlagSetting[]) =>
    resolveSettings({
      ...(file !== undefined && {file}),
      environment: choice.environment,
      flags: [...choice.settings, ...changes],
    })
  const resolved = resolve([])
  for (const warning of [...resolved.warnings, ...resolved.notes]) context.warn(warning)
  const dataDir = await makeBenchDataDir(choice.dataDir, choice.keepData, context.cwd)
  return new EmbeddedBenchTarget(resolve, resolved, dataDir, choice.keepData, context)
}

async function warnOfUnheeded(choice: Exclude<TargetChoice, EmbeddedChoice>, context: Context): Promise<void> {
  if (choice.unheeded === undefined) return
  const target = choice.kind === 'memory' ? 'memory' : `streambus://${choice.host}:${choice.port}`
  for (const line of await describeUnheeded(choice.unheeded, target)) context.warn(line)
}

/** What an embedded target would run with and where, without making anything. */
export interface EmbeddedPlan {
  readonly settings: BrokerSettings
  readonly poolBytes: number
  readonly folder: string // that its data directory is made in
}

/** Throws SB_CONFIG_INVALID, SB_INPUT_NOT_FOUND. */
export async function planEmbedded(choice: EmbeddedChoice, context: Context): Promise<EmbeddedPlan> {
  const file = choice.configFile === undefined ? undefined : await readSettingsFile(choice.configFile)
  const resolved = resolveSettings({
    ...(file !== undefined && {file}),
    environment: choice.environment,
    flags: choice.settings,
  })
  const folder = await benchDataFolder(choice.dataDir, context.cwd)
  const settings = benchSettings(resolved, folder)
  return {settings, poolBytes: poolBytesOf(settings), folder}
}

function withoutProcess(driver: string, description: TargetDescription, host: string, port: number): BenchTarget {
  return {
    driver,
    description,
    openSession: async () => ({host, port, close: async () => {}}),
    close: async () => {},
  }
}

/** A fresh broker process on a fresh data directory for each session; the filled log files go from one to the next. */
class EmbeddedBenchTarget implements BenchTarget {
  readonly driver = 'streambus'
  readonly description: TargetDescription
  readonly dataDir: string
  readonly keptDataDir?: string
  readonly #resolve: (changes: readonly FlagSetting[]) => ResolvedSettings
  readonly #directory: BenchDataDir
  readonly #context: Context
  #sessions = 0
  #previous: string | undefined // data directory of the last session, whose segment files are used again
  #running: EmbeddedTarget | undefined

  constructor(
    resolve: (changes: readonly FlagSetting[]) => ResolvedSettings,
    resolved: ResolvedSettings,
    directory: BenchDataDir,
    keepData: boolean,
    context: Context,
  ) {
    this.#resolve = resolve
    this.#directory = directory
    this.#context = context
    this.dataDir = directory.path
    if (keepData) this.keptDataDir = directory.path
    const settings = benchSettings(resolved, directory.path)
    this.description = {
      kind: 'embedded',
      configuration: entriesOf(resolved, settings),
      dataDir: {path: directory.path, fileSystem: directory.fileSystem},
      logPoolBytes: poolBytesOf(settings),
    }
  }

  async openSession(changes: readonly FlagSetting[] = []): Promise<TargetSession> {
    const resolved = this.#resolve(changes)
    const path = join(this.#directory.path, `sample-${this.#sessions}`)
    const settings = benchSettings(resolved, path)
    if (this.#sessions === 0) this.#context.progress('starting the broker and filling its log pool')
    this.#sessions += 1
    const adopt = this.#previous === undefined ? [] : await segmentFilesIn(this.#previous)
    const embedded = await startEmbedded({
      entry: entryUrl(import.meta.url, './broker-process'),
      settings,
      startTimeoutMs: START_TIMEOUT_MS,
      pool: {bytes: poolBytesOf(settings), adopt},
      signal: this.#context.signal,
    })
    if (this.#previous !== undefined) await rm(this.#previous, {recursive: true, force: true}) // its log is gone
    this.#previous = path
    this.#running = embedded
    const {fileSystem, volatile} = this.#directory
    const {fsyncPolicy, fsyncIntervalMs} = settings.storage.wal
    const storage = {fileSystem, isVolatile: volatile, fsyncPolicy, fsyncIntervalNs: fsyncIntervalMs * 1e6}
    return {host: embedded.host, port: embedded.port, embedded, storage, close: () => this.#stop(embedded)}
  }

  /** After Ctrl-C nobody waits for a last sync of data that is thrown away. */
  async #stop(embedded: EmbeddedTarget): Promise<void> {
    if (this.#context.signal.aborted && this.keptDataDir === undefined) embedded.kill()
    await embedded.stop()
  }

  async close(): Promise<void> {
    if (this.#running !== undefined) await this.#stop(this.#running)
    await this.#directory.remove()
  }
}

/** On loopback, on free ports, in the run's own directory; the log is bounded unless the user says how. */
function benchSettings(resolved: ResolvedSettings, dataDir: string): BrokerSettings {
  const {server, storage} = brokerSettingsFrom(resolved)
  const asked = resolved.entries.some(
    ({definition, source}) => definition.key === 'storage.retention.bytes' && source !== 'default',
  )
  return {
    server: {...server, host: '127.0.0.1', port: 0, httpPort: 0},
    storage: {...storage, dataDir, retentionBytes: asked ? storage.retentionBytes : LOG_POOL_BYTES},
  }
}

/** Filled before the first sample; a log that may grow beyond it does so at the disk's first-touch speed. */
function poolBytesOf({storage}: BrokerSettings): number {
  const {segmentBytes} = storage.wal
  const bytes = storage.retentionBytes > 0 ? Math.min(storage.retentionBytes, LOG_POOL_BYTES) : LOG_POOL_BYTES
  return Math.ceil(bytes / segmentBytes) * segmentBytes // files are whole segments
}

/** What the broker really ran with: the bench decides where it listens and stores, and how far its log grows. */
function entriesOf(resolved: ResolvedSettings, settings: BrokerSettings): TargetDescription['configuration'] {
  const decidedHere = new Set(['storage.data_dir', 'server.host', 'server.port', 'server.http_port'])
  return configurationEntries(resolved)
    .filter(({key}) => !decidedHere.has(key))
    .map((entry) =>
      entry.key === 'storage.retention.bytes' ? {...entry, value: settings.storage.retentionBytes} : entry,
    )
}

async function segmentFilesIn(dataDir: string): Promise<string[]> {
  const folders = [join(dataDir, 'log'), join(dataDir, 'pool')]
  const names = await Promise.all(folders.map((folder) => readdir(folder).catch(() => [])))
  return names.flatMap((list, index) =>
    list.filter((name) => name.endsWith('.seg')).map((name) => join(folders[index] ?? '', name)),
  )
}
