import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {afterEach, beforeEach, expect, test} from 'vitest'
import {nodeFiles} from './node-files.ts'
import {openStorage} from './open.ts'
import {readAll} from './testing/driving.ts'

let dataDir: string
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'streambus-kill-'))
})
afterEach(() => rm(dataDir, {recursive: true, force: true}))

const program = fileURLToPath(new URL('testing/append-forever.ts', import.meta.url))

/** Runs the program until it has acknowledged `acks` batches, kills it, and returns their number. */
async function appendAndKill(policy: string, acks: number): Promise<number> {
  const child = spawn(process.execPath, [program, dataDir, policy], {stdio: ['ignore', 'pipe', 'inherit']})
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString()
    if (output.split('\n').length > acks) child.kill('SIGKILL')
  })
  await once(child, 'close')
  expect(child.signalCode).toBe('SIGKILL')
  return Math.max(...output.split('\n').slice(0, -1).map(Number)) + 1
}

test.each(['always', 'interval', 'never'] as const)('kill -9 loses nothing acknowledged under `%s`', async (policy) => {
  for (const acks of [50, 400]) {
    const acked = await appendAndKill(policy, acks)
    const storage = await openStorage({
      files: nodeFiles,
      dataDir,
      wal: {segmentBytes: 262_144, fsyncPolicy: policy, fsyncIntervalMs: 20},
      retentionBytes: 0,
    })
    const partition = storage.topics.get('orders')!.partitions[0]!
    expect(partition.end).toBeGreaterThanOrEqual(acked)
    for (const {baseOffset, text} of await readAll(storage, partition)) {
      expect(text).toBe(`${baseOffset}`.padEnd(3000, '.'))
    }
    await storage.close()
  }
})
