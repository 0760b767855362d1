import type {Random} from '../../../base/random.ts'

const sectorBytes = 512
/** Contents of one sector that are remembered between two syncs; beyond it the second oldest is forgotten. */
const versionsMax = 8

/** What a sector held after one write, numbered over the whole file. */
interface Version {
  readonly number: number
  readonly bytes: Buffer
}

/**
 * A file with its page cache: the content that is seen, what is on the medium for sure, and for each
 * sector everything that was written to it since, any of which may have reached the medium.
 */
export class SimulatedFile {
  path: string
  size = 0
  #content: Buffer = Buffer.alloc(4096)
  #durable: Buffer = Buffer.alloc(0)
  #unsynced = new Map<number, Version[]>() // by sector, oldest first
  #lastVersion = 0
  #truncatedTo: number | undefined // the least size since the last sync

  constructor(path: string) {
    this.path = path
  }

  content(): Buffer {
    return this.#content.subarray(0, this.size)
  }

  write(bytes: Buffer, position: number): void {
    if (bytes.length === 0) return
    const end = position + bytes.length
    if (end > this.#content.length) this.#content = resized(this.#content, Math.max(end, this.#content.length * 2))
    bytes.copy(this.#content, position)
    this.size = Math.max(this.size, end)
    const first = Math.floor(position / sectorBytes)
    const image = Buffer.from(this.#content.subarray(first * sectorBytes, Math.ceil(end / sectorBytes) * sectorBytes))
    this.#lastVersion += 1
    for (let at = 0; at < image.length; at += sectorBytes) {
      this.#remember(first + at / sectorBytes, image.subarray(at, at + sectorBytes))
    }
  }

  read(into: Buffer, position: number): number {
    const content = this.content()
    return content.copy(into, 0, Math.min(position, content.length))
  }

  truncate(bytes: number): void {
    if (bytes >= this.size) return
    this.size = bytes
    this.#content.fill(0, bytes)
    this.#truncatedTo = Math.min(bytes, this.#truncatedTo ?? bytes)
    for (const sector of this.#unsynced.keys()) if (sector * sectorBytes >= bytes) this.#unsynced.delete(sector)
  }

  /** Covers what is written now; the returned function ends the sync, and only then it is on the medium. */
  beginSync(): () => void {
    const image = new Map<number, Version>()
    for (const [sector, versions] of this.#unsynced) image.set(sector, versions.at(-1)!)
    const {size} = this
    const truncatedTo = this.#truncatedTo
    return () => {
      if (truncatedTo !== undefined) this.#durable = this.#durable.subarray(0, truncatedTo)
      if (this.#truncatedTo === truncatedTo) this.#truncatedTo = undefined
      const length = Math.max(this.#durable.length, size)
      if (this.#durable.length < length) this.#durable = resized(this.#durable, length)
      for (const [sector, version] of image) this.#settle(sector, version)
    }
  }

  /** A file with the durable sectors, and of each other one by chance one of the contents it had since. */
  afterPowerCut(random: Random, keep: number): SimulatedFile {
    const survivor = new SimulatedFile(this.path)
    const isTruncated = this.#truncatedTo !== undefined && random() < keep
    let content: Buffer = Buffer.from(isTruncated ? this.#durable.subarray(0, this.#truncatedTo) : this.#durable)
    for (const [sector, versions] of this.#unsynced) {
      if (random() >= keep) continue
      const {bytes} =
        keep === 1 || random() < 0.6 ? versions.at(-1)! : versions[Math.floor(random() * versions.length)]!
      const end = Math.min(this.size, (sector + 1) * sectorBytes)
      if (end > content.length) content = resized(content, end)
      bytes.copy(content, sector * sectorBytes, 0, end - sector * sectorBytes)
    }
    survivor.#content = content
    survivor.#durable = Buffer.from(content)
    survivor.size = content.length
    return survivor
  }

  #remember(sector: number, bytes: Buffer): void {
    const version = {number: this.#lastVersion, bytes}
    const versions = this.#unsynced.get(sector)
    if (versions === undefined) this.#unsynced.set(sector, [version])
    else versions.push(version)
    if (versions !== undefined && versions.length > versionsMax) versions.splice(1, 1)
  }

  #settle(sector: number, {number, bytes}: Version): void {
    if (sector * sectorBytes >= this.#durable.length) return // cut off meanwhile
    bytes.copy(this.#durable, sector * sectorBytes)
    const later = this.#unsynced.get(sector)?.filter((version) => version.number > number) ?? []
    if (later.length === 0) this.#unsynced.delete(sector)
    else this.#unsynced.set(sector, later)
  }
}

function resized(from: Buffer, bytes: number): Buffer {
  const to = Buffer.alloc(bytes)
  from.copy(to)
  return to
}
