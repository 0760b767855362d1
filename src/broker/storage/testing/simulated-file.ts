import type {Random} from '../../../base/random.ts'

const sectorBytes = 512

/** A file with its page cache: the content that is seen, and the sectors that are on the medium. */
export class SimulatedFile {
  path: string
  size = 0
  #content: Buffer = Buffer.alloc(4096)
  #durable: Buffer = Buffer.alloc(0)
  #dirty = new Set<number>() // sectors written since the last sync began

  #syncing = new Set<number>() // sectors of syncs under way

  constructor(path: string) {
    this.path = path
  }

  content(): Buffer {
    return this.#content.subarray(0, this.size)
  }

  write(bytes: Buffer, position: number): void {
    const end = position + bytes.length
    if (end > this.#content.length) this.#content = resized(this.#content, Math.max(end, this.#content.length * 2))
    bytes.copy(this.#content, position)
    this.size = Math.max(this.size, end)
    for (let sector = Math.floor(position / sectorBytes); sector * sectorBytes < end; sector += 1) {
      this.#dirty.add(sector)
    }
  }

  read(into: Buffer, position: number): number {
    return this.content().copy(into, 0, position)
  }

  truncate(bytes: number): void {
    this.size = Math.min(this.size, bytes)
    this.#content.fill(0, this.size)
    this.#durable = this.#durable.subarray(0, this.size)
  }

  /** Covers what is dirty now, with the content of now; the returned function ends the sync. */
  beginSync(): () => void {
    const image = Buffer.from(this.content())
    const covered = this.#dirty
    this.#dirty = new Set()
    this.#syncing = new Set([...this.#syncing, ...covered])
    return () => {
      this.#durable = patched(this.#durable, image, covered)
      for (const sector of covered) this.#syncing.delete(sector)
    }
  }

  /** A file with the durable sectors, and each other one by chance. */
  afterPowerCut(random: Random, keep: number): SimulatedFile {
    const survivor = new SimulatedFile(this.path)
    const chosen = [...new Set([...this.#dirty, ...this.#syncing])].filter(() => random() < keep)
    survivor.#content = patched(this.#durable, this.content(), new Set(chosen))
    survivor.#durable = Buffer.from(survivor.#content)
    survivor.size = survivor.#content.length
    return survivor
  }
}

function patched(base: Buffer, image: Buffer, sectors: ReadonlySet<number>): Buffer {
  let length = base.length
  for (const sector of sectors) length = Math.max(length, Math.min(image.length, (sector + 1) * sectorBytes))
  const result = resized(base, length)
  for (const sector of sectors) {
    image.copy(result, sector * sectorBytes, sector * sectorBytes, (sector + 1) * sectorBytes)
  }
  return result
}

function resized(from: Buffer, bytes: number): Buffer {
  const to = Buffer.alloc(bytes)
  from.copy(to)
  return to
}
