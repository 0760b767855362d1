/**
 * A process for a test to kill: `node append-forever.ts DIRECTORY POLICY` appends to partition 0 of
 * topic `orders`, 8 in flight, and prints `offset` for each acknowledged batch, whose text is its offset.
 */
import {writeSync} from 'node:fs'
import {nodeFiles} from '../node-files.ts'
import {openStorage} from '../open.ts'
import type {FsyncPolicy} from '../syncer.ts'
import {append, createTopic} from './driving.ts'

const [dataDir, policy] = process.argv.slice(2)
const storage = await openStorage({
  files: nodeFiles,
  dataDir: dataDir!,
  wal: {segmentBytes: 262_144, fsyncPolicy: policy as FsyncPolicy, fsyncIntervalMs: 20},
  retentionBytes: 0,
})
const partition = (await createTopic(storage, 'orders')).partitions[0]!
let next = partition.end

async function appendForever(): Promise<never> {
  for (;;) {
    const offset = next
    next += 1
    await append(storage, partition, `${offset}`.padEnd(3000, '.'))
    writeSync(1, `${offset}\n`)
  }
}
await Promise.all(Array.from({length: 8}, appendForever))
