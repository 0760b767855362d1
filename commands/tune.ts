import {join} from 'node:path'
import {boolean, option, string} from '@oclif/core/flags'
import {openEmbeddedTuning} from '../src/app/embedded-tuning.ts'
import {brokerChanges, prepareTuning, type TuneRequest, tuningPlanOf} from '../src/app/plan-tuning.ts'
import {tuneTarget} from '../src/app/tune-target.ts'
import {exitCodeOfTuning} from '../src/app/tuning-report.ts'
import {BaseCommand} from '../src/cli/base-command.ts'
import {countFlag, durationFlag, rateFlag, sizeFlag} from '../src/cli/flags.ts'
import type {TuningReport} from '../src/model/tuning.ts'
import {renderTuning, renderTuningPlan} from '../src/render/tuning.ts'

export default class Tune extends BaseCommand {
  static override summary = 'Find out which keys of a tuning profile help on this machine.'
  static override description =
    `Runs the embedded broker with its defaults and with the profile, in pairs of alternating order, then with each
key of the profile alone, and says what helped, by how much and how surely. A key is recommended for what was
measured here and for nothing else; one that changes durability is measured and never recommended for speed.
Nothing is changed by it: --write saves what was proven as a configuration file.`
  static override examples = [
    '<%= config.bin %> <%= command.id %> --profile throughput',
    '<%= config.bin %> <%= command.id %> --profile latency --target-rate 20k/s --write tuned.yaml',
    '<%= config.bin %> <%= command.id %> --profile balanced --config mine.yaml',
  ]
  static override flags = {
    profile: string({
      summary: 'latency, throughput or balanced; a name in ./profiles; or the path of a configuration file.',
      required: true,
    }),
    pairs: countFlag({summary: 'Pairs of samples for each question.', default: 6, min: 1}),
    duration: durationFlag({summary: 'Length of the measured phase of each sample.', default: 2e9}),
    write: string({summary: 'Configuration file to save what was proven better in.', helpValue: '<file>'}),
    force: boolean({summary: 'Let --write replace a file.', dependsOn: ['write']}),
    config: string({summary: 'Configuration to measure against, instead of the defaults.', helpValue: '<file>'}),
    metric: option({
      options: ['msgs/s', 'p99-ns'] as const,
      summary: 'What is to get better. [default: p99-ns for latency, else msgs/s]',
      helpGroup: 'WORKLOAD',
    })(),
    'message-size': sizeFlag({
      summary: 'Bytes of each value. [default: 1024]',
      aliases: ['size'],
      helpGroup: 'WORKLOAD',
    }),
    'batch-size': countFlag({
      summary: "Messages in a batch, held for every trial. [default: producer.batch_size, and the profile's]",
      aliases: ['batch'],
      min: 1,
      helpGroup: 'WORKLOAD',
    }),
    'target-rate': rateFlag({
      summary: 'Messages a second, open loop. [default: as bench latency for p99-ns, else as fast as it goes]',
      aliases: ['rate'],
      helpGroup: 'WORKLOAD',
    }),
    producers: countFlag({summary: 'Producers. [default: 1]', min: 1, helpGroup: 'WORKLOAD'}),
    consumers: countFlag({summary: 'Consumers. [default: 0]', helpGroup: 'WORKLOAD'}),
    'in-flight': countFlag({summary: 'Batches in flight for each producer.', min: 1, helpGroup: 'WORKLOAD'}),
    partitions: countFlag({summary: 'Partitions. [default: one for each producer]', min: 1, helpGroup: 'WORKLOAD'}),
    warmup: durationFlag({summary: 'Load before the measured phase.', default: 0.5e9, helpGroup: 'WORKLOAD'}),
    seed: countFlag({summary: 'Seed of the plan and of payloads.', default: 1, helpGroup: 'WORKLOAD'}),
    'data-dir': string({summary: "Folder for the brokers' data; fresh ones are made in it and removed."}),
    output: string({summary: 'Results file to write. [default: results/<time>-tune.json]'}),
  }

  async run(): Promise<TuningReport> {
    const {flags} = await this.parse(Tune)
    const prepared = await prepareTuning(this.#requestOf(flags), this.context)
    this.logToStderr(renderTuningPlan(tuningPlanOf(prepared)))
    const variants = prepared.questions.map(brokerChanges)
    const options = {version: this.config.version, configFile: flags.config, dataDir: flags['data-dir'], variants}
    const openTarget = () => openEmbeddedTuning(options, this.context)
    const invocation = {command: ['tune', ...this.argv], output: flags.output}
    const report = await tuneTarget(prepared, invocation, openTarget, this.context)
    this.log(renderTuning(report, this.style))
    this.finishWith(exitCodeOfTuning(report))
    return report
  }

  #requestOf(flags: TuneFlags): TuneRequest {
    return {
      profile: flags.profile,
      profileFolders: [join(this.context.cwd, 'profiles'), join(this.config.root, 'profiles')],
      configFile: flags.config,
      metric: flags.metric,
      pairs: flags.pairs,
      write: flags.write === undefined ? undefined : {path: flags.write, force: flags.force},
      workload: {
        producers: flags.producers,
        consumers: flags.consumers,
        messageSizes: flags['message-size'] === undefined ? undefined : [flags['message-size']],
        batchSize: flags['batch-size'],
        targetRatePerSec: flags['target-rate'],
        inFlight: flags['in-flight'],
        partitions: flags.partitions,
        warmUpNs: flags.warmup,
        durationNs: flags.duration,
        seed: flags.seed,
      },
    }
  }
}

type TuneFlags = Awaited<ReturnType<Tune['parse']>>['flags']
