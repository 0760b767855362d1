import type {Producer, Session} from '../drivers/driver.ts'
import type {Lane} from './flight.ts'
import type {RunTopics} from './topics.ts'

/**
 * Opens the producers. There are as many lanes as there are producers or partitions of all topics,
 * whichever is more: lane i belongs to producer i modulo the producers and sends to partition i
 * modulo the partitions, so that every producer has one and every partition is reached. The lanes
 * of one producer share its connection.
 */
export async function openLanes(session: Session, topics: RunTopics, producerCount: number): Promise<Lane[]> {
  const lanes: Lane[] = []
  const producers: Producer[] = []
  const count = Math.max(producerCount, topics.partitionCount)
  for (let stream = 0; stream < count; stream += 1) {
    const producerIndex = stream % producerCount
    const partition = stream % topics.partitionCount
    const beside = producers[producerIndex]
    const producer = await session.openProducer(topics.nameOf(partition), topics.localOf(partition), beside)
    producers[producerIndex] ??= producer
    lanes.push({stream, producerIndex, partition, producer, nextSequence: 0})
  }
  return lanes
}
