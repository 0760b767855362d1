import {StreambusError} from '../../base/errors.ts'
import type {Driver, Producer, Session} from '../../drivers/driver.ts'
import {type ServiceTime, SimulatedProducer, type Stall, type Truth} from './simulated-producer.ts'
import type {VirtualTurns} from './virtual-turns.ts'

export interface SimulatedServer {
  readonly serviceNs: ServiceTime
  readonly stalls?: readonly Stall[]
  /** Whether the n-th batch is refused, counted from 0. */
  readonly refuses?: (batch: number) => boolean
}

/** A driver whose producers all send to one server on a virtual clock, and what really happened there. */
export function simulatedDriver(turns: VirtualTurns, server: SimulatedServer) {
  const producer = new SimulatedProducer(turns, server.serviceNs, server.stalls ?? [])
  const sendBatch = producer.sendBatch.bind(producer)
  let batches = 0
  let refused = 0
  producer.sendBatch = (batch, done) => {
    const isRefused = server.refuses?.(batches) ?? false
    batches += 1
    const error = isRefused ? new StreambusError('SB_REQUEST_REFUSED', 'Refused on purpose.') : undefined
    sendBatch(batch, (answered) => {
      if (isRefused) refused += answered.count
      done(answered, error)
    })
  }
  const driver: Driver = {
    name: 'simulated',
    abilities: {acks: ['written'], client: [], partitionsMax: 1, messageBytesMax: 1e6, batchBytesMax: 1e7},
    connect: async () => sessionOf(producer, () => producer.truths.length - refused),
  }
  return {driver, truths: producer.truths as readonly Truth[]}
}

function sessionOf(producer: Producer, stored: () => number): Session {
  return {
    ping: async () => ({status: 'ok', uptimeSec: 0}),
    createTopic: async () => {},
    deleteTopic: async () => {},
    offsetsOf: async () => ({start: 0, end: stored()}),
    openProducer: async () => producer,
    openConsumer: () => Promise.reject(new Error('nobody consumes here')),
    onLost: () => {},
    reconnect: () => Promise.reject(new Error('never lost')),
    close: async () => {},
  }
}
