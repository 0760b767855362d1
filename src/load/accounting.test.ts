import fc from 'fast-check'
import {expect, test} from 'vitest'
import {SequenceLedger} from './sequence-ledger.ts'

/*
 * The accounting of a whole run against a model of plain sets and lists: producers that are answered
 * or not, a log that loses, doubles, swaps and expires, and groups that read it in pieces of any size.
 */

const STREAM_PARTITIONS = [0, 1, 0] // streams 0 and 2 share a partition

type Step =
  | {readonly kind: 'send'; readonly stream: number; readonly count: number; readonly fate: Fate}
  | {readonly kind: 'swap'; readonly partition: number; readonly back: number}
  | {readonly kind: 'read'; readonly group: number; readonly partition: number; readonly count: number}
  | {readonly kind: 'expire'; readonly partition: number; readonly count: number}
  | {readonly kind: 'measure'}

/** Lost: acknowledged, and not in the log. Unanswered: nobody told whether it is there. */
type Fate = 'stored' | 'lost' | 'doubled' | 'unanswered-stored' | 'unanswered-gone'

interface Message {
  readonly stream: number
  readonly sequence: number
}

const keyOf = ({stream, sequence}: Message) => `${stream}:${sequence}`

/** Drives the ledgers and keeps the truth beside them. */
class Simulation {
  readonly groups: readonly Group[]
  readonly #first = new SequenceLedger(STREAM_PARTITIONS)
  readonly #logs: Message[][] = [[], []]
  readonly #starts = [0, 0]
  readonly #next = STREAM_PARTITIONS.map(() => 0)
  readonly #acked = new Map<string, Message>()
  readonly #expiredKeys = new Set<string>()
  #measuredFrom: readonly number[] | undefined

  constructor(groups: number) {
    this.groups = Array.from(
      {length: groups},
      (_, group) => new Group(group === 0 ? this.#first : this.#first.beside()),
    )
  }

  run(steps: readonly Step[]): void {
    for (const step of steps) this.#take(step)
    if (this.#measuredFrom === undefined) this.#measure()
  }

  #take(step: Step): void {
    if (step.kind === 'send') this.#send(step.stream, step.count, step.fate)
    else if (step.kind === 'swap') this.#swap(this.#logs[step.partition]!, step.partition, step.back)
    else if (step.kind === 'read') this.read(this.groups[step.group % this.groups.length]!, step.partition, step.count)
    else if (step.kind === 'expire') this.#expire(step.partition, step.count)
    else if (this.#measuredFrom === undefined) this.#measure()
  }

  #measure(): void {
    this.#measuredFrom = [...this.#next]
    this.#next.forEach((sequence, stream) => {
      this.#first.measureFrom(stream, sequence)
    })
  }

  #send(stream: number, count: number, fate: Fate): void {
    const first = this.#next[stream]!
    this.#next[stream] = first + count
    const messages = Array.from({length: count}, (_, index) => ({stream, sequence: first + index}))
    const log = this.#logs[STREAM_PARTITIONS[stream]!]!
    if (fate === 'stored' || fate === 'doubled' || fate === 'unanswered-stored') log.push(...messages)
    if (fate === 'doubled') log.push(...messages)
    if (fate.startsWith('unanswered')) return
    this.#first.acked(stream, first, count)
    for (const message of messages) this.#acked.set(keyOf(message), message)
  }

  /** Only what no group has read yet: a log does not change behind a reader's back. */
  #swap(log: Message[], partition: number, back: number): void {
    const at = log.length - 2 - back
    if (at < Math.max(...this.groups.map((group) => group.positions[partition]!))) return
    const [one, other] = [log[at]!, log[at + 1]!]
    log[at] = other
    log[at + 1] = one
  }

  read(group: Group, partition: number, count: number): void {
    group.read(partition, this.#starts[partition]!, this.#logs[partition]!, count)
  }

  #expire(partition: number, count: number): void {
    const log = this.#logs[partition]!
    const start = Math.min(log.length, this.#starts[partition]! + count)
    for (let offset = this.#starts[partition]!; offset < start; offset += 1) this.#expiredKeys.add(keyOf(log[offset]!))
    this.#starts[partition] = start
  }

  drain(): void {
    for (const group of this.groups) for (const partition of [0, 1]) this.read(group, partition, 1e9)
  }

  counted(group: Group) {
    return group.ledger.counts(
      (partition) => this.#starts[partition]!,
      (partition) => group.positions[partition]!,
    )
  }

  expected(group: Group) {
    const measured = ({stream, sequence}: Message) => sequence >= this.#measuredFrom![stream]!
    const missing = [...this.#acked.values()].filter((message) => measured(message) && !group.seen.has(keyOf(message)))
    const expired = missing.filter((message) => this.#expiredKeys.has(keyOf(message))).length
    return {
      received: [...group.seen.values()].filter(measured).length,
      lost: missing.length - expired,
      expired,
      duplicated: group.doubles.filter(measured).length,
      reordered: group.late.filter(measured).length,
    }
  }
}

class Group {
  readonly ledger: SequenceLedger
  readonly positions = [0, 0]
  readonly seen = new Map<string, Message>()
  readonly doubles: Message[] = []
  readonly late: Message[] = []
  readonly #highest = STREAM_PARTITIONS.map(() => -1)

  constructor(ledger: SequenceLedger) {
    this.ledger = ledger
  }

  read(partition: number, start: number, log: readonly Message[], count: number): void {
    const position = this.positions[partition]!
    const from = Math.max(position, start)
    const to = Math.min(log.length, from + count)
    if (to <= from) return
    if (from > position) this.ledger.offsetGap(partition, position, from)
    this.positions[partition] = to
    for (const run of runsOf(log.slice(from, to))) {
      const added = this.ledger.received(run[0]!.stream, partition, run[0]!.sequence, run.length)
      const before = this.seen.size
      for (const message of run) this.#see(message)
      expect(added).toBe(this.seen.size - before)
    }
  }

  #see(message: Message): void {
    const {stream, sequence} = message
    if (this.seen.has(keyOf(message))) this.doubles.push(message)
    else if (sequence < this.#highest[stream]!) this.late.push(message)
    this.seen.set(keyOf(message), message)
    this.#highest[stream] = Math.max(this.#highest[stream]!, sequence)
  }
}

/** Consecutive sequences of one stream, as the receiver gathers them. */
function runsOf(messages: readonly Message[]): Message[][] {
  const runs: Message[][] = []
  for (const message of messages) {
    const last = runs.at(-1)?.at(-1)
    if (last?.stream === message.stream && last.sequence + 1 === message.sequence) runs.at(-1)!.push(message)
    else runs.push([message])
  }
  return runs
}

const stream = fc.integer({min: 0, max: STREAM_PARTITIONS.length - 1})
const partition = fc.integer({min: 0, max: 1})
const count = fc.integer({min: 1, max: 7})
const sendOf = (...fates: Fate[]) =>
  fc.record({kind: fc.constant('send' as const), stream, count, fate: fc.constantFrom(...fates)})
const read = fc.record({kind: fc.constant('read' as const), group: fc.integer({min: 0, max: 2}), partition, count})
const swap = fc.record({kind: fc.constant('swap' as const), partition, back: fc.integer({min: 0, max: 4})})
const expire = fc.record({kind: fc.constant('expire' as const), partition, count})
const measure = fc.constant<Step>({kind: 'measure'})
const groupCount = fc.integer({min: 1, max: 3})

function check(groups: number, steps: readonly Step[], isDrained: boolean): void {
  const simulation = new Simulation(groups)
  simulation.run(steps)
  if (isDrained) simulation.drain()
  for (const group of simulation.groups) expect(simulation.counted(group)).toEqual(simulation.expected(group))
}

test('whatever is acknowledged, lost, doubled, swapped and read in whatever order: the counts are those of plain sets', () => {
  const anything = sendOf('stored', 'stored', 'lost', 'doubled', 'unanswered-stored', 'unanswered-gone')
  const steps = fc.array(fc.oneof({arbitrary: anything, weight: 4}, {arbitrary: read, weight: 3}, swap, measure), {
    maxLength: 60,
  })
  fc.assert(
    fc.property(groupCount, steps, fc.boolean(), (groups, sequence, isDrained) => check(groups, sequence, isDrained)),
    {numRuns: 2_000},
  )
})

// Drained: of what lies unread behind the last gap nobody can tell whose part of it has expired.
test('what retention removed before a group came to it is expired in that group, not lost', () => {
  const stored = sendOf('stored')
  const steps = fc.array(fc.oneof({arbitrary: stored, weight: 4}, {arbitrary: read, weight: 2}, expire, measure), {
    maxLength: 60,
  })
  fc.assert(
    fc.property(groupCount, steps, (groups, sequence) => check(groups, sequence, true)),
    {numRuns: 2_000},
  )
})

test('lost and expired together, over the whole run: each is counted as often as it happened', () => {
  const either = sendOf('stored', 'stored', 'lost')
  const steps = fc.array(fc.oneof({arbitrary: either, weight: 4}, {arbitrary: read, weight: 2}, expire), {
    maxLength: 60,
  })
  const all: Step[] = [{kind: 'measure'}]
  fc.assert(
    fc.property(groupCount, steps, (groups, sequence) => check(groups, [...all, ...sequence], true)),
    {numRuns: 2_000},
  )
})
