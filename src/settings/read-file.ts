import {readFile} from 'node:fs/promises'
import {StreambusError, systemCodeOf} from '../base/errors.ts'

const FILE_BYTES_MAX = 1024 * 1024

/**
 * The text of a configuration file, ready for `resolveSettings`. Throws SB_INPUT_NOT_FOUND, or
 * SB_CONFIG_INVALID for what cannot be a configuration (a directory, more than 1 MiB).
 */
export async function readSettingsFile(path: string): Promise<{readonly path: string; readonly text: string}> {
  const bytes = await readFile(path).catch((error: unknown) => {
    throw unreadable(path, error)
  })
  if (bytes.length > FILE_BYTES_MAX) {
    throw new StreambusError(
      'SB_CONFIG_INVALID',
      `${path} has ${bytes.length} bytes; a configuration has at most 1 MiB`,
    )
  }
  return {path, text: bytes.toString('utf8')}
}

function unreadable(path: string, error: unknown): StreambusError {
  const code = systemCodeOf(error)
  if (code === 'ENOENT') {
    return new StreambusError('SB_INPUT_NOT_FOUND', `There is no configuration file ${path}.`, {cause: error})
  }
  if (code === 'EISDIR') {
    return new StreambusError('SB_CONFIG_INVALID', `${path} is a folder; a configuration is a file.`, {cause: error})
  }
  if (code === 'EACCES' || code === 'EPERM') {
    return new StreambusError('SB_CONFIG_INVALID', `This user may not read the configuration file ${path} (${code}).`, {
      hint: 'Let the user that runs this read it (chown, chmod).',
      cause: error,
    })
  }
  return new StreambusError('SB_CONFIG_INVALID', `${path} cannot be read: ${code ?? String(error)}`, {cause: error})
}
