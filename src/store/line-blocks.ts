import {StreambusError} from '../base/errors.ts'

/** benchstat reads no longer line: bytes up to the line feed, which is one more. */
const LINE_BYTES_MAX = 64 * 1024 - 1
export const LF = 10

/** Takes whole lines: bytes `start` to `end`, whose last is a line feed. */
export type TakeLines = (bytes: Buffer, start: number, end: number) => void

/**
 * Cuts chunks, as a file or a pipe gives them, where lines end. Copies only the line that two chunks
 * share, and holds no more than one.
 */
export class LineBlocks {
  readonly #take: TakeLines
  #rest: Buffer = Buffer.alloc(0) // the beginning of a line

  constructor(take: TakeLines) {
    this.#take = take
  }

  push(chunk: Buffer): void {
    const end = chunk.lastIndexOf(LF) + 1
    if (end === 0) {
      this.#keep(Buffer.concat([this.#rest, chunk]))
      return
    }
    const start = this.#rest.length === 0 ? 0 : this.#takeShared(chunk)
    if (start < end) this.#take(chunk, start, end)
    this.#keep(Buffer.from(chunk.subarray(end)))
  }

  /** The last line need not end in a line feed. */
  end(): void {
    if (this.#rest.length > 0) this.#takeShared(Buffer.from('\n'))
  }

  #takeShared(chunk: Buffer): number {
    const end = chunk.indexOf(LF) + 1
    const line = Buffer.concat([this.#rest, chunk.subarray(0, end)])
    this.#rest = Buffer.alloc(0)
    this.#take(line, 0, line.length)
    return end
  }

  /** What is too long for a line is handed over as one, for whoever counts them to refuse. */
  #keep(rest: Buffer): void {
    this.#rest = rest
    if (rest.length > LINE_BYTES_MAX) this.end()
  }
}

/**
 * Throws SB_INPUT_INVALID for a line of 64 KiB or more, naming the input and the last good line: what
 * follows cannot be trusted to start at a line. `bytes` counts the line feed.
 */
export function checkLineLength(bytes: number, path: string, lastLine: number): void {
  if (bytes <= LINE_BYTES_MAX + 1) return
  throw new StreambusError('SB_INPUT_INVALID', `${path}:${lastLine}: bufio.Scanner: token too long`, {
    hint: `Line ${lastLine + 1} is longer than 64 KiB; remove it, or compare another file.`,
  })
}

/** Hands over each line of a stream as text, without its line feed. Throws what `checkLineLength` and reading throw. */
export async function forEachLine(
  stream: AsyncIterable<Buffer>,
  path: string,
  take: (line: string) => void,
): Promise<void> {
  let count = 0
  const blocks = new LineBlocks((bytes, start, end) => {
    for (let at = start; at < end; ) {
      const lineEnd = bytes.indexOf(LF, at)
      checkLineLength(lineEnd + 1 - at, path, count)
      count += 1
      take(bytes.toString('utf8', at, lineEnd))
      at = lineEnd + 1
    }
  })
  for await (const chunk of stream) blocks.push(chunk)
  blocks.end()
}
