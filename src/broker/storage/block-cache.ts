import type {AlignedMemory} from './aligned-memory.ts'
import type {Block} from './block.ts'
import {Place, QueueNode, TwoQueues} from './block-cache-queues.ts'
import {BlockReads, type Load} from './block-reads.ts'
import type {Files} from './files.ts'

export const cacheBlockBytes = 65_536

/** One use of a file, as the cache knows it: what a former use of the same file held never answers for it. */
export class CachedFile {
  readonly handle: number
  /** Below this byte the file never changes again; blocks that reach beyond are read every time. */
  finalBytes: number
  readonly blocks = new Map<number, CachedBlock>() // the cache's
  isForgotten = false

  constructor(handle: number, finalBytes = Number.POSITIVE_INFINITY) {
    this.handle = handle
    this.finalBytes = finalBytes
  }
}

/** `bytes` fewer than asked for mean the end of the file. */
export type CacheReadDone = (error: Error | null, bytes: number) => void

/** A block that is held, on its way (pinned), or remembered. */
export class CachedBlock extends QueueNode {
  readonly file: CachedFile
  readonly index: number
  memory: Block | undefined
  bytes = 0 // of it that the file has
  isAhead = false // read ahead and not asked for yet
  waiters: Piece[] | undefined

  constructor(file: CachedFile, index: number) {
    super()
    this.file = file
    this.index = index
  }
}

/** Counts of blocks and bytes since the cache was made; `bytes` is what it holds now. */
export interface BlockCacheStats {
  readonly hits: number
  readonly misses: number
  readonly evictions: number
  readonly bytes: number
  readonly readAheadBytes: number
  readonly readAheadWastedBytes: number // evicted before anybody asked for it
  readonly reads: number // system calls
  readonly readBytes: number
}

/** What one `read` still waits for. */
class Request {
  pieces = 0
  bytes: number
  error: Error | null = null
  readonly done: CacheReadDone

  constructor(bytes: number, done: CacheReadDone) {
    this.bytes = bytes
    this.done = done
  }

  /** A piece came with `missing` bytes fewer than asked for. */
  settle(error: Error | null, missing: number): void {
    this.error ??= error
    this.bytes -= missing
    this.pieces -= 1
    if (this.pieces === 0) this.done(this.error, this.error === null ? this.bytes : 0)
  }
}

/** A part of a read that lies in one block. */
interface Piece {
  readonly request: Request
  readonly from: number // in the block
  readonly length: number
  readonly target: Buffer
  readonly at: number // in the target
}

/**
 * Blocks of 64 KiB of files that do not change, in page-aligned memory of `bytesMax` at most. A block is read once however
 * many ask for it, adjacent ones with one system call. Which one goes when memory is full: see TwoQueues. Without a whole block of
 * memory, and where every block is on its way, reads go past the cache into the memory of who asks.
 */
export class BlockCache {
  readonly #memory: AlignedMemory
  readonly #reads: BlockReads
  readonly #queues: TwoQueues
  readonly #blocksMax: number
  readonly #aheadMax: number
  #heldBlocks = 0
  #aheadBlocks = 0
  #hits = 0
  #misses = 0
  #evictions = 0
  #readAheadBytes = 0
  #wastedBytes = 0

  constructor(files: Files, memory: AlignedMemory, bytesMax: number) {
    this.#memory = memory
    this.#reads = new BlockReads(files)
    this.#blocksMax = Math.max(0, Math.floor(bytesMax / cacheBlockBytes))
    this.#aheadMax = Math.floor(this.#blocksMax / 8)
    this.#queues = new TwoQueues(this.#blocksMax, {
      onEvicted: (node) => node instanceof CachedBlock && this.#evicted(node),
      onForgotten: (node) => node instanceof CachedBlock && node.file.blocks.delete(node.index),
    })
  }

  /**
   * Copies `bytes` of the file at `position` into `target` at `at`. `done` is called within this call when every block is
   * there, else once nothing will write to `target` any more. Errors are the system's.
   */
  read(file: CachedFile, position: number, bytes: number, target: Buffer, at: number, done: CacheReadDone): void {
    const end = position + bytes
    const last = Math.floor((end - 1) / cacheBlockBytes)
    let copied = bytes
    let request: Request | undefined
    for (let index = Math.floor(position / cacheBlockBytes); index <= last; index += 1) {
      const block = file.blocks.get(index)
      const start = index * cacheBlockBytes
      const from = Math.max(position, start)
      const length = Math.min(end, start + cacheBlockBytes) - from
      if (!isThere(block)) {
        request ??= this.#begin(bytes, done)
        const until = this.#endOfMissing(file, index, last)
        this.#load(request, file, index, until, {position, end, target, at})
        index = until
        continue
      }
      this.#hit(block)
      if (block.memory === undefined || block.isPinned) {
        request ??= this.#begin(bytes, done)
        request.pieces += 1
        block.waiters!.push({request, from: from - start, length, target, at: at + from - position})
      } else {
        copied -= length - copyPiece(block, from - start, length, target, at + from - position)
      }
    }
    if (request === undefined) done(null, copied)
    else request.settle(null, bytes - copied) // the piece that `begin` counted for this call itself
  }

  /**
   * Starts reading what of [position, position + bytes) is not there, as far as blocks are free for it: an eighth of the cache holds what was read
   * ahead and not asked for yet. Returns the byte up to which everything is there or on its way.
   */
  readAhead(file: CachedFile, position: number, bytes: number): number {
    const wanted = Math.ceil((position + bytes) / cacheBlockBytes) * cacheBlockBytes
    const end = Math.min(wanted, file.finalBytes)
    let index = Math.floor(position / cacheBlockBytes)
    let adjacent: CachedBlock[] = []
    for (; (index + 1) * cacheBlockBytes <= end; index += 1) {
      if (isThere(file.blocks.get(index))) {
        this.#startAhead(file, adjacent)
        adjacent = []
        continue
      }
      const block = this.#aheadBlocks < this.#aheadMax ? this.#take(file, index) : undefined
      if (block === undefined) break
      block.isAhead = true
      this.#aheadBlocks += 1
      adjacent.push(block)
    }
    this.#startAhead(file, adjacent)
    return index * cacheBlockBytes
  }

  /** The file is used for something else, or goes: nothing of it stays, reads under way still end. */
  forget(file: CachedFile): void {
    file.isForgotten = true
    for (const block of [...file.blocks.values()]) {
      if (block.isPinned) continue // leaves when its read ends
      this.#drop(block)
    }
  }

  /** Hits and misses count blocks that were asked for; a block on its way for another reader is a hit. */
  get stats(): BlockCacheStats {
    return {
      hits: this.#hits,
      misses: this.#misses,
      evictions: this.#evictions,
      bytes: this.#heldBlocks * cacheBlockBytes,
      readAheadBytes: this.#readAheadBytes,
      readAheadWastedBytes: this.#wastedBytes,
      reads: this.#reads.calls,
      readBytes: this.#reads.bytes,
    }
  }

  /** Resolves when no read of a file is under way. */
  idle(): Promise<void> {
    return this.#reads.idle()
  }

  /** Gives all memory back, once no read is under way. */
  async close(): Promise<void> {
    await this.idle()
    this.#queues.clear()
  }

  #begin(bytes: number, done: CacheReadDone): Request {
    const request = new Request(bytes, done)
    request.pieces = 1
    return request
  }

  #hit(block: CachedBlock): void {
    this.#hits += 1
    this.#queues.touch(block)
    if (!block.isAhead) return
    block.isAhead = false
    this.#aheadBlocks -= 1
  }

  /** The last of the adjacent blocks from `index` on that are not there. */
  #endOfMissing(file: CachedFile, index: number, last: number): number {
    let until = index
    while (until < last) {
      if (isThere(file.blocks.get(until + 1))) break
      until += 1
    }
    return until
  }

  /** Reads blocks [first, last]: into the cache as far as they may be and there is room, else past it. */
  #load(request: Request, file: CachedFile, first: number, last: number, wanted: Wanted): void {
    this.#misses += last - first + 1
    const blocks: CachedBlock[] = []
    for (let index = first; index <= last; index += 1) {
      const isFinal = (index + 1) * cacheBlockBytes <= file.finalBytes
      const block = isFinal ? this.#take(file, index) : undefined
      if (block === undefined) break
      request.pieces += 1
      block.waiters!.push(pieceOf(request, index * cacheBlockBytes, wanted))
      blocks.push(block)
    }
    const rest = (first + blocks.length) * cacheBlockBytes
    const restEnd = Math.min(wanted.end, (last + 1) * cacheBlockBytes)
    if (blocks.length > 0) this.#start(file, blocks, false)
    if (rest < restEnd) this.#readPast(request, file, rest, restEnd, wanted)
  }

  #readPast(request: Request, file: CachedFile, blockStart: number, end: number, wanted: Wanted): void {
    const from = Math.max(blockStart, wanted.position)
    const at = wanted.at + from - wanted.position
    const length = end - from
    request.pieces += 1
    this.#reads.start(
      {
        handle: file.handle,
        position: from,
        buffers: [wanted.target.subarray(at, at + length)],
        done: (error, bytes) => request.settle(error, error === null ? length - bytes : 0),
      },
      false,
    )
  }

  /** A pinned block of the cache with memory to read into; undefined when there is none. */
  #take(file: CachedFile, index: number): CachedBlock | undefined {
    if (this.#blocksMax === 0 || file.isForgotten) return undefined
    const block = file.blocks.get(index) ?? new CachedBlock(file, index)
    if (!this.#queues.admit(block)) return undefined
    file.blocks.set(index, block)
    block.memory = this.#memory.allocate(cacheBlockBytes)
    block.isPinned = true
    block.waiters = []
    this.#heldBlocks += 1
    return block
  }

  #startAhead(file: CachedFile, blocks: CachedBlock[]): void {
    this.#readAheadBytes += blocks.length * cacheBlockBytes
    this.#start(file, blocks, true)
  }

  #start(file: CachedFile, blocks: CachedBlock[], isAhead: boolean): void {
    for (let from = 0; from < blocks.length; from += blocksPerReadMax) {
      const part = blocks.slice(from, from + blocksPerReadMax)
      const load: Load = {
        handle: file.handle,
        position: part[0]!.index * cacheBlockBytes,
        buffers: part.map((block) => block.memory!.bytes),
        done: (error, bytes) => this.#loaded(part, error, bytes),
      }
      this.#reads.start(load, isAhead)
    }
  }

  #loaded(blocks: readonly CachedBlock[], error: Error | null, bytes: number): void {
    blocks.forEach((block, place) => {
      block.isPinned = false
      block.bytes = Math.max(0, Math.min(cacheBlockBytes, bytes - place * cacheBlockBytes))
      const waiters = block.waiters!
      block.waiters = undefined
      const missing = waiters.map((piece) => (error === null ? piece.length - deliver(block, piece) : 0))
      if (error !== null || block.file.isForgotten) this.#drop(block)
      waiters.forEach((piece, waiter) => {
        piece.request.settle(error, missing[waiter]!)
      })
    })
  }

  #evicted(block: CachedBlock): void {
    this.#evictions += 1
    this.#release(block)
  }

  #drop(block: CachedBlock): void {
    this.#queues.remove(block)
    block.file.blocks.delete(block.index)
    if (block.memory !== undefined) this.#release(block)
  }

  #release(block: CachedBlock): void {
    this.#memory.release(block.memory!)
    block.memory = undefined
    this.#heldBlocks -= 1
    if (!block.isAhead) return
    block.isAhead = false
    this.#aheadBlocks -= 1
    this.#wastedBytes += cacheBlockBytes
  }
}

/** Whether the block has memory, filled or on its way. */
function isThere(block: CachedBlock | undefined): block is CachedBlock {
  return block !== undefined && block.place !== Place.remembered
}

/** At most 1 MiB a system call, so that a reader of one block does not wait long behind another. */
const blocksPerReadMax = 16

interface Wanted {
  readonly position: number
  readonly end: number
  readonly target: Buffer
  readonly at: number
}

/** The part of what is wanted that lies in the block that starts at `start`. */
function pieceOf(request: Request, start: number, {position, end, target, at}: Wanted): Piece {
  const from = Math.max(position, start)
  const length = Math.min(end, start + cacheBlockBytes) - from
  return {request, from: from - start, length, target, at: at + from - position}
}

function deliver(block: CachedBlock, piece: Piece): number {
  return copyPiece(block, piece.from, piece.length, piece.target, piece.at)
}

/** Copies what the file has of a piece; returns how much that is. */
function copyPiece(block: CachedBlock, from: number, length: number, target: Buffer, at: number): number {
  const bytes = Math.max(0, Math.min(length, block.bytes - from))
  if (bytes > 0) block.memory!.bytes.copy(target, at, from, from + bytes)
  return bytes
}
