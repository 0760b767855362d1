/** A word that followed other words; its path from the root is all of them. */
export interface Word {
  readonly text: string
  readonly parent: Word | undefined
  readonly length: number // bytes
  /** Its bytes in the tree's own store. */
  readonly start: number
  /** The word that followed it last: most often it does so again. */
  likely: Word | undefined
  /** Another word of the same hash. */
  readonly collided: Word | undefined
}

const SPACE = 0x20
const DELETE = 0x7f

/** Sequences of ASCII words, recognised by their bytes: text is made once for each. */
export class WordTree {
  readonly root: Word = {text: '', parent: undefined, length: 0, start: 0, likely: undefined, collided: undefined}
  readonly #words = new Map<number, Word>()
  #bytes = new Uint8Array(1024)
  #used = 0

  /**
   * The word at `at` as one that follows `parent`: bytes up to the first that is a blank, a control
   * character or not ASCII. There must be such a one.
   */
  find(parent: Word, bytes: Buffer, at: number): Word {
    const {likely} = parent
    if (likely !== undefined && this.#isAt(likely, bytes, at)) return likely
    let hash = parent.start
    let end = at
    for (let byte = bytes[end]!; byte > SPACE && byte < DELETE; byte = bytes[end]!) {
      hash = (Math.imul(hash, 31) + byte) | 0
      end += 1
    }
    const first = this.#words.get(hash)
    let word = first
    while (word !== undefined && !(word.parent === parent && this.#isAt(word, bytes, at))) word = word.collided
    word ??= this.#add(parent, bytes.subarray(at, end), hash, first)
    parent.likely = word
    return word
  }

  #isAt({start, length}: Word, bytes: Buffer, at: number): boolean {
    const own = this.#bytes
    for (let i = 0; i < length; i += 1) if (bytes[at + i] !== own[start + i]) return false
    const after = bytes[at + length]!
    return after <= SPACE || after >= DELETE
  }

  #add(parent: Word, written: Buffer, hash: number, collided: Word | undefined): Word {
    const start = this.#store(written)
    const text = written.toString('latin1')
    const word: Word = {text, parent, length: written.length, start, likely: undefined, collided}
    this.#words.set(hash, word)
    return word
  }

  #store(written: Buffer): number {
    const start = this.#used
    this.#used += written.length
    if (this.#used > this.#bytes.length) {
      const larger = new Uint8Array(2 * this.#used)
      larger.set(this.#bytes)
      this.#bytes = larger
    }
    this.#bytes.set(written, start)
    return start
  }
}
