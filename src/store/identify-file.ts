import {createHash} from 'node:crypto'
import {createReadStream} from 'node:fs'
import {stat} from 'node:fs/promises'
import {StreambusError, systemCodeOf} from '../base/errors.ts'

/** What tells a file that a workload used from another one of the same name. */
export interface FileIdentity {
  readonly sha256: string // hex
  readonly fileBytes: number
}

/** Reads the file once. Throws SB_INPUT_NOT_FOUND, SB_INPUT_INVALID, and SB_INPUT_EMPTY for one without a byte. */
export async function identifyFile(path: string): Promise<FileIdentity> {
  const hash = createHash('sha256')
  let fileBytes = 0
  try {
    const facts = await stat(path)
    if (!facts.isFile()) {
      throw new StreambusError('SB_INPUT_INVALID', `${path} is not a regular file: it has no end to identify it by.`)
    }
    for await (const chunk of createReadStream(path)) {
      hash.update(chunk)
      fileBytes += chunk.length
    }
  } catch (error) {
    if (error instanceof StreambusError) throw error
    const code = systemCodeOf(error)
    if (code === 'ENOENT') throw new StreambusError('SB_INPUT_NOT_FOUND', `There is no file ${path}.`, {cause: error})
    throw new StreambusError('SB_INPUT_INVALID', `${path} cannot be read: ${code ?? String(error)}`, {cause: error})
  }
  if (fileBytes === 0) throw new StreambusError('SB_INPUT_EMPTY', `${path} is empty: there is nothing to send from it.`)
  return {sha256: hash.digest('hex'), fileBytes}
}
