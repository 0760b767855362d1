import {boolean, integer, string} from '@oclif/core/flags'
import {type BrokerRun, type RunBrokerRequest, runBroker} from '../src/app/run-broker.ts'
import {BaseCommand} from '../src/cli/base-command.ts'

export default class Broker extends BaseCommand {
  static override summary = 'Run the embedded broker by hand, until Ctrl-C or SIGTERM.'
  static override description =
    `It speaks the StreamBus protocol on server.port and answers /health on server.http_port.
Flags override STREAMBUS_* variables, and these the file. A Go broker's file works too: keys that mean
nothing here are named once.`
  static override examples = [
    '<%= config.bin %> <%= command.id %> --config broker.yaml',
    '<%= config.bin %> <%= command.id %> --port 19092 --data-dir ./data',
  ]
  static override flags = {
    config: string({summary: 'Configuration file (YAML).', helpValue: 'FILE'}),
    host: string({summary: 'Address to listen on. [default: 127.0.0.1]'}),
    port: integer({summary: 'Port to listen on; 0 takes any free one. [default: 9092]', min: 0, max: 65_535}),
    'data-dir': string({summary: 'Folder of the log.'}),
    'accept-loss': boolean({summary: 'Start although synced records are damaged: skip them and say which.'}),
  }

  protected override readonly whileStopping = 'answering what was taken and syncing the log'

  async run(): Promise<BrokerRun> {
    const {flags} = await this.parse(Broker)
    const run = await runBroker(
      {
        configFile: flags.config,
        settings: settingsOf({host: flags.host, port: flags.port, 'data-dir': flags['data-dir']}),
        environment: process.env,
        acceptLoss: flags['accept-loss'],
        onNote: (line) => this.logToStderr(line),
        onListening: ({host, port, httpPort}, dataDir) => {
          const health = httpPort < 0 ? '' : `, health on http://${host}:${httpPort}/health`
          this.logToStderr(`Listening on ${host}:${port}${health}; data in ${dataDir}`)
        },
      },
      this.context,
    )
    const {messagesProduced, messagesFetched, uptimeSec} = run.stats
    this.logToStderr(`Closed after ${uptimeSec} s: ${messagesProduced} messages in, ${messagesFetched} out.`)
    return run
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
