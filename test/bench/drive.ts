import type {Consumer, OutgoingBatch, Producer, Session} from '../../src/drivers/driver.ts'
import {quantile} from '../../src/stats/quantile.ts'
import {sortSamples} from '../../src/stats/sorted-samples.ts'
import {nowNs} from './live-broker.ts'

/*
 * A closed loop and a reader over the streambus driver on the thread that calls, for measurements in
 * which a load worker with its ledger would only be in the way.
 */

let topics = 0

/** A topic that no earlier call made. */
export async function freshTopic(session: Session, partitions = 1): Promise<string> {
  topics += 1
  const topic = `bench-${process.pid}-${topics}`
  await session.createTopic(topic, partitions)
  return topic
}

export interface ClosedRun {
  readonly topic: string
  readonly partitions?: number // sent to in turn, over one connection
  readonly valueBytes: number
  readonly batch: number
  readonly inFlight: number // batches
  readonly messagesMax?: number // whichever comes first
  readonly secondsMax?: number
  readonly text?: Buffer // values are parts of it, one further on than the other; by default zeros
}

export interface ClosedSeen {
  readonly messages: number // acknowledged
  readonly perSec: number
  readonly serviceP50Ns: number // of batches: acknowledgement - send
  readonly serviceP99Ns: number
  readonly longestSilenceNs: number // between two acknowledgements
}

/** Sends until one of the bounds is met, then waits for what is in flight. Rejects with the first refusal. */
export async function produce(session: Session, run: ClosedRun): Promise<ClosedSeen> {
  const {topic, partitions = 1, valueBytes, batch, inFlight, messagesMax = Number.POSITIVE_INFINITY} = run
  const producers: Producer[] = [await session.openProducer(topic, 0)]
  for (let partition = 1; partition < partitions; partition += 1) {
    producers.push(await session.openProducer(topic, partition, producers[0]))
  }
  // In turn, so that neighbours in the log are of different partitions.
  const slots = Array.from({length: Math.max(1, Math.ceil(inFlight / partitions))}, () => producers).flat()
  const batches = slots.map((producer) => ({producer, batch: filled(producer.allocate(batch, valueBytes), run.text)}))
  const times: number[] = []
  const fromNs = nowNs()
  const endNs = run.secondsMax === undefined ? Number.POSITIVE_INFINITY : fromNs + run.secondsMax * 1e9
  let [sent, acked, under, lastNs, longestSilenceNs] = [0, 0, 0, fromNs, 0]
  try {
    await new Promise<void>((resolve, reject) => {
      const send = (producer: Producer, outgoing: OutgoingBatch) => {
        sent += batch
        under += 1
        producer.sendBatch(outgoing, (answered, error) => {
          under -= 1
          if (error !== undefined) return reject(error)
          acked += answered.count
          times.push(answered.ackedNs - answered.sentNs)
          longestSilenceNs = Math.max(longestSilenceNs, answered.ackedNs - lastNs)
          lastNs = answered.ackedNs
          if (sent < messagesMax && lastNs < endNs) send(producer, outgoing)
          else if (under === 0) resolve()
        })
      }
      for (const each of batches) if (sent < messagesMax || sent === 0) send(each.producer, each.batch)
    })
  } finally {
    await producers[0]?.close()
  }
  const sorted = sortSamples(times)
  return {
    messages: acked,
    perSec: (acked * 1e9) / (lastNs - fromNs),
    serviceP50Ns: quantile(sorted, 0.5),
    serviceP99Ns: quantile(sorted, 0.99),
    longestSilenceNs,
  }
}

function filled(batch: OutgoingBatch, text: Buffer | undefined): OutgoingBatch {
  if (text === undefined) return batch
  batch.valueStart.forEach((start, index) => {
    const from = (index * batch.valueBytes) % (text.length - batch.valueBytes)
    text.copy(batch.bytes, start, from, from + batch.valueBytes)
  })
  return batch
}

export interface ReadSeen {
  readonly messages: number
  readonly valueBytes: number
  readonly perSec: number
  readonly largestBatch: number // messages handed over at once
}

/** Reads partition 0 from offset 0 until `messages` have come, over one connection. Rejects after `secondsMax`. */
export async function readLog(session: Session, topic: string, messages: number, secondsMax = 60): Promise<ReadSeen> {
  let [seen, bytes, expected, largestBatch] = [0, 0, 0, 0]
  let consumer: Consumer | undefined
  let timer: NodeJS.Timeout | undefined
  const fromNs = nowNs()
  try {
    const endNs = await new Promise<number>((resolve, reject) => {
      timer = setTimeout(
        () => reject(new Error(`${seen} of ${messages} messages after ${secondsMax} s`)),
        secondsMax * 1e3,
      )
      const onBatch = ({count, baseOffset, valueBytes, receivedNs}: Parameters<OnBatch>[0]) => {
        if (baseOffset !== expected) reject(new Error(`offset ${baseOffset} came where ${expected} was next`))
        expected = baseOffset + count
        seen += count
        bytes += count * (valueBytes[0] ?? 0)
        largestBatch = Math.max(largestBatch, count)
        if (seen >= messages) resolve(receivedNs)
      }
      session.openConsumer({topic, partitions: [0], startOffset: 0, onBatch}).then((opened) => {
        consumer = opened
      }, reject)
    })
    return {messages: seen, valueBytes: bytes, perSec: (seen * 1e9) / (endNs - fromNs), largestBatch}
  } finally {
    clearTimeout(timer)
    await consumer?.close()
  }
}

type OnBatch = Parameters<Session['openConsumer']>[0]['onBatch']
