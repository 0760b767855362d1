import type {BenchTarget} from '../../../src/app/bench-target.ts'
import {openBenchTarget} from '../../../src/app/bench-target.ts'
import {workloadsOf} from '../../../src/app/workloads.ts'
import {formatRate, formatThreeDigits, parseBytes, parseDurationNs} from '../../../src/base/units.ts'
import type {ClientSettings, Compression} from '../../../src/model/client-settings.ts'
import type {Workload} from '../../../src/model/workload.ts'
import {type Arm, abba, benchContext, medianOf, ratioOf} from '../abba.ts'
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
  async effectOf({key, low, high}: KeyRow): Promise<string> {
    if (NOT_ON_THE_PATH.has(key)) return 'not on the path of a message'
    if (this.#pairs === 0) return 'not measured'
    const target = await this.#open()
    const isClients = key.startsWith('producer.') || key.startsWith('consumer.')
    const arm = (value: KeyRow['low']): Arm =>
      isClients
        ? {target, workload: workloadWith(key, value)}
        : {target, workload: usualWorkload(0), changes: [{key, flag: key, value}]}
    const compared = await abba(`${key}, default workload`, this.#pairs, arm(high), arm(low))
    const {ratio, lo, hi, n} = ratioOf(compared, 'msgs/s')
    if (n < 3) return `${n} usable pairs`
    const rates = `${formatRate(medianOf(compared.b, 'msgs/s'))} -> ${formatRate(medianOf(compared.a, 'msgs/s'))}`
    const interval = `[${formatThreeDigits(lo)}, ${formatThreeDigits(hi)}]`
    return lo > 1 || hi < 1 ? `${rates}, x${formatThreeDigits(ratio)} ${interval}` : `~ ${interval}`
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

function usualWorkload(consumers: number): Workload {
  const [workload] = workloadsOf('throughput', {
    messageSizes: [1024],
    consumers,
    durationNs: MEASURE_NS,
    warmUpNs: WARM_UP_NS,
    rest: {phases: {warmUp: 'fixed'}},
  })
  return workload!
}

/** A key of the client side; those of consumers need one. */
function workloadWith(key: string, value: KeyRow['low']): Workload {
  const workload = usualWorkload(key.startsWith('consumer.') ? 1 : 0)
  if (key === 'producer.batch_size') return {...workload, message: {...workload.message, batchMessages: Number(value)}}
  return {...workload, client: clientWith(key, value)}
}

function clientWith(key: string, value: KeyRow['low']): ClientSettings {
  switch (key) {
    case 'producer.batch_timeout':
      return {batchTimeoutNs: parseDurationNs(String(value))}
    case 'producer.compression':
      return {compression: value as Compression}
    case 'producer.max_retries':
      return {retriesMax: Number(value)}
    case 'producer.retry_backoff':
      return {retriesMax: 3, retryBackoffNs: parseDurationNs(String(value))}
    case 'consumer.fetch_min_bytes':
      return {fetchBytesMin: parseBytes(String(value))}
    case 'consumer.fetch_max_bytes':
      return {fetchBytesMax: parseBytes(String(value))}
    case 'consumer.fetch_max_wait':
      return {fetchWaitNsMax: parseDurationNs(String(value))}
    case 'consumer.max_poll_records':
      return {pollMessagesMax: Number(value)}
    default:
      throw new RangeError(`${key} is none of a client`)
  }
}
