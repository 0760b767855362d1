import {boolean, integer, string} from '@oclif/core/flags'
import {
  type BrokerConfiguration,
  type BrokerRun,
  type ConfigurationRequest,
  describeConfiguration,
  type RunBrokerRequest,
  runBroker,
} from '../src/app/run-broker.ts'
import {BaseCommand} from '../src/cli/base-command.ts'
import {settingsOfFlags} from '../src/cli/bench-flags.ts'
import {jsonStreamFlag} from '../src/cli/json-stream.ts'
import type {ListeningEvent} from '../src/model/run-event.ts'

export default class Broker extends BaseCommand {
  static override summary = 'Run the embedded broker by hand, until Ctrl-C or SIGTERM.'
  static override description =
    `It speaks the StreamBus protocol on server.port; server.http_port answers /health, /metrics and profiles for
\`go tool pprof\`. Flags override STREAMBUS_* variables, and these the file. A Go broker's file works too: its names
are read as ours, and keys that mean nothing here are named once.`
  static override examples = [
    '<%= config.bin %> <%= command.id %> --config broker.yaml',
    '<%= config.bin %> <%= command.id %> --port 19092 --data-dir ./data',
    '<%= config.bin %> <%= command.id %> --port 0 --json-stream',
    '<%= config.bin %> <%= command.id %> --config broker.yaml --set storage.wal.fsync_policy=always --print-config',
  ]
  static override flags = {
    ...jsonStreamFlag(),
    config: string({summary: 'Configuration file (YAML).', helpValue: 'FILE'}),
    host: string({summary: 'Address to listen on. [default: 127.0.0.1]'}),
    port: integer({summary: 'Port to listen on; 0 takes any free one. [default: 9092]', min: 0, max: 65_535}),
    'data-dir': string({summary: 'Folder of the log.'}),
    set: string({
      summary: 'A setting, such as storage.wal.fsync_policy=always.',
      helpValue: 'KEY=VALUE',
      multiple: true,
    }),
    'print-config': boolean({summary: 'Print every setting and where it came from, as YAML; start nothing.'}),
    'accept-loss': boolean({summary: 'Start although synced records are damaged: skip them and say which.'}),
  }

  protected override readonly whileStopping = 'answering what was taken and syncing the log'

  async run(): Promise<BrokerRun | BrokerConfiguration> {
    const {flags} = await this.parse(Broker)
    const {host, port, 'data-dir': dataDir} = flags
    const settings = [...settingsOf({host, port, 'data-dir': dataDir}), ...settingsOfFlags(flags.set ?? [])]
    const configuration = {configFile: flags.config, settings, environment: process.env}
    return flags['print-config']
      ? await this.#print(configuration)
      : await this.#run(configuration, flags['accept-loss'])
  }

  async #print(request: ConfigurationRequest): Promise<BrokerConfiguration> {
    const {report, yaml} = await describeConfiguration(request)
    for (const line of [...report.warnings, ...report.notes]) this.note(line)
    this.log(yaml.trimEnd())
    return report
  }

  async #run(configuration: ConfigurationRequest, acceptLoss: boolean): Promise<BrokerRun> {
    return runBroker(
      {
        ...configuration,
        acceptLoss,
        onNote: (line) => this.note(line),
        onListening: (place) => this.#listening(place),
        onClosed: ({stats: {messagesProduced, messagesFetched, uptimeSec}}) => {
          this.note(`Closed after ${uptimeSec} s: ${messagesProduced} messages in, ${messagesFetched} out.`)
        },
      },
      this.context,
    )
  }

  /** For people on stderr, whatever stdout is; for a program as the first line of its stream. */
  #listening(place: ListeningEvent): void {
    const {host, port, httpPort, dataDir} = place
    const health = httpPort < 0 ? '' : `, metrics on http://${host}:${httpPort}/metrics`
    this.note(`Listening on ${host}:${port}${health}; data in ${dataDir}`)
    this.context.emit?.(place)
  }
}

const settingKeys = {host: 'server.host', port: 'server.port', 'data-dir': 'storage.data_dir'} as const

function settingsOf(
  flags: Readonly<Record<keyof typeof settingKeys, string | number | undefined>>,
): RunBrokerRequest['settings'] {
  const names: (keyof typeof settingKeys)[] = ['host', 'port', 'data-dir']
  return names.flatMap((name) => {
    const value = flags[name]
    return value === undefined ? [] : [{key: settingKeys[name], flag: `--${name}`, value}]
  })
}
