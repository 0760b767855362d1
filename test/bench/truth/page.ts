import {formatDurationNs, formatRate} from '../../../src/base/units.ts'
import type {TimeSummary} from '../../../src/model/sample.ts'
import type {Check} from './checks.ts'
import {IN_FLIGHT, type StallProof, type StallSet} from './stall.ts'

const PICTURE = 'coordinated-omission.svg'

/** docs/coordinated-omission.md: sentences are fixed, every figure is of this run. */
export function pageOf(where: string, proof: StallProof, checks: readonly Check[]): string {
  const longest = proof.sets.at(-1)!
  return `# Coordinated omission, seen and avoided

<!-- Written by \`npm run bench:truth\`; do not edit. -->

A generator that waits for its target sends nothing while the target stands still. The messages that
users would have sent meanwhile are never counted, and the stall is a single slow message among
thousands of fast ones. The figures below are of a real broker process that was stopped (SIGSTOP) in
the middle of a run, ${where}.

![Longest time by intended send](${PICTURE})

The open loop follows its schedule whatever the target does: every message that was due while the
broker stood still has waited, the first one for all of the stall. The closed loop waits with the
broker: it saw one message that took long.

| Stopped for | Generator | Messages | p50 | p99 | p99.9 | max |
|---|---|---|---|---|---|---|
${proof.sets.flatMap(rowsOf).join('\n')}

p99 of the closed loop is not wrong about the messages that it sent. It says nothing about those that
it did not send. That is why \`streambus\` reports response time in open loops only, and of a closed
loop throughput and service time.

## What the theory says of the wait

At ${formatRate(proof.ratePerSec)} offered and a capacity of ${formatRate(proof.capacityPerSec)} (closed loop, the
same run) the load is rho = ${proof.rho.toFixed(3)}. After a stop of T the target has caught up T / (1 - rho) after it
stopped, and the lambda T / (1 - rho) messages that were due until then wait uniformly between T and
0. T is how long the process was really stopped, by the kernel's word.

| Quantile of those that waited | ${proof.sets.map((set) => `T = ${formatDurationNs(set.open.stoppedNs)}: seen, expected`).join(' | ')} |
|---|${proof.sets.map(() => '---').join('|')}|
${longest.responseTail.map((_, at) => tailRow(proof.sets, at)).join('\n')}

## Service time hides it as soon as something bounds what is in flight

Without a bound, everything due is sent into the stall, and service time (from the actual send) shows
the same tail as response time. With \`--in-flight-max ${IN_FLIGHT}\` only ${IN_FLIGHT} messages are in flight when
the broker stops; the others wait unsent, which service time does not see and response time does.

| Stopped for | p99 of response time, unbounded | with ${IN_FLIGHT} in flight | p99 of service time, unbounded | with ${IN_FLIGHT} in flight |
|---|---|---|---|---|
| not at all | ${p99(proof.quiet.times.responseTime)} | ${p99(proof.quietBounded.times.responseTime)} | ${p99(proof.quiet.times.serviceTime)} | ${p99(proof.quietBounded.times.serviceTime)} |
${proof.sets.map(boundRow).join('\n')}

## What this run was made to show

| | Holds | Figures |
|---|---|---|
${checks.map(({what, holds, figures}) => `| ${what} | ${holds ? 'yes' : 'NO'} | ${figures} |`).join('\n')}
`
}

const p99 = (time: TimeSummary | undefined) => (time === undefined ? '-' : formatDurationNs(time.p99Ns))

function rowsOf({open, closed}: StallSet): string[] {
  const row = (stoppedNs: number, name: string, time: TimeSummary | undefined) =>
    time === undefined
      ? ''
      : `| ${formatDurationNs(stoppedNs)} | ${name} | ${time.count} | ${formatDurationNs(time.p50Ns)} | ${formatDurationNs(time.p99Ns)} | ${formatDurationNs(time.p999Ns)} | ${formatDurationNs(time.maxNs)} |`
  return [
    row(open.stoppedNs, 'open loop, response time', open.sample.times.responseTime),
    row(closed.stoppedNs, 'closed loop, 1 in flight, service time', closed.sample.times.serviceTime),
  ]
}

function tailRow(sets: readonly StallSet[], at: number): string {
  const cells = sets.map(({responseTail}) => {
    const {seenNs, expectedNs} = responseTail[at]!
    return `${formatDurationNs(seenNs)}, ${formatDurationNs(expectedNs)}`
  })
  return `| ${sets[0]!.responseTail[at]!.quantile} | ${cells.join(' | ')} |`
}

function boundRow({open, bounded}: StallSet): string {
  const {responseTime, serviceTime} = open.sample.times
  const of = bounded.sample.times
  return `| ${formatDurationNs(open.stoppedNs)} | ${p99(responseTime)} | ${p99(of.responseTime)} | ${p99(serviceTime)} | ${p99(of.serviceTime)} |`
}
