import {join} from 'node:path'
import {string as stringArg} from '@oclif/core/args'
import {climbOf} from '../src/app/climb.ts'
import {readScenario} from '../src/app/load-scenario.ts'
import {loadWorkload} from '../src/app/workloads.ts'
import {BenchCommand} from '../src/cli/bench-command.ts'
import {benchFlags} from '../src/cli/bench-flags.ts'
import type {DryRun} from '../src/model/dry-run.ts'
import type {Results} from '../src/model/results.ts'

export default class Load extends BenchCommand {
  static override summary = 'Put one long load on a broker: a scenario, a workload file, or your own flags.'
  static override description =
    `Scenarios of the guide: throughput, latency, mixed, stress, sustained, burst. A file in ./profiles/workloads is found
by its name. A flag always wins over the scenario. stress climbs to the highest rate that keeps its objectives, unless
--target-rate or --arrival says how to send. docs/workloads.md shows every scenario and the format of a file.`
  static override examples = [
    '<%= config.bin %> <%= command.id %> burst',
    '<%= config.bin %> <%= command.id %> --producers 10 --consumers 5 --message-size 1024 --target-rate 100000 --duration 1h',
    '<%= config.bin %> <%= command.id %> stress --dry-run',
    "<%= config.bin %> <%= command.id %> my-workload.yaml --duration 30s --objective 'responseTime.p99<10ms'",
  ]
  static override args = {
    scenario: stringArg({description: 'Name of a scenario, or path of a workload file.'}),
  }
  static override flags = benchFlags('load')

  async run(): Promise<Results | DryRun> {
    const {args, flags} = await this.parse(Load)
    const folders = [join(this.context.cwd, 'profiles', 'workloads'), join(this.config.root, 'profiles', 'workloads')]
    const scenario = args.scenario === undefined ? undefined : await readScenario(args.scenario, folders, this.context)
    if (scenario?.question !== undefined) this.note(`Question: ${scenario.question}`)
    if (scenario?.note !== undefined) this.note(`Note: ${scenario.note}`)
    const suite = scenario === undefined ? 'load' : `load-${scenario.name.replaceAll('/', '-')}`
    const isSaid = flags.arrival !== undefined || flags['target-rate'] !== undefined || flags.interleave !== undefined
    const workload = loadWorkload(scenario?.spec, await this.workloadFlags(flags))
    const climb = climbOf(workload, isSaid)
    if (climb !== undefined) return this.climb(suite, workload, climb, flags)
    return this.measure(async (side) => {
      const workload = loadWorkload(scenario?.spec, await this.workloadFlags(side))
      return {suite, workloads: [workload], scenario: scenario?.name}
    }, flags)
  }
}
