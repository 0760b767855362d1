import type {Producer, Session} from '../drivers/driver.ts'
import type {Topology} from '../model/workload.ts'
import type {Lane} from './flight.ts'

/**
 * Opens the producers. There are as many lanes as there are producers or partitions, whichever is
 * more: lane i belongs to producer i modulo the producers and sends to partition i modulo the
 * partitions, so that every producer has one and every partition is reached. The lanes of one
 * producer share its connection.
 */
export async function openLanes(session: Session, topic: string, topology: Topology): Promise<Lane[]> {
  const lanes: Lane[] = []
  const producers: Producer[] = []
  const count = Math.max(topology.producers, topology.partitions)
  for (let stream = 0; stream < count; stream += 1) {
    const producerIndex = stream % topology.producers
    const partition = stream % topology.partitions
    const producer = await session.openProducer(topic, partition, producers[producerIndex])
    producers[producerIndex] ??= producer
    lanes.push({stream, producerIndex, partition, producer, nextSequence: 0})
  }
  return lanes
}
