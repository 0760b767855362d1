import type {Interfaces} from '@oclif/core'
import {boolean, option, string} from '@oclif/core/flags'
import type {BenchRequest} from '../app/bench-request.ts'
import {readClientLayer} from '../app/client-layer.ts'
import {profileSuite} from '../app/profile-suite.ts'
import {profileGo, profileNode} from '../app/profile-target.ts'
import {suiteDefaults, workloadsOf} from '../app/workloads.ts'
import {ExitCode, StreambusError} from '../base/errors.ts'
import {exactBytes, exactDuration} from '../base/units.ts'
import type {CaptureKind, CaptureReport} from '../model/capture.ts'
import {renderProfile} from '../render/profile-report.ts'
import {BaseCommand} from './base-command.ts'
import {configurationOf} from './bench-flags.ts'
import {countFlag, durationFlag, rateFlag, sizeFlag} from './flags.ts'

/** Long enough for V8 to have optimised what is hot, so that a capture is of the steady state. */
const WARM_UP_NS = 1e9
const workload = {helpGroup: 'WORKLOAD'}
const embedded = {helpGroup: 'EMBEDDED BROKER'}
const {throughput} = suiteDefaults

/** The flags of `profile cpu`, `profile heap` and `profile alloc`. */
export const profileFlags = {
  suite: option({
    options: ['throughput', 'latency'] as const,
    summary: 'Load to put on the embedded broker while it is captured. [default: throughput]',
  })(),
  duration: durationFlag({summary: 'How long to capture: the measured phase of the suite.', default: 5e9}),
  flamegraph: boolean({summary: 'Draw a flame graph too, an HTML file.'}),
  top: countFlag({summary: 'Functions to print.', default: 20, min: 1}),
  inspect: string({
    summary:
      'Capture a running Node process instead, by inspector URL: ws://127.0.0.1:9229/... or http://127.0.0.1:9229.',
    helpValue: '<url>',
  }),
  pprof: string({
    summary: 'Capture a running Go process instead, by pprof URL: http://127.0.0.1:6060/debug/pprof.',
    helpValue: '<url>',
  }),
  'message-size': sizeFlag({
    summary: `Bytes of each message's value. [default: ${exactBytes(throughput.messageSizes[0])}]`,
    aliases: ['size'],
    ...workload,
  }),
  'batch-size': countFlag({
    summary: "Messages in a batch. [default: the suite's]",
    aliases: ['batch'],
    min: 1,
    ...workload,
  }),
  'target-rate': rateFlag({
    summary: "Messages a second, on an absolute schedule. [default: the suite's]",
    aliases: ['rate'],
    ...workload,
  }),
  producers: countFlag({summary: "Producers. [default: the suite's]", min: 1, ...workload}),
  consumers: countFlag({summary: "Consumers. [default: the suite's]", ...workload}),
  'in-flight': countFlag({summary: "Batches in flight for each producer. [default: the suite's]", min: 1, ...workload}),
  partitions: countFlag({summary: 'Partitions. [default: one for each producer]', min: 1, ...workload}),
  warmup: durationFlag({
    summary: `Load before the measured phase. [default: ${exactDuration(WARM_UP_NS)}]`,
    ...workload,
  }),
  config: string({summary: 'Broker configuration file.', ...embedded}),
  set: string({summary: 'One setting, such as storage.wal.fsync_policy=always.', multiple: true, ...embedded}),
  'data-dir': string({summary: "Folder for the broker's data; a fresh one is made in it and removed.", ...embedded}),
  output: string({summary: 'Results file of the suite. [default: results/<time>-profile-<kind>.json]'}),
}

type ProfileFlags = Interfaces.InferredFlags<typeof profileFlags>

/** What the three commands share: they differ in the kind of capture alone. */
export abstract class ProfileCommand extends BaseCommand {
  /** Captures what the flags name, prints the ranking, and gives the report. */
  protected async profile(kind: CaptureKind, flags: ProfileFlags): Promise<CaptureReport> {
    checkCombination(flags)
    const report = await this.#capture(kind, flags)
    this.log(renderProfile(report, this.context.cwd, this.style))
    if (report.loadProblem !== undefined) this.failWith(report.loadProblem)
    if (this.context.signal.aborted) this.finishWith(ExitCode.interrupted)
    return report
  }

  async #capture(kind: CaptureKind, flags: ProfileFlags): Promise<CaptureReport> {
    const options = {kind, flamegraph: flags.flamegraph, rowsMax: flags.top}
    const durationNs = flags.duration
    if (flags.inspect !== undefined) return profileNode({...options, url: flags.inspect, durationNs}, this.context)
    if (flags.pprof !== undefined) return profileGo({...options, url: flags.pprof, durationNs}, this.context)
    return profileSuite({...options, bench: await this.#benchOf(kind, flags)}, this.context)
  }

  /** One sample of one workload: a capture is of one load. */
  async #benchOf(kind: CaptureKind, flags: ProfileFlags): Promise<BenchRequest> {
    const configuration = configurationOf(flags)
    return {
      suite: `profile-${kind}`,
      command: ['profile', kind, ...this.argv],
      version: this.config.version,
      workloads: workloadsOf(flags.suite ?? 'throughput', {
        producers: flags.producers,
        consumers: flags.consumers,
        messageSizes: [flags['message-size'] ?? throughput.messageSizes[0]],
        batchSize: flags['batch-size'],
        targetRatePerSec: flags['target-rate'],
        inFlight: flags['in-flight'],
        partitions: flags.partitions,
        warmUpNs: flags.warmup ?? WARM_UP_NS,
        durationNs: flags.duration,
        count: 1,
        settings: await readClientLayer(configuration),
      }),
      target: {
        kind: 'embedded',
        ...configuration,
        keepData: false,
        ...(flags['data-dir'] === undefined ? {} : {dataDir: flags['data-dir']}),
      },
      output: flags.output,
    }
  }
}

/** Flags that also mean something for a process that is captured by URL. */
const SHARED: readonly string[] = ['inspect', 'pprof', 'duration', 'flamegraph', 'top']

/** Not left to oclif, whose message would repeat the URL, and with it what must not be in it. */
function checkCombination(flags: ProfileFlags): void {
  const {inspect, pprof} = flags
  if (inspect === undefined && pprof === undefined) return
  const url = inspect === undefined ? 'pprof' : 'inspect'
  const given = Object.keys(profileFlags).filter((name) => Reflect.get(flags, name) !== undefined)
  const other = inspect !== undefined && pprof !== undefined ? 'pprof' : given.find((name) => !SHARED.includes(name))
  if (other === undefined) return
  const why = other === 'pprof' ? 'one process is captured at a time' : 'it is about the embedded broker'
  throw new StreambusError('SB_USAGE', `--${other} cannot be used with --${url}: ${why}.`, {
    hint: `leave out --${other} or --${url}`,
  })
}
