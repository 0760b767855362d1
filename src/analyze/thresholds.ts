import {exactBytes, exactDuration} from '../base/units.ts'

/** How the value of a threshold is typed: a number, a share of 1 as a number, a duration (ns), a size (bytes). */
export type ThresholdKind = 'number' | 'duration' | 'size'

interface Definition {
  readonly value: number
  readonly kind: ThresholdKind
  readonly meaning: string
}

/**
 * Every limit that a rule compares with, in base units (ns, bytes, per second, ratios). The first
 * seven are the analyzer's of the StreamBus performance guide; the rest are ours. A user overrides
 * them by name: `--threshold p99-max=20ms`.
 */
export const thresholdTable = {
  'allocs-critical': {value: 1000, kind: 'number', meaning: 'allocations an operation above which it is critical'},
  'allocs-warning': {value: 100, kind: 'number', meaning: 'allocations an operation above which to warn'},
  'bytes-per-op-max': {value: 1_048_576, kind: 'size', meaning: 'bytes allocated an operation'},
  'mb-per-sec-critical': {
    value: 10,
    kind: 'number',
    meaning: 'MB/s below which it is critical, unless messages are many',
  },
  'mb-per-sec-warning': {value: 50, kind: 'number', meaning: 'MB/s below which to warn, unless messages are many'},
  'msgs-per-sec-min': {value: 1000, kind: 'number', meaning: 'messages a second below which to warn'},
  'p99-max': {value: 100e6, kind: 'duration', meaning: 'p99 of the response time'},
  'msgs-per-sec-many': {
    value: 100_000,
    kind: 'number',
    meaning: 'messages a second from which a low MB/s only says that they are small',
  },
  'tail-p99-ratio': {value: 100, kind: 'number', meaning: 'p99 over p50'},
  'tail-p99-min': {value: 10e6, kind: 'duration', meaning: 'p99 below which its ratio does not matter'},
  'tail-p99-ratio-critical': {
    value: 1000,
    kind: 'number',
    meaning: 'p99 over p50, critical when p99 is above p99-max too',
  },
  'tail-p999-ratio': {value: 10, kind: 'number', meaning: 'p99.9 over p99'},
  'tail-p999-min': {value: 5e6, kind: 'duration', meaning: 'p99.9 below which its ratio does not matter'},
  'tail-messages-min': {value: 10, kind: 'number', meaning: 'messages beyond p99.9 that it takes to speak of it'},
  'stall-min': {value: 5e6, kind: 'duration', meaning: 'longest response in a slot that can be a stall'},
  'stall-ratio': {value: 5, kind: 'number', meaning: 'that response over the one of a quiet slot'},
  'stall-repeats-min': {value: 5, kind: 'number', meaning: 'stalls it takes to speak of a period'},
  'stall-critical': {value: 100e6, kind: 'duration', meaning: 'length of a recurring stall from which it is critical'},
  'lateness-share-max': {value: 0.25, kind: 'number', meaning: 'p99 of pacing lateness over p99 of the response time'},
  'lateness-min': {
    value: 0.5e6,
    kind: 'duration',
    meaning: 'p99 of pacing lateness below which its share does not matter',
  },
  'rate-share-min': {
    value: 0.95,
    kind: 'number',
    meaning: 'messages acknowledged over messages offered, in an open loop',
  },
  'steal-max': {value: 0.02, kind: 'number', meaning: 'share of all CPU time that the hypervisor gave to others'},
  'other-cpu-max': {value: 0.25, kind: 'number', meaning: 'cores used by neither generator nor target'},
  'io-pressure-max': {value: 0.2, kind: 'number', meaning: 'share of the time in which something waited for the disk'},
  'memory-pressure-max': {
    value: 0.05,
    kind: 'number',
    meaning: 'share of the time in which something waited for memory',
  },
  'hiccup-p99-max': {value: 5e6, kind: 'duration', meaning: 'p99 of how late a sleeping thread was woken meanwhile'},
} as const satisfies Record<string, Definition>

export type ThresholdName = keyof typeof thresholdTable
export type Thresholds = Readonly<Record<ThresholdName, number>>

export const thresholdNames = Object.keys(thresholdTable) as readonly ThresholdName[]

/** The defaults with `overrides` in their place. */
export function thresholdsWith(overrides: Partial<Thresholds> = {}): Thresholds {
  const defaults = Object.fromEntries(thresholdNames.map((name) => [name, thresholdTable[name].value]))
  return {...defaults, ...overrides} as Thresholds // every name is in the table
}

/** A line for each threshold, `p99-max=100ms  p99 of the response time`, for help texts. */
export function describeThresholds(): string {
  const cells = thresholdNames.map((name) => [`${name}=${defaultText(name)}`, thresholdTable[name].meaning] as const)
  const width = Math.max(...cells.map(([setting]) => setting.length))
  return cells.map(([setting, meaning]) => `${setting.padEnd(width)}  ${meaning}`).join('\n')
}

/** The default as a user would type it. */
export function defaultText(name: ThresholdName): string {
  const {kind, value}: Definition = thresholdTable[name]
  if (kind === 'duration') return exactDuration(value)
  return kind === 'size' ? exactBytes(value) : String(value)
}
