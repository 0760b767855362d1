import {mkdtemp, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, expect, test} from 'vitest'
import {readSettingsFile} from './read-file.ts'

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'streambus-settings-'))
})
afterEach(() => rm(dir, {recursive: true, force: true}))

test('a file that is not there, a folder and a file of megabytes are each told apart', async () => {
  const big = join(dir, 'big.yaml')
  await writeFile(big, Buffer.alloc(1024 * 1024 + 1, '#'))
  const missing = join(dir, 'none.yaml')
  await expect(readSettingsFile(missing)).rejects.toMatchObject({
    code: 'SB_INPUT_NOT_FOUND',
    message: `There is no configuration file ${missing}.`,
  })
  await expect(readSettingsFile(dir)).rejects.toMatchObject({
    code: 'SB_CONFIG_INVALID',
    message: `${dir} is a folder; a configuration is a file.`,
  })
  await expect(readSettingsFile(big)).rejects.toMatchObject({
    code: 'SB_CONFIG_INVALID',
    message: `${big} has 1048577 bytes; a configuration has at most 1 MiB`,
  })
})
