import {type FileHandle, open, stat} from 'node:fs/promises'
import {StreambusError, systemCodeOf} from '../base/errors.ts'

/** More is not taken as one text: it would near the engine's limit of 512 MiB. */
export const TEXT_BYTES_MAX = 256 * 1024 * 1024

const CHUNK_BYTES = 256 * 1024

/** What a file or a pipe gives, bit by bit. A chunk holds until the next one is asked for. */
export type InputStream = AsyncIterable<Buffer | string>

export interface InputFile {
  readonly sizeBytes: number // when it was opened; 0 for a pipe
  readonly stream: AsyncIterable<Buffer>
}

/**
 * An input file, to be read as a stream. Throws SB_INPUT_NOT_FOUND, and SB_INPUT_INVALID for a folder
 * or an unreadable file; so does reading the stream.
 */
export async function openInput(path: string): Promise<InputFile> {
  try {
    const facts = await stat(path)
    if (!facts.isDirectory()) return {sizeBytes: facts.size, stream: chunksOf(path)}
  } catch (error) {
    throw inputError(path, error)
  }
  throw new StreambusError('SB_INPUT_INVALID', `${path} is a folder, not a file.`, {
    hint: `Name the files: ${path.replace(/\/+$/, '')}/*.json`,
  })
}

/** Into one buffer: new ones would cost more than all reading. */
async function* chunksOf(path: string): AsyncGenerator<Buffer> {
  const buffer = Buffer.allocUnsafeSlow(CHUNK_BYTES)
  let file: FileHandle | undefined
  try {
    file = await open(path)
    for (;;) {
      const {bytesRead} = await file.read(buffer, 0, CHUNK_BYTES, null)
      if (bytesRead === 0) return
      yield buffer.subarray(0, bytesRead)
    }
  } catch (error) {
    throw inputError(path, error)
  } finally {
    await file?.close()
  }
}

/**
 * The text of an input file, without a byte order mark. Throws what `openInput` throws, SB_INPUT_EMPTY,
 * and SB_INPUT_INVALID above TEXT_BYTES_MAX.
 */
export async function readInputText(path: string): Promise<string> {
  const {sizeBytes, stream} = await openInput(path)
  if (sizeBytes > TEXT_BYTES_MAX) throw tooLarge(path, sizeBytes)
  const text = await readStreamText(stream, path)
  if (text.trim() === '') throw emptyInput(path)
  return text
}

/** The whole text of a stream, without a byte order mark. Throws SB_INPUT_INVALID beyond TEXT_BYTES_MAX; `source` names it. */
export async function readStreamText(stream: InputStream, source: string): Promise<string> {
  const chunks: Buffer[] = []
  let total = 0
  for await (const chunk of stream) {
    const bytes = Buffer.from(chunk) // a copy
    total += bytes.length
    if (total > TEXT_BYTES_MAX) throw tooLarge(source, total)
    chunks.push(bytes)
  }
  return Buffer.concat(chunks)
    .toString('utf8')
    .replace(/^\uFEFF/, '')
}

export function emptyInput(source: string): StreambusError {
  return new StreambusError('SB_INPUT_EMPTY', `${source} is empty.`, {
    hint: 'Did the command that wrote it end with an error? Run it again.',
  })
}

function tooLarge(source: string, bytes: number): StreambusError {
  const mib = (bytes / 1024 / 1024).toFixed(0)
  return new StreambusError('SB_INPUT_INVALID', `${source} has ${mib} MiB; at most 256 MiB are read.`, {
    hint: 'Run fewer benchmarks a file.',
  })
}

function inputError(path: string, error: unknown): unknown {
  const code = systemCodeOf(error)
  if (error instanceof StreambusError || code === undefined) return error
  if (code === 'ENOENT' || code === 'ENOTDIR')
    return new StreambusError('SB_INPUT_NOT_FOUND', `${path} does not exist.`, {
      hint: 'Check the path; results files are in results/ unless --output said otherwise.',
      cause: error,
    })
  return new StreambusError('SB_INPUT_INVALID', `${path} cannot be read (${code}).`, {cause: error})
}
