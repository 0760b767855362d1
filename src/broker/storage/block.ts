/** Memory that is seen as bytes and as 32-bit words; records in it start at multiples of 8 bytes. */
export interface Block {
  readonly bytes: Buffer
  readonly words: Uint32Array
}

export function allocateBlock(bytes: number): Block {
  const memory = new ArrayBuffer(alignUp(bytes))
  return {bytes: Buffer.from(memory), words: new Uint32Array(memory)}
}

/** The next multiple of 8. */
export function alignUp(bytes: number): number {
  return Math.ceil(bytes / 8) * 8
}

/** An unsigned 64-bit little-endian number below 2^53. */
export function readU64(words: Uint32Array, word: number): number {
  return words[word]! + words[word + 1]! * 4294967296
}

export function writeU64(words: Uint32Array, word: number, value: number): void {
  words[word] = value >>> 0
  words[word + 1] = (value / 4294967296) >>> 0
}
