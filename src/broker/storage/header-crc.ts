/**
 * CRC-32 (IEEE, as zlib) over little-endian words, four table look-ups a word. For the 76 bytes of
 * a record header this is cheaper than a call to zlib, which needs a view of the bytes first.
 * Source: "slicing-by-4", Kounavis and Berry, 2005.
 */
export function crcOfWords(words: Uint32Array, from: number, to: number): number {
  let crc = 0xffffffff
  for (let word = from; word < to; word += 1) {
    crc ^= words[word]!
    crc =
      tables[768 + (crc & 0xff)]! ^
      tables[512 + ((crc >>> 8) & 0xff)]! ^
      tables[256 + ((crc >>> 16) & 0xff)]! ^
      tables[crc >>> 24]!
  }
  return (crc ^ 0xffffffff) >>> 0
}

const tables = buildTables()

function buildTables(): Uint32Array {
  const built = new Uint32Array(1024)
  for (let byte = 0; byte < 256; byte += 1) {
    let crc = byte
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1
    built[byte] = crc
  }
  for (let at = 256; at < 1024; at += 1) built[at] = (built[at - 256]! >>> 8) ^ built[built[at - 256]! & 0xff]!
  return built
}
