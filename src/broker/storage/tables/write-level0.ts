import type {Slices} from './slices.ts'
import type {TableSource} from './table-source.ts'
import type {TableWriter, WrittenTable} from './table-writer.ts'

/** Runs and partitions between two looks at the clock. */
const runsPerLook = 64

/**
 * Writes the runs of a memtable in slices of time, durably; `syncNames` syncs the directory. Undefined, and no file, when there is
 * none. When it fails, the file is removed.
 */
export async function writeLevel0(
  source: TableSource,
  writer: TableWriter,
  slices: Slices,
  syncNames: () => Promise<void>,
): Promise<WrittenTable | undefined> {
  try {
    await addRuns(source, writer, slices)
    if (writer.entries > 0) {
      const written = await writer.finish(0)
      await syncNames()
      return written
    }
  } catch (error) {
    await writer.abandon()
    throw error
  }
  await writer.abandon()
  return undefined
}

async function addRuns(source: TableSource, writer: TableWriter, slices: Slices): Promise<void> {
  let segment = -1
  let segmentIndex = 0
  let looks = 0
  for (const {topicId, partition, runs} of source.partitions) {
    for (let run = 0; run < runs.length; run += 1) {
      if (runs.segmentAt(run) !== segment) {
        segment = runs.segmentAt(run)
        segmentIndex = writer.segmentIndex(segment, source.generationOf(segment))
      }
      writer.add(topicId, partition, runs.baseOffsetAt(run), segmentIndex, runs.positionAt(run) / 8, runs.bytesAt(run))
      looks += 1
      if (writer.isFull) await flushed(writer, slices)
      else if (looks % runsPerLook === 0 && slices.isOver) await slices.next()
    }
    looks += 1
  }
}

async function flushed(writer: TableWriter, slices: Slices): Promise<void> {
  await writer.flush()
  slices.begin()
}
