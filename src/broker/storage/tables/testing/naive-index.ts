import {RunIndex} from '../../run-index.ts'
import type {Run} from '../table-meta.ts'
import type {PartitionRuns, TableSource} from '../table-source.ts'

export interface PlacedRun extends Run {
  readonly topicId: number
  readonly partition: number
}

/** 48 bits that depend on the number: a segment's generation. */
export const generationOf = (segment: number) => (segment * 0x9e3779b97f4b) % 2 ** 48

/** The runs as a memtable has them: an index for each partition, in the order of topics and partitions. */
export function runsAsSource(runs: readonly PlacedRun[]): TableSource {
  const partitions = new Map<string, PartitionRuns & {runs: RunIndex}>()
  for (const {topicId, partition, baseOffset, segment, position, bytes} of runs) {
    const key = `${topicId}/${partition}`
    const own = partitions.get(key) ?? {topicId, partition, runs: new RunIndex()}
    own.runs.add(baseOffset, segment, position, bytes, false)
    partitions.set(key, own)
  }
  const sorted = [...partitions.values()].sort((a, b) => a.topicId - b.topicId || a.partition - b.partition)
  return {partitions: sorted, generationOf}
}

/** What an index of the log should answer, from a list of all runs. */
export class NaiveIndex {
  readonly runs: PlacedRun[] = []
  firstLiveSegment = 0
  readonly deadTopics = new Set<number>()

  isLive(topicId: number, segment: number): boolean {
    return !this.deadTopics.has(topicId) && segment >= this.firstLiveSegment
  }

  /** The last live run at or below the offset, or else the first live one, and all that follow. */
  find(topicId: number, partition: number, offset: number): Run[] {
    const own = this.runs
      .filter((run) => run.topicId === topicId && run.partition === partition && this.isLive(topicId, run.segment))
      .map(({baseOffset, segment, generation, position, bytes}) => ({
        baseOffset,
        segment,
        generation,
        position,
        bytes,
      }))
    const first = own.findLastIndex((run) => run.baseOffset <= offset)
    return own.slice(Math.max(0, first))
  }
}
