/** A table's file as a block source knows it. */
export interface BlockFile {
  readonly handle: number
  readonly key: string // `table/<number>`: never used for another content while the process lives
}

/** Where tables read their blocks from: the block cache of the broker, or the file itself. */
export interface BlockSource {
  /**
   * `bytes` at `position`, both multiples of 4,096; what is given is valid until `done` returns. Fewer bytes than asked are an
   * error. May call back within the call when the bytes are at hand.
   */
  read(file: BlockFile, position: number, bytes: number, done: BlockDone): void
  /** The file is going away: nothing of it will be asked for again. */
  forget(file: BlockFile): void
}

export type BlockDone = (error: Error | undefined, block: Buffer) => void
