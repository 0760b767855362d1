import {parseArrival} from '../model/arrival-text.ts'
import {acksLevels, compressions} from '../model/client-settings.ts'
import {parseKeys, parseSizes} from '../model/message-text.ts'
import {WORKLOAD_SCHEMA} from '../model/workload.ts'

/*
 * The one table of what a workload file may say. The reader, the published schema and the
 * documentation follow from it. A quantity may be written with its unit under its short name
 * (`warmUp: 30s`), or as a number under a name that ends in one (`warmUpSec: 30`).
 */

export type Shape =
  | {readonly kind: 'quantity'; readonly of: 'rate' | 'duration' | 'size' | 'count' | 'number'; readonly min?: number}
  | {readonly kind: 'choice'; readonly values: readonly string[]}
  | {readonly kind: 'text'; readonly parse?: (text: string) => unknown}
  | {readonly kind: 'mapping'; readonly fields: readonly Field[]}
  | {readonly kind: 'list'; readonly of: Shape}
  /** One text in the grammar of the flag, or a mapping, or a list. */
  | {readonly kind: 'either'; readonly text: Shape; readonly nested: Shape}

export interface Field {
  /** The name in what the reader gives, always with the base unit: `warmUpNs`. */
  readonly name: string
  /** How it may be written -> what a bare number under it counts, in base units; none where a number needs its unit. */
  readonly spellings: Readonly<Record<string, number | undefined>>
  readonly shape: Shape
  readonly says: string
  readonly isRequired?: true
}

const text = {kind: 'text'} as const

function field(name: string, shape: Shape, says: string, alias?: string): Field {
  return {name, spellings: alias === undefined ? {[name]: 1} : {[name]: 1, [alias]: 1}, shape, says}
}

/** `warmUp: 30s`, `warmUpSec: 30`, `warmUpMs`, `warmUpNs`; `tail` stands behind the unit: `drainSecMax`. */
function duration(base: string, says: string, tail = '', word?: Shape): Field {
  const shape: Shape = {kind: 'quantity', of: 'duration'}
  return {
    name: `${base}Ns${tail}`,
    spellings: {
      [`${base}${tail}`]: undefined,
      [`${base}Sec${tail}`]: 1e9,
      [`${base}Ms${tail}`]: 1e6,
      [`${base}Ns${tail}`]: 1,
    },
    shape: word === undefined ? shape : {kind: 'either', text: word, nested: shape},
    says,
  }
}

function rate(base: string, says: string, isShort = true): Field {
  const long = `${base}PerSec`
  return {
    name: long,
    spellings: isShort ? {[base]: 1, [long]: 1} : {[long]: 1},
    shape: {kind: 'quantity', of: 'rate'},
    says,
  }
}

function size(base: string, says: string): Field {
  return {
    name: `${base}Bytes`,
    spellings: {[base]: 1, [`${base}Bytes`]: 1},
    shape: {kind: 'quantity', of: 'size'},
    says,
  }
}

function count(name: string, says: string, min = 0, alias?: string): Field {
  return field(name, {kind: 'quantity', of: 'count', min}, says, alias)
}

function number(name: string, says: string): Field {
  return field(name, {kind: 'quantity', of: 'number'}, says)
}

function choice(name: string, values: readonly string[], says: string): Field {
  return field(name, {kind: 'choice', values}, says)
}

function required(of: Field): Field {
  return {...of, isRequired: true}
}

function mapping(...fields: readonly Field[]): Shape {
  return {kind: 'mapping', fields}
}

function either(grammar: Shape, nested: Shape): Shape {
  return {kind: 'either', text: grammar, nested}
}

const arrival = mapping(
  choice('model', ['closed', 'open'], 'closed: a fixed number in flight; open: an absolute schedule'),
  choice(
    'process',
    ['constant', 'poisson', 'stepped', 'ramp', 'sine', 'burst', 'trace'],
    'How open arrivals follow each other; constant unless said',
  ),
  rate('rate', 'Mean over the measured phase; a process with rates of its own is scaled to it'),
  count('inFlightBatches', 'Batches in flight for each producer of a closed loop', 1, 'inFlight'),
  count('inFlightBatchesMax', 'Bound on batches in flight for each producer of an open loop', 1, 'inFlightMax'),
  field(
    'steps',
    {
      kind: 'list',
      of: mapping(
        required(rate('rate', 'Messages a second')),
        required(duration('duration', 'For so long; the last step holds')),
      ),
    },
    'stepped: one rate after the other',
  ),
  rate('from', 'ramp: rate at the start of the measured phase'),
  rate('to', 'ramp: rate at its end'),
  rate('amplitude', 'sine: at most the mean'),
  duration('period', 'sine: length of a wave'),
  rate('on', 'burst: rate of the burst', false),
  rate('off', 'burst: rate between bursts', false),
  {...duration('on', 'burst: length of a burst'), spellings: {onSec: 1e9, onMs: 1e6, onNs: 1}},
  {...duration('off', 'burst: time between bursts'), spellings: {offSec: 1e9, offMs: 1e6, offNs: 1}},
  field('path', text, 'trace: CSV file of instants, relative to this file'),
  number('speed', 'trace: 2 plays it twice as fast'),
)

const keys = mapping(
  required(choice('distribution', ['none', 'round-robin', 'uniform', 'zipf', 'hot'], 'How often each key is used')),
  count('count', 'Keys', 1),
  number('exponent', 'zipf: key r has weight r^-exponent'),
  number('hotShare', 'hot: share of the messages that the hot key gets'),
  {...size('key', 'Length of a key'), spellings: {keyBytes: 1}},
)

const message = mapping(
  {
    name: 'size',
    spellings: {size: 1, sizeBytes: 1},
    shape: {kind: 'text', parse: parseSizes},
    says: 'Of the value: 1KiB, 100..10KiB, zipf:100..64KiB or mix:100=70,1KiB=30',
  },
  count('batchMessages', 'Messages in a batch', 1, 'batch'),
  number('compressibility', 'Share of the bytes that deflate saves, 0 to 1'),
  field('payloadFile', text, 'File that values are cut from, relative to this file'),
  field('keys', either({kind: 'text', parse: parseKeys}, keys), 'Keys of the messages'),
)

function quantity(name: string, of: 'size' | 'duration', says: string): Field {
  return {name, spellings: {[name]: 1}, shape: {kind: 'quantity', of}, says}
}

const client = mapping(
  choice('acks', acksLevels, 'When a batch counts as acknowledged: its bytes left, written, or synced'),
  choice('compression', compressions, 'How producers pack their batches'),
  duration('batchTimeout', 'Open loops: a batch leaves so long after its first message was due, full or not'),
  count('retriesMax', 'Times that a refused batch is sent again'),
  duration('retryBackoff', 'Before each time'),
  quantity('fetchBytesMin', 'size', 'Keys and values worth an answer; less is waited for'),
  quantity('fetchBytesMax', 'size', 'Most keys and values of an answer'),
  duration('fetchWait', 'For so long at most', 'Max'),
  count('pollMessagesMax', 'Most messages handed over at once', 1),
)

/** Every key of a workload file, in the order of the documentation. */
export const workloadFields: readonly Field[] = [
  required(choice('schema', [WORKLOAD_SCHEMA], 'The version of this format')),
  field('name', text, "In the benchmark's name; the file's name unless said"),
  choice('kind', ['throughput', 'latency', 'backlog'], 'What it is about; from the arrivals unless said'),
  field(
    'arrival',
    either({kind: 'text', parse: (written: string) => ({written: parseArrival(written)})}, arrival),
    'When messages are sent',
  ),
  field('message', message, 'What is sent'),
  field(
    'topology',
    mapping(
      count('topics', 'Topics', 1),
      count('partitions', 'Partitions of each topic', 1),
      count('producers', 'Producers', 1),
      count('consumers', 'Consumers of each group'),
      count('groups', 'Consumer groups, each of which reads everything', 1),
    ),
    'Who sends where, and who reads',
  ),
  field(
    'phases',
    mapping(
      duration('warmUp', 'Load before the measured phase, or auto: until it is steady', '', {
        kind: 'choice',
        values: ['auto'],
      }),
      duration('measure', 'The measured phase'),
      duration('drain', 'Time for the last answers', 'Max'),
    ),
    'How long',
  ),
  field('client', client, 'How producers and consumers work; what is not said is left to the driver'),
  field('samples', mapping(count('count', 'Samples', 1), count('seed', 'Seed of everything drawn')), 'How often'),
  field(
    'backlog',
    mapping(
      required(count('messages', 'Messages filled while the consumers are stopped', 1)),
      choice('producers', ['stopped', 'running'], 'Whether they go on while the consumers catch up'),
      choice('passes', ['once', 'repeated'], 'repeated: read again and again until the measured phase is over'),
    ),
    'kind backlog only',
  ),
  field(
    'objectives',
    {
      kind: 'list',
      of: either(
        text,
        mapping(
          required(field('metric', text, 'responseTime.p99Ns, counters.lost, metrics.msgs/s')),
          number('min', "In the figure's own unit"),
          number('max', "In the figure's own unit"),
        ),
      ),
    },
    'Bounds; a missed one is a bad verdict, as responseTime.p99<10ms',
  ),
]
