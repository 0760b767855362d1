import {readFile} from 'node:fs/promises'
import {resolve} from 'node:path'
import type {LoadRequest} from '../load/load-outcome.ts'
import type {Workload} from '../model/workload.ts'
import {readTrace} from '../store/read-trace.ts'

/** What a generator needs of the files that a workload names, in memory that its threads share. */
export type LoadInputs = Pick<LoadRequest, 'traceNs' | 'payloadBytes'>

const known = new WeakMap<Workload, Promise<LoadInputs>>()

/** Reads each file once for all samples of a workload. Throws what the readers throw. */
export function loadInputsOf(workload: Workload, cwd: string): Promise<LoadInputs> {
  const read = known.get(workload) ?? readInputs(workload, cwd)
  known.set(workload, read)
  return read
}

async function readInputs({arrival, message}: Workload, cwd: string): Promise<LoadInputs> {
  const {payload} = message
  const traceNs =
    arrival.model === 'open' && arrival.process === 'trace'
      ? (await readTrace(resolve(cwd, arrival.path))).instantsNs
      : undefined
  const payloadBytes = payload?.source === 'file' ? await shared(resolve(cwd, payload.path)) : undefined
  return {...(traceNs !== undefined && {traceNs}), ...(payloadBytes !== undefined && {payloadBytes})}
}

async function shared(path: string): Promise<Uint8Array> {
  const bytes = await readFile(path)
  const copy = new Uint8Array(new SharedArrayBuffer(bytes.length))
  copy.set(bytes)
  return copy
}
