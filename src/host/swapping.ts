import {readFileSync} from 'node:fs'
import {endianness} from 'node:os'

/** Pages read from and written to swap since boot, from the text of /proc/vmstat; undefined on a text without. */
export function parseSwappedPages(vmstat: string): number | undefined {
  const read = /^pswpin (\d+)$/m.exec(vmstat)
  const written = /^pswpout (\d+)$/m.exec(vmstat)
  return read === null || written === null ? undefined : Number(read[1]) + Number(written[1])
}

const AT_PAGESZ = 6
const PAGE_BYTES_USUAL = 4096

/** Size of a page of memory: what the kernel told this process in its auxiliary vector (getauxval(3)). */
export function pageBytes(): number {
  try {
    return pageBytesIn(readFileSync('/proc/self/auxv'))
  } catch {
    return PAGE_BYTES_USUAL
  }
}

/** Pairs of 64-bit words, type and value, in the machine's own order. */
export function pageBytesIn(auxv: Buffer): number {
  const wordAt = (at: number) => Number(endianness() === 'LE' ? auxv.readBigUInt64LE(at) : auxv.readBigUInt64BE(at))
  for (let at = 0; at + 16 <= auxv.length; at += 16) if (wordAt(at) === AT_PAGESZ) return wordAt(at + 8)
  return PAGE_BYTES_USUAL
}
