import type {Metrics, Validity, Warning} from './sample.ts'

/**
 * A piece of the program timed by itself, without load and without a target. An op is one call of
 * what the name says, as in a Go benchmark; a batch is one op and may hold many messages.
 */
export interface MicroBenchmark {
  readonly name: string // `Codec_EncodeProduce/size=1024/batch=100-2`
  readonly summary: string // what one op does
  readonly samples: readonly MicroSample[]
}

/** One sample: a process of its own. */
export interface MicroSample {
  readonly index: number
  readonly startedAt: string // ISO
  readonly validity: Validity
  readonly iterations: number // ops that were timed
  /**
   * `ns/op` (mean over all timed ops, collections included), `B/op` (JavaScript heap), `buffer-B/op`
   * (memory of Buffers, which is outside that heap), `allocs/op` (objects of that heap; counted once for
   * all samples, because the count is the same every time) and, where an op has messages, `msgs/s` and
   * `MB/s` (10^6, of values).
   */
  readonly metrics: Metrics
  /** Length of the shortest timed batch of ops, and the cost of reading the clock once in each: not subtracted. */
  readonly batchNs: number
  readonly clockNs: number
  readonly warnings: readonly Warning[]
}

/** What a case says of itself before it runs. */
export interface MicroFacts {
  readonly name: string // without the CPU count
  readonly summary: string
  readonly suites: readonly MicroSuite[]
  readonly messages?: number // of one op
  readonly bytes?: number // of the values of one op's messages
  /** It writes files. `fsync`: and waits for the disk, which a memory file system has none of. */
  readonly disk?: 'write' | 'fsync'
}

export type MicroSuite = 'micro' | 'storage'
