import type {BenchTarget} from '../../../src/app/bench-target.ts'
import {openBenchTarget} from '../../../src/app/bench-target.ts'
import {isClientKey} from '../../../src/app/client-layer.ts'
import {workloadsOf} from '../../../src/app/workloads.ts'
import {formatRate, formatThreeDigits} from '../../../src/base/units.ts'
import type {Sample} from '../../../src/model/sample.ts'
import type {Workload} from '../../../src/model/workload.ts'
import {type Arm, abba, benchContext, medianOf, ratioOf} from '../abba.ts'
import {workloadSpecOf} from '../client-keys.ts'
import type {KeyRow} from './key-row.ts'

const MEASURE_NS = 1e9
const WARM_UP_NS = 0.5e9

/** The bench decides these itself, or they say where and not how fast. */
const NOT_ON_THE_PATH = new Set(['storage.data_dir', 'server.host', 'server.port', 'server.http_port'])

/** Low against high by `bench throughput` as it is without flags, only shorter: 1 KiB x 100, 1 producer, 8 in flight. */
export class UsualWorkload {
  #target: BenchTarget | undefined
  readonly #pairs: number

  constructor(pairs: number) {
    this.#pairs = pairs
  }

  /** `~` where the interval holds 1, as an honest answer. */
  async effectOf({key, low, high, usual}: KeyRow): Promise<string> {
    if (NOT_ON_THE_PATH.has(key)) return 'not on the path of a message'
    if (this.#pairs === 0) return 'not measured'
    const target = await this.#open()
    const arm = (value: KeyRow['low']): Arm => ({
      target,
      workload: usualWorkload(key, value),
      changes: [{key, flag: key, value}],
    })
    const compared = await abba(
      `${key}, default workload`,
      this.#pairs,
      arm(usual?.[1] ?? high),
      arm(usual?.[0] ?? low),
    )
    const {ratio, lo, hi, n} = ratioOf(compared, 'msgs/s')
    if (n < 3) return `${n} usable pairs: ${whyNot([...compared.a, ...compared.b])}`
    const rates = `${formatRate(medianOf(compared.b, 'msgs/s'))} -> ${formatRate(medianOf(compared.a, 'msgs/s'))}`
    const interval = `[${formatThreeDigits(lo)}, ${formatThreeDigits(hi)}]`
    const values = usual === undefined ? '' : `${usual.join(' -> ')}: `
    return lo > 1 || hi < 1 ? `${values}${rates}, x${formatThreeDigits(ratio)} ${interval}` : `${values}~ ${interval}`
  }

  async #open(): Promise<BenchTarget> {
    if (this.#target === undefined) {
      this.#target = await openBenchTarget(
        {kind: 'embedded', settings: [], keepData: false, environment: {}},
        benchContext,
      )
      await (await this.#target.openSession()).close() // fills the log pool
    }
    return this.#target
  }

  async close(): Promise<void> {
    await this.#target?.close()
  }
}

function whyNot(samples: readonly Sample[]): string {
  const reasons = samples.flatMap(({error, validity}) => {
    if (error !== undefined) return [error.message]
    return validity.verdict === 'valid' ? [] : validity.reasons.map(({code}) => code)
  })
  return [...new Set(reasons)].slice(0, 2).join('; ')
}

/** A key of consumers needs one. */
function usualWorkload(key: string, value: KeyRow['low']): Workload {
  const {message, client} = isClientKey(key) ? workloadSpecOf({[key]: value}) : {}
  const [workload] = workloadsOf('throughput', {
    messageSizes: [1024],
    consumers: key.startsWith('consumer.') ? 1 : 0,
    batchSize: message?.batchMessages,
    durationNs: MEASURE_NS,
    warmUpNs: WARM_UP_NS,
    rest: {phases: {warmUp: 'fixed'}, client},
  })
  return workload!
}
