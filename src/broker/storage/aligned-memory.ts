import {StreambusError} from '../../base/errors.ts'
import type {Block} from './block.ts'

/** Of the global, which Node has and its types lack. */
declare const WebAssembly: {
  readonly Memory: new (pages: {initial: number; maximum: number}) => {readonly buffer: ArrayBuffer}
}

/** What direct I/O wants addresses, lengths and positions to be multiples of. */
export const pageBytes = 4096

const wasmPageBytes = 65_536
const slabBytesDefault = 268_435_456

/** Memories that start at a page. */
const alignedMemories = new WeakSet<ArrayBufferLike>()

/** Whether byte `offset` of the buffer is known to lie at the start of a page. */
export function isPageAligned(buffer: Buffer, offset: number): boolean {
  return (buffer.byteOffset + offset) % pageBytes === 0 && alignedMemories.has(buffer.buffer)
}

/**
 * Page-aligned memory, cut from slabs. A WebAssembly memory is the only one that a program for Node can have whose
 * address is known to be that of a page; nothing of it is touched before it is used, so that a slab costs address space only.
 *
 * Each memory reserves 8 GiB of address space for V8's guard regions, whatever its size (measured on Node 26, x64: 16,366 of them
 * fit a process; 4 GiB and no guards where `ulimit -v` leaves Node too little at its start). Hence slabs of 256 MiB, and few of them.
 */
export class AlignedMemory {
  readonly #slabBytes: number
  readonly #free = new Map<number, Block[]>() // by the bytes of their places
  #slab: ArrayBuffer | undefined
  #slabUsed = 0
  #bytes = 0
  #cutBytes = 0

  /** `slabBytes`: a multiple of 64 KiB. */
  constructor(slabBytes = slabBytesDefault) {
    this.#slabBytes = slabBytes
  }

  /** Bytes lent and not given back. */
  get bytes(): number {
    return this.#bytes
  }

  /** Bytes ever cut from slabs: places that are lent, or wait for the next block. */
  get cutBytes(): number {
    return this.#cutBytes
  }

  /**
   * A block of `bytes`, rounded up to whole pages; what it holds is left over from its last use. Its place is a power of two
   * in size, so that places of few sizes are used again. One larger than a quarter of a slab gets a memory of its own, which goes when the
   * block is no longer referred to. Throws SB_BROKER_START when the process has no address space left.
   */
  allocate(bytes: number): Block {
    const size = alignToPage(bytes)
    const block = this.#place(size)
    this.#bytes += size
    return block
  }

  /** Gives a block back for a later one; nobody may refer to its bytes any more. */
  release(block: Block): void {
    const size = block.bytes.length
    this.#bytes -= size
    if (size > this.#slabBytes / 4) return
    const place = placeBytesFor(size)
    const free = this.#free.get(place)
    if (free === undefined) this.#free.set(place, [block])
    else free.push(block)
  }

  #place(size: number): Block {
    if (size > this.#slabBytes / 4) return blockOf(newMemory(size), 0, size)
    const place = placeBytesFor(size)
    const former = this.#free.get(place)?.pop()
    if (former?.bytes.length === size) return former
    if (former !== undefined) return blockOf(former.bytes.buffer, former.bytes.byteOffset, size)
    return this.#cut(place, size)
  }

  #cut(place: number, size: number): Block {
    if (this.#slab === undefined || this.#slabUsed + place > this.#slab.byteLength) {
      this.#slab = newMemory(this.#slabBytes)
      this.#slabUsed = 0
    }
    const at = this.#slabUsed
    this.#slabUsed += place
    this.#cutBytes += place
    return blockOf(this.#slab, at, size)
  }
}

/** The next multiple of the page size. */
export function alignToPage(bytes: number): number {
  return Math.ceil(bytes / pageBytes) * pageBytes
}

/** What a block of `bytes` takes: a power of two, a page at least. */
export function placeBytesFor(bytes: number): number {
  let size = pageBytes
  while (size < bytes) size *= 2
  return size
}

function blockOf(memory: ArrayBufferLike, at: number, bytes: number): Block {
  return {bytes: Buffer.from(memory, at, bytes), words: new Uint32Array(memory, at, bytes / 4)}
}

function newMemory(bytes: number): ArrayBuffer {
  const pages = Math.ceil(bytes / wasmPageBytes)
  try {
    const memory = new WebAssembly.Memory({initial: pages, maximum: pages}).buffer
    alignedMemories.add(memory)
    return memory
  } catch (cause) {
    throw new StreambusError('SB_BROKER_START', `The process has no room for ${bytes} bytes of page-aligned memory.`, {
      hint: 'Raise the limit of address space (ulimit -v), or start Node with --disable-wasm-trap-handler, which reserves less of it.',
      cause,
    })
  }
}
