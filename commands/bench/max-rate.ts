import {targetChoiceOf} from '../../src/app/bench-target.ts'
import {readClientLayer} from '../../src/app/client-layer.ts'
import {findMaxRate, maxRateProblem} from '../../src/app/find-max-rate.ts'
import {maxRateWorkload} from '../../src/app/max-rate-request.ts'
import {BaseCommand} from '../../src/cli/base-command.ts'
import {configurationOf} from '../../src/cli/bench-flags.ts'
import {refuseIdleFlags} from '../../src/cli/idle-flags.ts'
import {DEFAULT_GOALS, goalOf, maxRateFlags} from '../../src/cli/max-rate-flags.ts'
import type {Results} from '../../src/model/results.ts'
import {renderRateSearch} from '../../src/render/rate-search.ts'

export default class BenchMaxRate extends BaseCommand {
  static override summary = 'Find the highest rate at which a broker keeps a promise.'
  static override description =
    `Trial after trial, short ones first, until the edge lies between a rate that was good and one that was bad. A
trial is good when every objective was met, the rate was kept up with, the lag did not grow and nothing was lost.
Where generator or host give out first the answer is "at least". All trials ask one broker, each on a fresh topic.`
  static override examples = [
    "<%= config.bin %> <%= command.id %> --slo 'responseTime.p99<10ms' --slo 'errors<0.1%'",
    "<%= config.bin %> <%= command.id %> --target streambus://127.0.0.1:9092 --slo 'responseTime.p999<50ms' --time-max 2m",
    '<%= config.bin %> <%= command.id %> --batch-size 100 --arrival constant --resolution 10%',
  ]
  static override flags = maxRateFlags()

  async run(): Promise<Results> {
    const {flags} = await this.parse(BenchMaxRate)
    const configuration = configurationOf(flags)
    const target = targetChoiceOf(flags.target, {
      ...configuration,
      dataDir: flags['data-dir'],
      keepData: flags['keep-data'],
    })
    const workload = maxRateWorkload({
      ...flags,
      messageSize: flags['message-size'],
      batchSize: flags['batch-size'],
      settings: await readClientLayer(configuration),
    })
    refuseIdleFlags(flags, {workloads: [workload], targets: [target]})
    const report = await findMaxRate(
      {
        command: [...(this.id ?? '').split(':'), ...this.argv],
        version: this.config.version,
        target,
        workload,
        goals: flags.slo ?? DEFAULT_GOALS.map(goalOf),
        minPerSec: flags['min-rate'],
        maxPerSec: flags['max-rate'],
        resolution: flags.resolution,
        timeNsMax: flags['time-max'],
        output: flags.output,
      },
      this.context,
    )
    this.log(renderRateSearch(report, this.style))
    const problem = maxRateProblem(report)
    if (problem !== undefined) this.failWith(problem)
    return report.results
  }
}
