import type {Chunk} from './chunk.ts'
import type {LogPoint} from './log-point.ts'
import type {TopicSnapshot} from './snapshot.ts'
import type {PartitionRuns, TableSource} from './tables/table-source.ts'
import type {PartitionState} from './topics.ts'

/** What the log says of topics at a point of it. */
export interface TopicsAt {
  readonly nextTopicId: number
  readonly topics: readonly TopicSnapshot[]
}

/**
 * A stretch of the log in memory: its bytes in chunks, and of each partition the runs that lie in them. It is
 * rotated and flushed as a whole.
 */
export class Memtable {
  readonly number: number
  readonly chunks: Chunk[] = []
  readonly partitions: PartitionState[] = [] // with runs in here
  bytes = 0 // of memory
  end: LogPoint | undefined // once it takes no more
  topicsAtEnd: TopicsAt | undefined

  constructor(number: number) {
    this.number = number
  }

  /** The partition has a run in here from now on. */
  addPartition(partition: PartitionState): void {
    partition.memtable = this.number
    this.partitions.push(partition)
  }

  /** The table on disk answers for its runs from now on. */
  dropRuns(): void {
    for (const partition of this.partitions) partition.runs.dropBefore(this.end!.segment, this.end!.position)
  }
}

/** The runs of the oldest memtables, all of them up to `newest`, as a table at level 0 wants them. */
export function tableSource(
  oldest: readonly Memtable[],
  newest: Memtable,
  generationOf: (segment: number) => number,
): TableSource {
  const partitions = [...new Set(oldest.flatMap((memtable) => memtable.partitions))]
    .filter((partition) => !partition.topic.deleted)
    .sort((a, b) => a.topic.id - b.topic.id || a.index - b.index)
    .map((partition) => runsBefore(partition, newest.end!))
  return {partitions, generationOf}
}

/** The first runs of a partition, while others are added behind them; none once the topic is deleted. */
function runsBefore(partition: PartitionState, end: LogPoint): PartitionRuns {
  const {runs, topic, index} = partition
  const count = runs.countBefore(end.segment, end.position)
  return {
    topicId: topic.id,
    partition: index,
    runs: {
      get length() {
        return Math.min(count, runs.length)
      },
      baseOffsetAt: (run) => runs.baseOffsetAt(run),
      segmentAt: (run) => runs.segmentAt(run),
      positionAt: (run) => runs.positionAt(run),
      bytesAt: (run) => runs.bytesAt(run),
    },
  }
}
