import type {InputStream} from './read-input.ts'

/** A stream whose beginning is known. */
export interface PeekedStream {
  readonly head: string // the beginning
  readonly stream: AsyncIterable<Buffer> // all of it, `head` included
}

const BLANK_BYTES_MAX = 1024 * 1024
const BYTE_ORDER_MARK = Buffer.from('\uFEFF')

/**
 * Reads up to the first chunk that is not blank (at most about a MiB), to tell what a stream holds.
 * Neither part of the answer has a byte order mark. Throws what reading throws.
 */
export async function peekStream(stream: InputStream): Promise<PeekedStream> {
  const chunks = bytesOf(stream)
  let start: Buffer = Buffer.alloc(0)
  while (start.length < BLANK_BYTES_MAX && start.toString().trim() === '') {
    const {done, value} = await chunks.next()
    if (done === true) break
    start = Buffer.concat([start, value])
  }
  const isMarked = start.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK)
  if (isMarked) start = start.subarray(BYTE_ORDER_MARK.length)
  return {head: start.toString(), stream: resumed(start, chunks)}
}

async function* resumed(start: Buffer, rest: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  try {
    yield start
    yield* rest
  } finally {
    await rest.return(undefined) // who stops at the start has the file closed too
  }
}

async function* bytesOf(stream: InputStream): AsyncGenerator<Buffer> {
  for await (const chunk of stream) yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk
}
