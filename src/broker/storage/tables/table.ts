import {join} from 'node:path'
import {systemCodeOf} from '../../../base/errors.ts'
import {allocateBlock, type Block} from '../block.ts'
import {type BlockCache, CachedFile} from '../block-cache.ts'
import {type Files, readFully} from '../files.ts'
import {TableDamage} from './table-damage.ts'
import {
  countIn,
  entriesPerBlock,
  fenceSlot,
  fencesPerBlock,
  isBlockWhole,
  layoutOf,
  readFooter,
  readSegment,
  segmentsPerBlock,
  type TableFooter,
  type TableLayout,
  tableBlockBytes,
  tableVersion,
} from './table-format.ts'
import {compareKeys, type SegmentUse, type TableKey, type TableMeta, tableName} from './table-meta.ts'

/**
 * A table whose file is open. In memory are its meta and its segments (at most one for each entry); entries and
 * fences are read when they are needed, and every block's CRC is checked each time.
 */
export class Table {
  meta: TableMeta // its level is what the manifest says
  readonly file: CachedFile
  readonly path: string
  readonly segments: readonly SegmentUse[]
  readonly layout: TableLayout
  isObsolete = false // the manifest does not name it any more
  holds = 0 // views that it is part of

  constructor(directory: string, meta: TableMeta, handle: number, segments: readonly SegmentUse[]) {
    this.meta = meta
    this.file = new CachedFile(handle)
    this.path = join(directory, tableName(meta.number))
    this.segments = segments
    this.layout = layoutOf(meta.entries, segments.length)
  }

  /** Opens the file, reads footer and segments. Rejects with a TableDamage when it is not the table that `meta` tells of. */
  static async open(files: Files, directory: string, meta: TableMeta): Promise<Table> {
    const path = join(directory, tableName(meta.number))
    const handle = await files.open(path, 'existing').catch((error: unknown) => {
      if (systemCodeOf(error) === 'ENOENT') throw new TableDamage(path, 0, 'the table is missing', error)
      throw error
    })
    try {
      return new Table(directory, meta, handle, await readSegments(files, path, handle, meta))
    } catch (error) {
      await files.close(handle)
      throw error
    }
  }

  /** Reads block `index` into `into`, which nobody else uses meanwhile. Rejects with a TableDamage or the system's error. */
  readBlock(blocks: BlockCache, index: number, into: Buffer): Promise<void> {
    return new Promise((resolve, reject) => {
      blocks.read(this.file, index * tableBlockBytes, tableBlockBytes, into, 0, (error, bytes) => {
        if (error !== null) reject(error)
        else if (bytes < tableBlockBytes || !this.isWhole(into, index)) reject(this.damage(index))
        else resolve()
      })
    })
  }

  isWhole(block: Buffer, index: number): boolean {
    return isBlockWhole(block, this.meta.number, index)
  }

  damage(index: number): TableDamage {
    return new TableDamage(this.path, index * tableBlockBytes, `block ${index} of the table is damaged`)
  }

  /** The last block of entries that starts at or below the key; the first when none does. */
  async entryBlockFor(blocks: BlockCache, key: TableKey, scratch: Buffer): Promise<number> {
    let index = 0
    for (const level of this.layout.fenceLevels.toReversed()) {
      await this.readBlock(blocks, level.start + index, scratch)
      index = index * fencesPerBlock + fenceSlot(scratch, key)
    }
    return index
  }
}

async function readSegments(files: Files, path: string, handle: number, meta: TableMeta): Promise<SegmentUse[]> {
  const size = await files.sizeOf(path)
  if (size !== meta.bytes || size % tableBlockBytes !== 0) {
    throw new TableDamage(path, Math.min(size, meta.bytes), `the table has ${size} bytes instead of ${meta.bytes}`)
  }
  const footer = await readOwnFooter(files, path, handle, meta)
  const layout = layoutOf(footer.entries, footer.segments)
  const uses: SegmentUse[] = []
  for (let index = layout.segmentStart; index < layout.footer; index += 1) {
    const block = await readBlock(files, handle, index)
    if (!isBlockWhole(block.bytes, meta.number, index)) {
      throw new TableDamage(path, index * tableBlockBytes, 'the segments of the table are damaged')
    }
    const count = Math.min(segmentsPerBlock, countIn(block.bytes))
    for (let slot = 0; slot < count; slot += 1) uses.push(readSegment(block.words, slot))
  }
  return uses
}

async function readOwnFooter(files: Files, path: string, handle: number, meta: TableMeta): Promise<TableFooter> {
  const index = meta.bytes / tableBlockBytes - 1
  const position = index * tableBlockBytes
  const reading = readFooter(await readBlock(files, handle, index), meta.number, index)
  if (reading.kind === 'foreign') throw new TableDamage(path, position, 'no footer of a table is there')
  if (reading.kind === 'version') {
    throw new TableDamage(path, position, `table version ${reading.version}; this broker reads ${tableVersion}`)
  }
  if (reading.kind === 'damaged') throw new TableDamage(path, position, 'the footer of the table is damaged')
  if (!isOf(reading.footer, meta)) throw new TableDamage(path, position, 'it is another table than the manifest names')
  return reading.footer
}

function isOf(footer: TableFooter, meta: TableMeta): boolean {
  return (
    footer.entries === meta.entries &&
    footer.entries >= 1 &&
    layoutOf(footer.entries, footer.segments).bytes === meta.bytes &&
    compareKeys(footer.first, meta.first) === 0 &&
    compareKeys(footer.last, meta.last) === 0 &&
    footer.lowestSegment === meta.lowestSegment &&
    footer.highestSegment === meta.highestSegment
  )
}

async function readBlock(files: Files, handle: number, index: number): Promise<Block> {
  const block = allocateBlock(tableBlockBytes)
  await readFully(files, handle, block.bytes, tableBlockBytes, index * tableBlockBytes)
  return block
}

/** Entries in block `index` of a table. */
export function entriesInBlock(meta: TableMeta, index: number): number {
  return Math.min(entriesPerBlock, meta.entries - index * entriesPerBlock)
}
