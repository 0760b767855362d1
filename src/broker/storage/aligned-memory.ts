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
  readonly #free = new Map<number, Block[]>() // by size
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

  /** Bytes ever cut from slabs: lent, or waiting for the next block of their size. */
  get cutBytes(): number {
    return this.#cutBytes
  }

  /**
   * A block of at least `bytes`, rounded up to a power of two and a page, so that blocks of few sizes are used again; what it
   * holds is left over from its last use. One larger than a quarter of a slab gets a memory of its own, which goes when the block is no longer
   * referred to. Throws SB_BROKER_START when the process has no address space left.
   */
  allocate(bytes: number): Block {
    const size = sizeClassOf(bytes)
    this.#bytes += size
    if (size > this.#slabBytes / 4) return blockOf(newMemory(size), 0, size)
    return this.#free.get(size)?.pop() ?? this.#cut(size)
  }

  /** Gives a block back for the next one of the same size; nobody may refer to its bytes any more. */
  release(block: Block): void {
    const size = block.bytes.length
    this.#bytes -= size
    if (size > this.#slabBytes / 4) return
    const free = this.#free.get(size)
    if (free === undefined) this.#free.set(size, [block])
    else free.push(block)
  }

  #cut(size: number): Block {
    if (this.#slab === undefined || this.#slabUsed + size > this.#slab.byteLength) {
      this.#slab = newMemory(this.#slabBytes)
      this.#slabUsed = 0
    }
    const at = this.#slabUsed
    this.#slabUsed += size
    this.#cutBytes += size
    return blockOf(this.#slab, at, size)
  }
}

/** The next multiple of the page size. */
export function alignToPage(bytes: number): number {
  return Math.ceil(bytes / pageBytes) * pageBytes
}

function sizeClassOf(bytes: number): number {
  let size = pageBytes
  while (size < bytes) size *= 2
  return size
}

function blockOf(memory: ArrayBuffer, at: number, bytes: number): Block {
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
