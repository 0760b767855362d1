import type {MicroCase} from '../micro-case.ts'
import {appending, createPartition, type FsyncPolicy, openLog} from './storage-log.ts'

/** As many as one connection of the server may have waiting. */
const IN_FLIGHT = 64

/** A case of the Go suite's storage table, under its name: one op is one append of a batch, nothing is synced. */
export function appendThroughput(label: string, valueBytes: number, messages: number): MicroCase {
  return {
    name: `Storage_AppendThroughput/${label}/size=${valueBytes}/batch=${messages}`,
    summary: `append a batch to the log, fsync never, ${IN_FLIGHT} in flight, until it is written`,
    suites: ['storage'],
    messages,
    bytes: messages * valueBytes,
    disk: 'write',
    prepare: async (place) => appendWork(await openLog(place, 'never'), valueBytes, messages, IN_FLIGHT),
  }
}

/** One writer that waits for each append as long as the policy demands. */
export function walAppend(policy: FsyncPolicy, valueBytes: number, inFlight: number): MicroCase {
  const waits = policy === 'always' ? 'synced' : 'written'
  return {
    name: `WAL_Append/fsync=${policy}/size=${valueBytes}/inflight=${inFlight}`,
    summary: `append one message, ${inFlight} in flight, until it is ${waits}`,
    suites: ['micro', 'storage'],
    messages: 1,
    bytes: valueBytes,
    disk: policy === 'never' ? 'write' : 'fsync',
    prepare: async (place) => appendWork(await openLog(place, policy), valueBytes, 1, inFlight),
  }
}

async function appendWork(
  storage: Awaited<ReturnType<typeof openLog>>,
  valueBytes: number,
  messages: number,
  inFlight: number,
) {
  const log = appending(storage, await createPartition(storage), valueBytes, messages)
  return {
    run: (count: number) => log.append(count, inFlight),
    // The first and the last of a batch overlap with fewer others; they are to be few.
    batchMin: inFlight === 1 ? 1 : 4 * inFlight,
    close: () => storage.close(),
  }
}
