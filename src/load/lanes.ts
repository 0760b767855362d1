import type {Producer, Session} from '../drivers/driver.ts'
import type {Lane} from './flight.ts'
import type {LanePlan} from './message/lane-chooser.ts'
import type {RunTopics} from './topics.ts'

/**
 * Opens the producers, lane by lane as planned. The lanes of one producer share its connection. Only
 * those that `isOurs` says are opened.
 */
export async function openLanes(
  session: Session,
  topics: RunTopics,
  plan: LanePlan,
  isOurs: (stream: number) => boolean = () => true,
): Promise<Lane[]> {
  const lanes: Lane[] = []
  const producers: Producer[] = []
  for (let stream = 0; stream < plan.count; stream += 1) {
    if (!isOurs(stream)) continue
    const producerIndex = plan.producerOf(stream)
    const partition = plan.partitionOf(stream)
    const beside = producers[producerIndex]
    const producer = await session.openProducer(topics.nameOf(partition), topics.localOf(partition), beside)
    producers[producerIndex] ??= producer
    lanes.push({stream, producerIndex, partition, producer, nextSequence: 0})
  }
  return lanes
}
