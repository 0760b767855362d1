/** A part stays below this, so that a head of many topics is many small records. */
const partBytesMax = 262_144

/** What a snapshot takes of a live topic. */
interface LiveTopic {
  readonly id: number
  readonly name: string
  readonly partitions: readonly {readonly next: number}[]
}

/** One topic as a snapshot record holds it. */
export interface TopicSnapshot {
  readonly id: number
  readonly name: string
  readonly nextOffsets: readonly number[]
}

/** The live topics, as they stand. */
export function topicsNow(table: {readonly nextId: number; readonly byId: ReadonlyMap<number, LiveTopic>}) {
  const topics: TopicSnapshot[] = []
  for (const {id, name, partitions} of table.byId.values()) {
    topics.push({id, name, nextOffsets: partitions.map((partition) => partition.next)})
  }
  return {nextTopicId: table.nextId, topics}
}

/** Bytes of a topic in a snapshot: id u32, partitions u32, name length u32, name, next offsets u64. */
export function topicSnapshotBytes(name: string, partitions: number): number {
  return 12 + Buffer.byteLength(name) + partitions * 8
}

/** The live topics as payloads of snapshot records; at least one, empty when there is no topic. */
export function encodeSnapshot(topics: Iterable<LiveTopic>): Buffer[] {
  const parts: Buffer[] = []
  let part: Buffer[] = []
  let bytes = 0
  for (const topic of topics) {
    const encoded = encodeTopic(topic)
    if (bytes > 0 && bytes + encoded.length > partBytesMax) {
      parts.push(Buffer.concat(part))
      part = []
      bytes = 0
    }
    part.push(encoded)
    bytes += encoded.length
  }
  parts.push(Buffer.concat(part))
  return parts
}

function encodeTopic(topic: LiveTopic): Buffer {
  const name = Buffer.from(topic.name)
  const encoded = Buffer.alloc(12 + name.length + topic.partitions.length * 8)
  encoded.writeUInt32LE(topic.id, 0)
  encoded.writeUInt32LE(topic.partitions.length, 4)
  encoded.writeUInt32LE(name.length, 8)
  name.copy(encoded, 12)
  let at = 12 + name.length
  for (const partition of topic.partitions) at = encoded.writeBigUInt64LE(BigInt(partition.next), at)
  return encoded
}

/** The inverse, for one payload whose CRC was right. */
export function decodeSnapshot(payload: Buffer): TopicSnapshot[] {
  const topics: TopicSnapshot[] = []
  let at = 0
  while (at < payload.length) {
    const partitions = payload.readUInt32LE(at + 4)
    const nameEnd = at + 12 + payload.readUInt32LE(at + 8)
    const nextOffsets = Array.from({length: partitions}, (_, index) =>
      Number(payload.readBigUInt64LE(nameEnd + index * 8)),
    )
    topics.push({id: payload.readUInt32LE(at), name: payload.toString('utf8', at + 12, nameEnd), nextOffsets})
    at = nameEnd + partitions * 8
  }
  return topics
}
