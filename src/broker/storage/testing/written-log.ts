import {AlignedMemory} from '../aligned-memory.ts'
import {allocateBlock, type Block} from '../block.ts'
import {BlockCache} from '../block-cache.ts'
import {writeFully} from '../files.ts'
import {Reader} from '../reader.ts'
import {emptyHeader, recordBytes, recordHeaderBytes, writeHeader} from '../record.ts'
import {Segment} from '../segment.ts'
import {segmentHeaderBytes} from '../segment-header.ts'
import type {Run} from '../tables/table-meta.ts'
import {type PartitionState, TopicState} from '../topics.ts'
import type {ReadBatch} from './driving.ts'
import {frameRecordsStart, produceFrame} from './frames.ts'
import {SimulatedDisk} from './simulated-disk.ts'

const runBytesMax = 65_536

/** A record with what a reader is to make of it. */
export interface WrittenBatch {
  readonly partition: PartitionState
  readonly batch: ReadBatch
  readonly segment: Segment
  readonly position: number
  readonly frameBytes: number
}

/**
 * Segments with batches on a disk, written without the storage, and a reader on them: a list of all batches is what every answer
 * is compared with. The runs in `table` are what an index table would know; behind `flushed` everything is in memory only.
 */
export class WrittenLog {
  readonly disk = new SimulatedDisk()
  readonly memory = new AlignedMemory()
  readonly topic: TopicState
  readonly batches: WrittenBatch[] = []
  readonly segments = new Map<number, Segment>()
  readonly cache: BlockCache
  readonly reader: Reader
  /** Memory that was let go still holds what it held. */
  keepsClean = false
  finds = 0
  /** What a look into the tables waits for. */
  holdFind: () => Promise<void> = async () => {}
  readonly #table: (Run & {readonly partition: number})[] = []
  readonly #images = new Map<Segment, Block>()
  readonly #segmentBytes: number
  #flushed = {segment: 0, position: 0}
  #fresh: WrittenBatch[] = [] // in memory

  constructor(options: {readonly partitions?: number; readonly cacheBytes: number; readonly segmentBytes?: number}) {
    this.topic = new TopicState(7, 'orders', new Array<number>(options.partitions ?? 1).fill(0))
    this.#segmentBytes = options.segmentBytes ?? 1_048_576
    this.cache = new BlockCache(this.disk, this.memory, options.cacheBytes)
    this.reader = new Reader({
      segments: {segment: (number) => this.segments.get(number)},
      chunks: {holding: (segment, position) => this.#holding(segment, position)},
      tables: {find: (_, partition, offset, max) => this.#find(partition, offset, max)},
      cache: this.cache,
      memory: this.memory,
      flushed: () => this.#flushed,
    })
  }

  partition(index = 0): PartitionState {
    return this.topic.partitions[index]!
  }

  /** Adds a batch in memory; acknowledged at once. */
  async append(partition: PartitionState, text: string, count = 1): Promise<WrittenBatch> {
    const frame = produceFrame(Buffer.from(text), partition.index, count)
    const bytes = recordBytes(frame.length)
    const segment = await this.#segmentFor(bytes)
    const image = this.#images.get(segment)!
    const header = {
      ...emptyHeader(),
      generation: segment.generation,
      baseOffset: partition.next,
      topicId: this.topic.id,
    }
    const place = {recordsStart: frameRecordsStart, recordsEnd: frame.length - 4, attributes: partition.index + 1}
    writeHeader(image, segment.tail, {
      ...header,
      ...place,
      partition: partition.index,
      count,
      payloadBytes: frame.length,
    })
    frame.copy(image.bytes, segment.tail + recordHeaderBytes)
    const batch = {baseOffset: partition.next, count, text, attributes: partition.index + 1}
    const written = {partition, batch, segment, position: segment.tail, frameBytes: frame.length}
    partition.runs.add(partition.next, segment.number, segment.tail, bytes, true)
    segment.tail += bytes
    partition.next += count
    partition.end = partition.next
    this.batches.push(written)
    this.#fresh.push(written)
    return written
  }

  /** Everything goes to its segment's file and into the table. */
  async flush(): Promise<void> {
    for (const [segment, image] of this.#images) {
      await writeFully(this.disk, segment.file.handle, image.bytes, 0)
      this.#flushed = {segment: segment.number, position: segment.tail}
    }
    for (const {partition, batch, segment, position, frameBytes} of this.#fresh) {
      this.#addToTable(partition.index, batch.baseOffset, segment, position, recordBytes(frameBytes))
    }
    this.#fresh = []
    for (const partition of this.topic.partitions) partition.runs.clear()
    this.disk.calls.length = 0
  }

  /** The oldest segment is freed and its file gets other content. */
  async free(number: number): Promise<void> {
    const segment = this.segments.get(number)!
    this.segments.delete(number)
    this.reader.forget(segment)
    await segment.unpinned()
    await writeFully(this.disk, segment.file.handle, Buffer.alloc(this.#segmentBytes, 0xee), 0)
  }

  /** Drops a batch from the table, as a damaged one that was accepted as lost. */
  lose(lost: WrittenBatch): void {
    const at = this.#table.findIndex((run) => run.segment === lost.segment.number && run.position === lost.position)
    this.#table.splice(at, 1)
  }

  /** Changes a byte of what the file holds of a batch. */
  async damage(damaged: WrittenBatch, byte: number): Promise<void> {
    const content = this.disk.contentOf(damaged.segment.file.path)
    const position = damaged.position + byte
    await writeFully(this.disk, damaged.segment.file.handle, Buffer.from([content[position]! ^ 0x40]), position)
    this.disk.calls.length = 0
  }

  /** What the reader answers. */
  read(partition: PartitionState, offset: number, bytesMax: number): Promise<ReadBatch[]> {
    return new Promise((resolve, reject) => {
      this.reader.read(partition, offset, bytesMax, (error, batches) => {
        const copies = batches.map(({records, ...batch}) => ({...batch, text: records.toString()}))
        if (error === undefined)
          resolve(copies.map(({baseOffset, count, attributes, text}) => ({baseOffset, count, attributes, text})))
        else reject(error)
      })
    })
  }

  /** What a naive reader answers: everything from the batch that covers the offset on, as much as fits. */
  expected(partition: PartitionState, offset: number, bytesMax: number): ReadBatch[] {
    const all = this.batches.filter((each) => each.partition === partition)
    const first = all.findIndex(({batch}) => batch.baseOffset + batch.count > offset)
    let bytes = 0
    const fitting = all.slice(first).filter(({frameBytes}, index) => {
      bytes += frameBytes
      return index === 0 || bytes <= bytesMax
    })
    return fitting.map(({batch}) => batch)
  }

  #addToTable(partition: number, baseOffset: number, segment: Segment, position: number, bytes: number): void {
    const last = this.#table.findLast((run) => run.partition === partition)
    const isAdjacent = last?.segment === segment.number && last.position + last.bytes === position
    if (last !== undefined && isAdjacent && last.bytes + bytes <= runBytesMax) {
      this.#table[this.#table.indexOf(last)] = {...last, bytes: last.bytes + bytes}
      return
    }
    const {number, generation} = segment
    this.#table.push({partition, baseOffset, segment: number, generation, position, bytes})
  }

  async #find(partition: number, offset: number, runsMax: number): Promise<Run[]> {
    this.finds += 1
    const runs = this.#table.filter((run) => run.partition === partition)
    const first = Math.max(
      0,
      runs.findLastIndex((run) => run.baseOffset <= offset),
    )
    await this.holdFind()
    return runs.slice(first, first + runsMax)
  }

  #holding(segment: Segment, position: number): {block: Block; position: number} | undefined {
    const isFresh = this.keepsClean || this.#fresh.some((each) => each.segment === segment && each.position <= position)
    return isFresh ? {block: this.#images.get(segment)!, position: 0} : undefined
  }

  async #segmentFor(bytes: number): Promise<Segment> {
    const active = [...this.segments.values()].at(-1)
    if (active !== undefined && active.tail + bytes <= active.bytesMax) return active
    const number = (active?.number ?? 0) + 1
    const path = `/log/${number}.seg`
    const file = {handle: await this.disk.open(path, 'create'), path, filledBytes: this.#segmentBytes}
    const segment = new Segment(file, {number, generation: 1_000_003 * number, bytesMax: this.#segmentBytes})
    segment.tail = segmentHeaderBytes
    this.segments.set(number, segment)
    this.#images.set(segment, allocateBlock(this.#segmentBytes))
    return segment
  }
}
